// Frames (RFC 6455, 5 to 7) by hand: each rule's breach closes the socket with the code that the specification names, and
// nobody else's socket.
import { expect, test } from 'vitest';
import {
  closePayload,
  type FrameOptions,
  type FrameSocket,
  frameBytes,
  opcodes,
  openFrames,
} from '../support/raw-frames.ts';
import { startServer } from '../support/start-server.ts';

const ping = JSON.stringify({ type: 'ping' });
const { text, binary, continuation, close, ping: pingFrame, pong } = opcodes;

interface Breach {
  readonly what: string;
  readonly code: number;
  readonly frames: readonly FrameOptions[];
}

const reserved: readonly Breach[] = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => ({
  what: `the reserved opcode ${opcode}`,
  code: 1002,
  frames: [{ opcode, payload: ping }],
}));

const reservedBits: readonly Breach[] = [1, 2, 3, 4, 7].map((rsv) => ({
  what: `reserved bits ${rsv.toString(2).padStart(3, '0')}`,
  code: 1002,
  frames: [{ rsv, payload: ping }],
}));

const badText: readonly Breach[] = [
  { what: 'a byte that is never in UTF-8', bytes: [0x22, 0xff, 0x22] },
  { what: 'a continuation byte alone', bytes: [0x22, 0x80, 0x22] },
  { what: 'an overlong form', bytes: [0x22, 0xc0, 0xaf, 0x22] },
  { what: 'half of a surrogate pair', bytes: [0x22, 0xed, 0xa0, 0x80, 0x22] },
  { what: 'a code point past U+10FFFF', bytes: [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22] },
  { what: 'a character that ends too early', bytes: [0x22, 0xe2, 0x82] },
].map(({ what, bytes }) => ({ what: `text with ${what}`, code: 1007, frames: [{ payload: Buffer.from(bytes) }] }));

const badCloses: readonly Breach[] = [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535].map((code) => ({
  what: `a close frame with code ${code}`,
  code: 1002,
  frames: [{ opcode: close, payload: closePayload(code) }],
}));

const breaches: readonly Breach[] = [
  ...reserved,
  ...reservedBits,
  ...badText,
  ...badCloses,
  { what: 'a frame that is not masked', code: 1002, frames: [{ mask: null, payload: ping }] },
  { what: 'a control frame that is not masked', code: 1002, frames: [{ opcode: pingFrame, mask: null }] },
  { what: 'a control frame in fragments', code: 1002, frames: [{ opcode: pingFrame, fin: false }] },
  { what: 'a close frame in fragments', code: 1002, frames: [{ opcode: close, fin: false }] },
  { what: 'a ping of 126 bytes', code: 1002, frames: [{ opcode: pingFrame, payload: 'x'.repeat(126) }] },
  { what: 'a pong of 126 bytes', code: 1002, frames: [{ opcode: pong, payload: 'x'.repeat(126) }] },
  {
    what: 'a close frame of 126 bytes',
    code: 1002,
    frames: [{ opcode: close, payload: closePayload(1000, 'x'.repeat(124)) }],
  },
  { what: 'a close frame of one byte', code: 1002, frames: [{ opcode: close, payload: 'x' }] },
  {
    what: 'a close reason that is not UTF-8',
    code: 1007,
    frames: [{ opcode: close, payload: closePayload(1000, Buffer.from([0xff])) }],
  },
  { what: 'a continuation of nothing', code: 1002, frames: [{ opcode: continuation, payload: ping }] },
  {
    what: 'a continuation of what is complete',
    code: 1002,
    frames: [{ payload: ping }, { opcode: continuation, payload: 'x' }],
  },
  {
    what: 'a new message within another',
    code: 1002,
    frames: [
      { fin: false, payload: '{' },
      { opcode: text, payload: ping },
    ],
  },
  {
    what: 'text in fragments whose UTF-8 is broken',
    code: 1007,
    frames: [
      { fin: false, payload: Buffer.from([0xe2]) },
      { opcode: continuation, payload: Buffer.from([0x22]) },
    ],
  },
  { what: 'a length past the limit', code: 1009, frames: [{ length: 262_145n, payload: ping }] },
  { what: 'a length past 2^53', code: 1009, frames: [{ length: 2n ** 60n, payload: ping }] },
  { what: 'a length with its first bit set', code: 1009, frames: [{ length: 2n ** 63n, payload: ping }] },
  {
    what: 'fragments whose sum is past the limit',
    code: 1009,
    frames: [
      { fin: false, payload: 'x'.repeat(200_000) },
      { opcode: continuation, payload: 'x'.repeat(100_000) },
    ],
  },
  { what: 'a binary message', code: 1003, frames: [{ opcode: binary, payload: ping }] },
];

test.each(breaches)('$what closes the socket with $code, and no other socket', async ({ code, frames }) => {
  const server = await startServer();
  const neighbour = await (await openFrames(server.url)).init();
  const socket = await (await openFrames(server.url)).init();
  for (const frame of frames) socket.send(frame);
  expect(await socket.closed).toMatchObject({ code });
  expect(await neighbour.lives()).toBe(true);
});

test.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999])(
  'a close with %i is answered with the same code, and then the connection ends',
  async (code) => {
    const { url } = await startServer();
    const socket = await (await openFrames(url)).init();
    socket.send({ opcode: close, payload: closePayload(code, 'bye') });
    expect(await socket.closed).toMatchObject({ code });
  },
);

test('a close without a code is answered', async () => {
  const { url } = await startServer();
  const socket = await openFrames(url);
  socket.send({ opcode: close });
  expect(await socket.closed).toEqual({ code: 1005, reason: '' });
});

