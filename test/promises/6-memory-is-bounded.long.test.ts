// Promise 6: memory is bounded. Readers that stall cost the server no memory, over every transport.
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { somePoints } from '../support/batches.ts';
import { ingest, query } from '../support/graphql.ts';
import { waitUntil } from '../support/inbox.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { startServerProcess } from '../support/start-server.ts';

test('readers that stall cost no memory, over WebSocket and every way of server-sent events', async () => {
  const server = await startServerProcess({ args: ['--max-memory-bytes', '1000000', '--buffered-points', '500'] });
  const text = 'subscription { dataUpdates(entityType: "orders", frequency: EVERY_POINT) { points { data } cursor } }';
  const status = async () =>
    (
      await query<{ status: { subscriptions: number; performance: { memoryBytes: number } } }>(
        server.url,
        '{ status { subscriptions performance { memoryBytes } } }',
      )
    ).status;
  const each = 3;
  for (let i = 0; i < each; i += 1) {
    const socket = new RawSocket(server.url);
    await socket.init();
    socket.subscribe('1', text);
    socket.pause();
    await stallEventStream(server.url, '/graphql', text);
    await stallEventStream(server.url, '/graphql/stream', text);
    await stallSharedStream(server.url, text);
  }
  await waitUntil('all subscriptions', async () => (await status()).subscriptions === 4 * each);
  const padding = 'x'.repeat(4000);
  const points = somePoints(500).map((point) => ({ ...point, data: { padding } }));
  const send = async (rounds: number) => {
    for (let round = 0; round < rounds; round += 1) await ingest(server.url, points);
  };
  // The buffers of the system and of the process fill up first.
  await send(8);
  const before = (await status()).performance.memoryBytes;
  await send(20);
  const after = (await status()).performance.memoryBytes;
  // 40 MB for each of the readers of one kind would be 120 MB.
  expect(after - before).toBeLessThan(80_000_000);
  expect(await server.stop()).toEqual({ code: 0, signal: null });
}, 90_000);

/** A subscription by server-sent events whose client reads the beginning of the answer and then no more. */
function stallEventStream(url: string, path: string, text: string): Promise<void> {
  const body = JSON.stringify({ query: text });
  return stall(
    url,
    [`POST ${path} HTTP/1.1`, 'content-type: application/json', `content-length: ${body.length}`],
    body,
  );
}

/** The same in the mode in which one stream carries all operations. */
async function stallSharedStream(url: string, text: string): Promise<void> {
  const address = `${url}/graphql/stream`;
  const token = await (await fetch(address, { method: 'PUT' })).text();
  const header = 'x-graphql-event-stream-token';
  await stall(url, ['GET /graphql/stream HTTP/1.1', `${header}: ${token}`], '');
  const body = JSON.stringify({ query: text, extensions: { operationId: '1' } });
  const started = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [header]: token },
    body,
  });
  expect(started.status).toBe(202);
}

async function stall(url: string, lines: readonly string[], body: string): Promise<void> {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  socket.write([...lines, 'host: localhost', 'accept: text/event-stream', '', body].join('\r\n'));
  await once(socket, 'data');
  socket.pause();
}
