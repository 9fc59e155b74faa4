// Clients that have left leave nothing behind: heap, handles, timers, listeners and the server's own objects are back where
// they were. PULSEQL_CYCLES and PULSEQL_SOCKETS set how many subscriptions and connections there are (2,500 and 150
// where they are not set).
import { queryObjects } from 'node:v8';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { LiveIterator } from '../../src/base/live-iterator.ts';
import { Connection } from '../../src/server/connection.ts';
import { ResponseOutbox } from '../../src/server/response-outbox.ts';
import { SocketOperation } from '../../src/server/socket-operation.ts';
import { ingest, query } from '../support/graphql.ts';
import { waitUntil } from '../support/inbox.ts';
import { liveHeap } from '../support/live-heap.ts';
import { report } from '../support/report.ts';
import { startServer, type TestServer } from '../support/start-server.ts';

const cycles = Number(process.env['PULSEQL_CYCLES'] ?? 2500);
const sockets = Number(process.env['PULSEQL_SOCKETS'] ?? 150);
const patienceMs = 1_200_000;
/** What the machine code of so many calls, and the parts of the heap that are not full, may take. */
const heapRoom = 3_000_000;
/** So many subscriptions are open at a time. */
const atOnce = 50;

const order = { entityType: 'orders', serviceId: 'web', data: { amount: 7 } };
const asked = [
  'subscription { dataUpdates(entityType: "orders", frequency: EVERY_POINT) { points { data } cursor } }',
  'subscription { dataUpdates(entityType: "orders", heartbeat: { size: 1, unit: SECOND }, last: 10) { points { data } } }',
  `subscription { kpi(query: {
    entityType: "orders", aggregation: { function: AVG, field: "amount" }, timeWindow: { size: 1, unit: MINUTE }
  }) { value { value } } }`,
  'subscription { status { version } }',
  'subscription { dashboardUpdates(id: "none") { at } }',
  'subscription { dataUpdates(entityType: ',
];

/** The machine's clock, and how many of its timers wait. */
function countingClock(): Clock & { readonly timers: number } {
  const waiting = new Set<object>();
  const hold = (timer: { cancel(): void }, token: object) => {
    waiting.add(token);
    return {
      cancel() {
        waiting.delete(token);
        timer.cancel();
      },
    };
  };
  return {
    ...systemClock,
    after(delayMs, run) {
      const token = {};
      const fire = () => {
        waiting.delete(token);
        run();
      };
      return hold(systemClock.after(delayMs, fire), token);
    },
    every: (intervalMs, run) => hold(systemClock.every(intervalMs, run), {}),
    get timers() {
      return waiting.size;
    },
  };
}

// All that a client's leaving must end hangs on one of these; each costs a walk over the heap.
const lives = [Connection, SocketOperation, ResponseOutbox, LiveIterator];

/** What there is, once everything that goes has gone. */
function countAll(clock: { readonly timers: number }) {
  const heap = liveHeap();
  const resources = process.getActiveResourcesInfo();
  const objects = Object.fromEntries(lives.map((type) => [type.name, queryObjects(type, { format: 'count' })]));
  const counts = {
    ...objects,
    timers: clock.timers,
    connections: resources.filter((name) => name === 'TCPSocketWrap').length,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
  };
  return { counts, heap };
}

/** Runs `use` small, then often; what there is afterwards is what there was before. */
async function leavesNothing(
  { server, clock }: { server: TestServer; clock: { readonly timers: number } },
  times: number,
  use: (times: number) => Promise<void>,
): Promise<string> {
  const settled = async () => {
    await server.subscriptions(0);
    await waitUntil('the connections to be gone', () => server.engine.status().connections === 0);
    // A connection that closes, or is kept for the next request, goes a few turns later.
    await new Promise((resolve) => setTimeout(resolve, 500));
  };
  await use(Math.min(times, 200));
  await settled();
  const before = countAll(clock);
  await use(times);
  await settled();
  let after = before;
  const again = () => {
    after = countAll(clock);
    return after.counts;
  };
  await expect.poll(again, { timeout: 10_000, interval: 500 }).toEqual(before.counts);
  expect(after.heap - before.heap).toBeLessThan(heapRoom);
  const kilobytes = ((after.heap - before.heap) / 1000).toFixed(0);
  return `heap ${kilobytes} kB more of ${(before.heap / 1e6).toFixed(0)} MB; left: ${JSON.stringify(after.counts)}`;
}

