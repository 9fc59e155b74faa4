// Clients that ask and do not read, against a server in a process of its own: its memory stays where it was, they are cut
// within seconds, and those who read notice nothing.
import { describe, expect, test } from 'vitest';
import { somePoint } from '../support/batches.ts';
import { ndjson, post, query, SseConnection, type Watch, WsConnection } from '../support/graphql.ts';
import { waitUntil } from '../support/inbox.ts';
import { type FrameSocket, openFrames } from '../support/raw-frames.ts';
import { report } from '../support/report.ts';
import { metric, residentMegabytes, watchMemory } from '../support/server-figures.ts';
import { type ServerProcess, startServerProcess } from '../support/start-server.ts';

const maxGrowthMegabytes = 50;

/** Runs an attack; gives how far memory rose, and how long the attackers' connections lived. */
async function under(server: ServerProcess, attack: () => Promise<void>) {
  // What the first of anything takes is no growth.
  await query(server.url, '{ status { version } }');
  await metric(server, 'pulseql_connections');
  const before = residentMegabytes(server);
  const memory = watchMemory(server);
  const started = performance.now();
  await attack();
  await waitUntil('the attackers to be cut', async () => {
    // Asked for more often, the answers alone would move the memory.
    await new Promise((resolve) => setTimeout(resolve, 200));
    return (await metric(server, 'pulseql_connections')) === 0;
  });
  const seconds = (performance.now() - started) / 1000;
  const peak = memory.stop() - before;
  const left = residentMegabytes(server) - before;
  return {
    peak,
    left,
    seconds,
    text: `memory +${peak.toFixed(0)} MB at most, +${left.toFixed(0)} MB after, cut after ${seconds.toFixed(1)} s`,
  };
}

async function deaf(server: ServerProcess, isAcknowledged: boolean): Promise<FrameSocket> {
  const socket = await openFrames(server.url);
  if (isAcknowledged) await socket.init();
  socket.pause();
  return socket;
}

describe('300 pings of 60 kB from a client that never reads', () => {
  test.each([
    ['before', false],
    ['after', true],
  ])('%s the acknowledgement', async (when, isAcknowledged) => {
    const server = await startServerProcess();
    const { peak, left, seconds, text } = await under(server, async () => {
      const socket = await deaf(server, isAcknowledged);
      for (let n = 0; n < 300; n += 1) socket.message({ type: 'ping', payload: { x: 'y'.repeat(60_000) } });
    });
    report(`300 pings of 60 kB ${when} the acknowledgement: ${text}`);
    expect(left).toBeLessThan(maxGrowthMegabytes);
    expect(peak).toBeLessThan(2 * maxGrowthMegabytes);
    expect(seconds).toBeLessThan(10);
    expect(server.stderr()).toBe('');
  });
});

test('queries whose answers nobody reads', async () => {
  const server = await startServerProcess();
  await post(
    server.url,
    ndjson(Array.from({ length: 1000 }, (_, n) => ({ ...somePoint(n), data: { n, x: 'y'.repeat(500) } }))),
  );
  const { peak, text } = await under(server, async () => {
    const socket = await deaf(server, true);
    const payload = { query: '{ points(entityType: "orders", first: 1000) { edges { node { data } } } }' };
    for (let id = 0; id < 400; id += 1) socket.message({ type: 'subscribe', id: String(id), payload });
  });
  report(`400 queries of 500 kB that nobody reads: ${text}`);
  // Eight run at a time; all of them together would be 200 MB.
  expect(peak).toBeLessThan(3 * maxGrowthMegabytes);
  expect(server.stderr()).toBe('');
});

interface Update {
  readonly dataUpdates: {
    readonly points: readonly { readonly data: { readonly n: number } }[];
    readonly skipped: number;
  };
}

const everyPoint =
  'subscription { dataUpdates(entityType: "orders", frequency: EVERY_POINT) { points { data } skipped } }';

/** Reads until the last of so many points; gives how many came and how many were left out. */
async function readTo(watch: Watch<Update>, last: number) {
  const sums = { points: 0, skipped: 0 };
  for (;;) {
    const { points, skipped } = (await watch.next()).dataUpdates;
    sums.points += points.length;
    sums.skipped += skipped;
    if (points.at(-1)?.data.n === last) return sums;
  }
}

test('a stalled reader on either transport and a burst of 10,000 points leave every other reader and the process unharmed', async () => {
  const server = await startServerProcess();
  const stalled = await deaf(server, true);
  stalled.message({ type: 'subscribe', id: '1', payload: { query: everyPoint } });
  const controller = new AbortController();
  // Its body is never read.
  await fetch(`${server.url}/graphql?query=${encodeURIComponent(everyPoint)}`, {
    headers: { accept: 'text/event-stream' },
    signal: controller.signal,
  });
  const healthy = [
    ...Array.from({ length: 3 }, () => new WsConnection(server.url).subscribe<Update>(everyPoint)),
    new SseConnection(server.url).subscribe<Update>(everyPoint),
  ];
  await waitUntil('all to listen', async () => (await metric(server, 'pulseql_subscriptions')) === 6);
  await metric(server, 'pulseql_connections');
  const before = residentMegabytes(server);
  const memory = watchMemory(server);
  const points = Array.from({ length: 10_000 }, (_, n) => ({ ...somePoint(n), data: { n, x: 'y'.repeat(400) } }));
  const sent = post(server.url, ndjson(points));
  const read = await Promise.all(healthy.map((watch) => readTo(watch, 9999)));
  expect((await sent).answer.accepted).toBe(10_000);
  const growth = memory.stop() - before;
  for (const { points: came, skipped } of read) expect(came + skipped).toBe(10_000);
  // The points themselves are in memory too, some 5 MB of them.
  report(
    `10,000 points in a burst, two of six readers stalled: memory +${growth.toFixed(0)} MB, skipped ${read.map(({ skipped }) => skipped).join(', ')}`,
  );
  expect((await query<{ status: object }>(server.url, '{ status { version } }')).status).toBeTruthy();
  expect(server.stderr()).toBe('');
  controller.abort();
});

test('a stalled reader is cut after the time that the setting says, on either transport', async () => {
  const server = await startServerProcess({ args: ['--stall-seconds', '1', '--max-queued-bytes', '10000'] });
  const stalled = await deaf(server, true);
  stalled.message({ type: 'subscribe', id: '1', payload: { query: everyPoint } });
  await fetch(`${server.url}/graphql?query=${encodeURIComponent(everyPoint)}`, {
    headers: { accept: 'text/event-stream' },
  });
  await waitUntil('both to listen', async () => (await metric(server, 'pulseql_subscriptions')) === 2);
  let n = 0;
  await waitUntil('both to be cut', async () => {
    const points = Array.from({ length: 500 }, () => ({ ...somePoint(n++), data: { n, x: 'y'.repeat(2000) } }));
    await post(server.url, ndjson(points));
    return (await metric(server, 'pulseql_subscriptions')) === 0;
  });
  expect(server.stderr()).toBe('');
});