test('after a close frame nothing is answered any more', async () => {
  const { url } = await startServer();
  const socket = await openFrames(url);
  socket.write(
    Buffer.concat([frameBytes({ opcode: close, payload: closePayload(1000) }), frameBytes({ payload: ping })]),
  );
  await socket.closed;
  expect((await socket.frames.rest()).map(({ opcode }) => opcode)).toEqual([close]);
});

test.each([0, 1, 125])('a ping of %i bytes is answered with a pong of the same, masked never', async (length) => {
  const { url } = await startServer();
  const socket = await openFrames(url);
  socket.send({ opcode: pingFrame, payload: 'x'.repeat(length) });
  expect(await socket.frames.next()).toMatchObject({
    fin: true,
    rsv: 0,
    opcode: pong,
    payload: Buffer.alloc(length, 'x'),
  });
});

test('a pong that nobody asked for is passed over', async () => {
  const { url } = await startServer();
  const socket = await openFrames(url);
  socket.send({ opcode: pong, payload: 'x' });
  expect(await socket.lives()).toBe(true);
});

async function answersOnePing(socket: FrameSocket): Promise<void> {
  expect(await socket.next()).toEqual({ type: 'pong' });
}

test.each([
  ['0 bytes beside the first', 0],
  ['2 bytes', 2],
  ['8 bytes', 8],
] as const)('a length told in %s is read', async (_, lengthBytes) => {
  const { url } = await startServer();
  const socket = await openFrames(url);
  socket.send({ payload: ping, lengthBytes });
  await answersOnePing(socket);
});

test.each([125, 126, 127, 65_535, 65_536, 200_000])(
  'a message of %i bytes is read whole, and answered whole',
  async (length) => {
    const { url } = await startServer();
    const socket = await (await openFrames(url)).init();
    const around = JSON.stringify({ type: 'ping', payload: { x: '' } }).length;
    const payload = { x: 'y'.repeat(length - around) };
    socket.message({ type: 'ping', payload });
    expect(await socket.next()).toEqual({ type: 'pong', payload });
  },
);

test.each([1, 2, 64])('a message in %i fragments is put together', async (count) => {
  const { url } = await startServer();
  const socket = await openFrames(url);
  const bytes = Buffer.from(JSON.stringify({ type: 'ping', payload: { euro: '€'.repeat(60) } }));
  const length = Math.ceil(bytes.length / count);
  for (let i = 0; i < count; i += 1) {
    socket.send({
      opcode: i === 0 ? text : continuation,
      fin: i === count - 1,
      payload: bytes.subarray(i * length, (i + 1) * length),
    });
  }
  expect(await socket.next()).toEqual({ type: 'pong', payload: { euro: '€'.repeat(60) } });
});

test('a message in more fragments than the limit closes the socket with 1008, however short they are', async () => {
  const { url } = await startServer({ 'max-fragments': '10' });
  const socket = await openFrames(url);
  socket.send({ fin: false, payload: '{' });
  for (let i = 0; i < 10; i += 1) socket.send({ opcode: continuation, fin: false });
  expect(await socket.closed).toMatchObject({ code: 1008 });
});

test('fragments without content are part of a message', async () => {
  const { url } = await startServer();
  const socket = await openFrames(url);
  socket.send({ fin: false });
  socket.send({ opcode: continuation, fin: false, payload: ping });
  socket.send({ opcode: continuation });
  await answersOnePing(socket);
});

test('control frames between the fragments of a message are answered, and the message is whole', async () => {
  const { url } = await startServer();
  const socket = await openFrames(url);
  socket.send({ fin: false, payload: ping.slice(0, 5) });
  socket.send({ opcode: pingFrame, payload: 'between' });
  expect(await socket.frames.next()).toMatchObject({ opcode: pong, payload: Buffer.from('between') });
  socket.send({ opcode: continuation, payload: ping.slice(5) });
  await answersOnePing(socket);
});

test('a frame that comes byte by byte is read', async () => {
  const { url } = await startServer();
  const socket = await openFrames(url);
  for (const byte of frameBytes({ payload: ping })) {
    socket.write(Buffer.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await answersOnePing(socket);
});

test('a hundred frames in one packet are all answered, in their order', async () => {
  const { url } = await startServer();
  const socket = await openFrames(url);
  const messages = Array.from({ length: 100 }, (_, n) => ({ type: 'ping', payload: { n } }));
  socket.write(Buffer.concat(messages.map((message) => frameBytes({ payload: JSON.stringify(message) }))));
  for (let n = 0; n < 100; n += 1) expect(await socket.next()).toEqual({ type: 'pong', payload: { n } });
});

test.each([
  ['of zeros', Buffer.alloc(4)],
  ['of ones', Buffer.alloc(4, 0xff)],
])('a mask %s is as good as any', async (_, mask) => {
  const { url } = await startServer();
  const socket = await openFrames(url);
  socket.send({ mask, payload: ping });
  await answersOnePing(socket);
});

test('a frame that never ends is cut with the deadline of the acknowledgement', async () => {
  const { url } = await startServer({ 'init-timeout-seconds': '1' });
  const socket = await openFrames(url);
  socket.write(frameBytes({ length: 1000n, payload: ping }));
  expect(await socket.closed).toMatchObject({ code: 4408 });
});

test('a connection that is reset in the middle of a frame leaves nothing behind', async () => {
  const server = await startServer();
  for (let i = 0; i < 20; i += 1) {
    const socket = await (await openFrames(server.url)).init();
    socket.write(frameBytes({ length: 1000n, payload: ping }));
    socket.reset();
  }
  await expect.poll(() => server.engine.status().connections).toBe(0);
});
