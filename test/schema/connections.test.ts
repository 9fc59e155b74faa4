// Who is connected, as operators see it.
import { createClient } from 'graphql-sse';
import { expect, onTestFinished, test } from 'vitest';
import { query, SseConnection, WsConnection } from '../support/graphql.ts';
import { waitUntil } from '../support/inbox.ts';
import { startServer } from '../support/start-server.ts';

interface Connection {
  readonly id: string;
  readonly transport: string;
  readonly viewer: string | null;
  readonly openedAt: string;
  readonly queuedBytes: number;
  readonly operations: readonly { readonly name: string | null; readonly count: number }[];
}

const asked = '{ connections { id transport viewer openedAt queuedBytes operations { name count } } }';
const points = '{ dataUpdates(entityType: "orders") { skipped } }';

async function connections(url: string): Promise<readonly Connection[]> {
  return (await query<{ connections: Connection[] }>(url, asked)).connections;
}

test('each connection is told with who, since when, and what is open on it by name', async () => {
  const { url } = await startServer();
  expect(await connections(url)).toEqual([]);
  const socket = new WsConnection(url, { connectionParams: { clientId: 'ann' } });
  const { connectionId, clientId } = await socket.acknowledged;
  for (let i = 0; i < 2; i += 1) socket.subscribe(`subscription Orders ${points}`);
  socket.subscribe(`subscription ${points}`);
  new SseConnection(url, { headers: { 'x-client-id': 'bob' } }).subscribe(`subscription Live ${points}`);
  await waitUntil('all to be open', async () => {
    const all = await connections(url);
    return all.length === 2 && all.flatMap(({ operations }) => operations).length === 3;
  });
  const [first, second] = (await connections(url)) as [Connection, Connection];
  expect(first).toMatchObject({ id: connectionId, transport: 'WEBSOCKET', viewer: clientId, queuedBytes: 0 });
  expect(first.operations).toEqual([
    { name: 'Orders', count: 2 },
    { name: null, count: 1 },
  ]);
  expect(second).toMatchObject({ transport: 'EVENT_STREAM', viewer: 'bob', operations: [{ name: 'Live', count: 1 }] });
  expect(Math.abs(Date.parse(first.openedAt) - Date.now())).toBeLessThan(60_000);
  await socket.close();
  await waitUntil('the socket to be gone', async () => (await connections(url)).length === 1);
});

test('a stream that many operations share is told once', async () => {
  const { url } = await startServer();
  const client = createClient({
    url: `${url}/graphql/stream`,
    singleConnection: true,
    headers: { 'x-client-id': 'eve' },
  });
  onTestFinished(() => client.dispose());
  const sink = { next: () => undefined, error: () => undefined, complete: () => undefined };
  for (const name of ['A', 'A', 'B']) client.subscribe({ query: `subscription ${name} ${points}` }, sink);
  await waitUntil('all to be open', async () => (await connections(url))[0]?.operations.length === 2);
  const all = await connections(url);
  expect(all).toHaveLength(1);
  expect(all[0]).toMatchObject({ transport: 'EVENT_STREAM', viewer: 'eve', queuedBytes: 0 });
  expect(all[0]?.operations).toEqual([
    { name: 'A', count: 2 },
    { name: 'B', count: 1 },
  ]);
  client.dispose();
  await waitUntil('it to be gone', async () => (await connections(url)).length === 0);
});

test('how late the event loop is, is among the figures', async () => {
  const { url } = await startServer();
  const { status } = await query<{ status: { performance: { eventLoopDelayP99: number } } }>(
    url,
    '{ status { performance { eventLoopDelayP99 } } }',
  );
  expect(status.performance.eventLoopDelayP99).toBeGreaterThanOrEqual(0);
  expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/^pulseql_event_loop_delay_p99_milliseconds \d/m);
});