async function start() {
  const clock = countingClock();
  const server = await startServer({ 'max-connections': '1000' }, clock);
  await ingest(server.url, [order]);
  return { server, clock };
}

async function open(url: string): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return socket;
}

function subscribe(socket: WebSocket, n: number): void {
  const payload = { query: asked[n % asked.length] };
  socket.send(JSON.stringify({ type: 'subscribe', id: `${n}`, payload }));
}

async function subscribeAndLeave(url: string, times: number): Promise<void> {
  const socket = await open(url);
  const pongs: (() => void)[] = [];
  socket.on('pong', () => pongs.shift()?.());
  socket.send('{"type":"connection_init"}');
  for (let n = 0; n < times; n += atOnce) {
    const last = Math.min(n + atOnce, times);
    for (let id = n; id < last; id += 1) subscribe(socket, id);
    // Not each time: the store is in memory, and what it keeps would be taken for what was left behind.
    if ((n / atOnce) % 10 === 0) await ingest(url, [order]);
    for (let id = n; id < last; id += 1) socket.send(`{"type":"complete","id":"${id}"}`);
    await new Promise<void>((resolve) => {
      pongs.push(resolve);
      socket.ping();
    });
  }
  socket.close();
  await new Promise((resolve) => socket.once('close', resolve));
}

/** Connections that break: before the init, after it, with subscriptions, and while an answer is on its way. */
async function connectAndBreak(url: string, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    const socket = await open(url);
    socket.on('error', () => undefined);
    if (n % 5 > 0) socket.send('{"type":"connection_init"}');
    if (n % 5 > 1) for (let id = 0; id < asked.length; id += 1) subscribe(socket, id);
    if (n % 5 > 2) await new Promise((resolve) => socket.once('message', resolve));
    if (n % 5 > 3) await query(url, '{ status { version } }');
    socket.terminate();
  }
}

async function streamAndBreak(url: string, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    const left = new AbortController();
    const accept = n % 2 === 0 ? 'text/event-stream' : 'multipart/mixed;subscriptionSpec=1.0';
    const body = JSON.stringify({ query: asked[n % 4] });
    const headers = { 'content-type': 'application/json', accept };
    const answer = await fetch(`${url}/graphql`, { method: 'POST', headers, body, signal: left.signal });
    if (n % 3 > 0) await answer.body?.getReader().read();
    left.abort();
  }
}

test('a client is counted as long as it is connected', async () => {
  const { server, clock } = await start();
  const socket = await open(server.url);
  socket.send('{"type":"connection_init"}');
  for (let n = 0; n < 4; n += 1) subscribe(socket, n);
  await server.subscriptions(4);
  await expect.poll(() => countAll(clock).counts).toMatchObject({ Connection: 1, SocketOperation: 4, LiveIterator: 4 });
  socket.terminate();
});

test(`${cycles} subscriptions come and go on one socket`, { timeout: patienceMs }, async () => {
  const running = await start();
  const found = await leavesNothing(running, cycles, (times) => subscribeAndLeave(running.server.url, times));
  report(`${cycles} subscriptions: ${found}`);
});

test(`${sockets} sockets are opened and broken`, { timeout: patienceMs }, async () => {
  const running = await start();
  const found = await leavesNothing(running, sockets, (times) => connectAndBreak(running.server.url, times));
  report(`${sockets} sockets: ${found}`);
});

test(`${sockets} streams are opened and broken`, { timeout: patienceMs }, async () => {
  const running = await start();
  const found = await leavesNothing(running, sockets, (times) => streamAndBreak(running.server.url, times));
  report(`${sockets} streams: ${found}`);
});
