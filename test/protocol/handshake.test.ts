// The opening handshake (RFC 6455, 4.2), byte by byte over TCP: what must be in it, and that a wrong one is refused with an
// HTTP status and not with silence.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { FrameSocket, frameBytes, type HandshakeOptions, opcodes, openFrames } from '../support/raw-frames.ts';
import { startServer } from '../support/start-server.ts';

test('is answered with 101, the accept key of the specification and the one subprotocol', async () => {
  const { url } = await startServer();
  const answer = await new FrameSocket(url).answer;
  const accept = createHash('sha1')
    .update('dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11')
    .digest('base64');
  expect(answer).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
  expect(answer).toMatch(/^upgrade: websocket\r?$/im);
  expect(answer).toMatch(/^connection: upgrade\r?$/im);
  expect(answer).toContain(`Sec-WebSocket-Accept: ${accept}`);
  expect(answer).toMatch(/^sec-websocket-protocol: graphql-transport-ws\r?$/im);
  expect(answer).not.toMatch(/sec-websocket-extensions/i);
});

const accepted: readonly { what: string; options: HandshakeOptions }[] = [
  {
    what: 'names of headers and values in any case',
    options: { headers: { connection: 'uPGRADE', upgrade: 'WebSocket' } },
  },
  { what: 'other options beside Upgrade', options: { headers: { connection: 'keep-alive, Upgrade' } } },
  { what: 'a query behind the path', options: { path: '/graphql?token=x' } },
  {
    what: 'the subprotocol among others',
    options: { headers: { 'sec-websocket-protocol': 'graphql-ws, graphql-transport-ws' } },
  },
  { what: 'an extension nobody knows', options: { headers: { 'sec-websocket-extensions': 'x-unknown; a=1' } } },
];

test.each(accepted)('is taken with $what', async ({ options }) => {
  const { url } = await startServer();
  const socket = new FrameSocket(url, options);
  expect(await socket.answer).toMatch(/^HTTP\/1\.1 101 [\s\S]*sec-websocket-protocol: graphql-transport-ws/i);
  await socket.init();
});

const refused: readonly { what: string; status: number; options: HandshakeOptions }[] = [
  { what: 'another method', status: 405, options: { method: 'POST' } },
  { what: 'no key', status: 400, options: { headers: { 'sec-websocket-key': undefined } } },
  { what: 'a key that is not 16 bytes', status: 400, options: { headers: { 'sec-websocket-key': 'c2hvcnQ=' } } },
  {
    what: 'a version of the protocol that there never was',
    status: 400,
    options: { headers: { 'sec-websocket-version': '12' } },
  },
  { what: 'no version', status: 400, options: { headers: { 'sec-websocket-version': undefined } } },
  { what: 'a subprotocol that is no token', status: 400, options: { headers: { 'sec-websocket-protocol': 'a b' } } },
  {
    what: 'the same subprotocol twice',
    status: 400,
    options: { headers: { 'sec-websocket-protocol': 'graphql-transport-ws, graphql-transport-ws' } },
  },
  { what: 'another path', status: 404, options: { path: '/elsewhere' } },
  { what: 'the path of event streams', status: 404, options: { path: '/graphql/stream' } },
  { what: 'the page of another origin', status: 403, options: { headers: { origin: 'https://evil.example' } } },
];

test.each(refused)('with $what is refused with $status', async ({ status, options }) => {
  const { url } = await startServer();
  const socket = new FrameSocket(url, options);
  expect((await socket.answer).split('\r\n')[0]).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  await socket.closed;
});

test.each([
  ['no subprotocol', undefined],
  ['the legacy subprotocol graphql-ws', 'graphql-ws'],
  ['the subprotocol in other letters', 'GraphQL-Transport-WS'],
])('with %s the socket is closed with 4406, as the protocol says', async (_, protocol) => {
  const { url } = await startServer();
  const socket = new FrameSocket(url, { headers: { 'sec-websocket-protocol': protocol } });
  expect(await socket.closed).toEqual({ code: 4406, reason: 'Subprotocol not acceptable' });
});

test('frames may come in the same packet as the handshake', async () => {
  const { url } = await startServer();
  const init = frameBytes({ payload: '{"type":"connection_init"}' });
  const socket = new FrameSocket(url, {}, Buffer.concat([init, frameBytes({ opcode: opcodes.ping, payload: 'p' })]));
  expect(await socket.next()).toMatchObject({ type: 'connection_ack' });
  expect(await socket.lives()).toBe(true);
});

test('packing of frames is agreed on only where the setting says so', async () => {
  const headers = { 'sec-websocket-extensions': 'permessage-deflate; client_max_window_bits' };
  const plain = new FrameSocket((await startServer()).url, { headers });
  expect(await plain.answer).not.toMatch(/permessage-deflate/);
  const packing = new FrameSocket((await startServer({ 'websocket-compression': true })).url, { headers });
  expect(await packing.answer).toMatch(/permessage-deflate/);
});

test('a connection that was refused takes no place', async () => {
  const server = await startServer({ 'max-connections': '1' });
  for (const { options } of refused) await new FrameSocket(server.url, options).closed;
  const socket = await openFrames(server.url);
  await socket.init();
  expect(server.engine.status().connections).toBe(1);
});
