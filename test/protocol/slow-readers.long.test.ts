// Readers that are slower than what comes: who reads at all keeps his connection, who does not is told why it is cut.
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { closeReasons } from '../../src/server/close-codes.ts';
import { ingest } from '../support/graphql.ts';
import { waitUntil } from '../support/inbox.ts';
import { frameBytes, handshakeBytes } from '../support/raw-frames.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { startServer, type TestServer } from '../support/start-server.ts';

const query = 'subscription { dataUpdates(entityType: "orders", frequency: EVERY_POINT) { points { data } skipped } }';
const point = { entityType: 'orders', serviceId: 'web', data: { text: 'x'.repeat(50_000) } };

async function send(server: TestServer, megabytes: number): Promise<void> {
  for (let n = 0; n < megabytes * 20; n += 1) await ingest(server.url, [point]);
}

const asked = {
  WebSocket: [
    handshakeBytes(),
    frameBytes({ payload: '{"type":"connection_init"}' }),
    frameBytes({ payload: JSON.stringify({ type: 'subscribe', id: '1', payload: { query } }) }),
  ],
  SSE: [
    `GET /graphql?query=${encodeURIComponent(query)} HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\r\n`,
  ],
};

/** Reads 64 kB each 20 ms: what it has read the kernel tells of in steps of a megabyte or more. */
function readSlowly(url: string, words: readonly (string | Buffer)[]): void {
  const { hostname, port } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname });
  socket.pause();
  socket.on('error', () => socket.destroy());
  for (const some of words) socket.write(some);
  const timer = setInterval(() => socket.read(), 20);
  onTestFinished(() => {
    clearInterval(timer);
    socket.destroy();
  });
}

test.each(['WebSocket', 'SSE'] as const)('who reads slowly all the time is not cut: %s', async (transport) => {
  const server = await startServer({ 'stall-seconds': '2', 'max-queued-bytes': '16000000' });
  readSlowly(server.url, asked[transport]);
  await server.subscriptions(1);
  await send(server, 32);
  await pause(4000);
  expect(server.engine.status().subscriptions).toBe(1);
});

test('who does not read is told why he is cut, and how to go on, as soon as he reads', async () => {
  const server = await startServer({ 'stall-seconds': '1', 'max-queued-bytes': '100000' });
  const socket = new RawSocket(server.url);
  await socket.init();
  socket.subscribe('1', query);
  await server.subscriptions(1);
  socket.pause();
  await send(server, 10);
  await waitUntil('it to be cut', () => server.engine.status().subscriptions === 0);
  socket.resume();
  const { code, reason } = closeReasons.tooSlow;
  expect(await socket.closed).toEqual({ code, reason });
});
