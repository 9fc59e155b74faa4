// A WebSocket by hand over TCP: frames as RFC 6455 has them, right or wrong as a test wants.
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { Inbox } from './inbox.ts';
import type { Message } from './raw-socket.ts';

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface Frame {
  readonly fin: boolean;
  /** The three reserved bits, as a number from 0 to 7. */
  readonly rsv: number;
  readonly opcode: number;
  readonly payload: Buffer;
}

export interface FrameOptions extends Partial<Omit<Frame, 'payload'>> {
  readonly payload?: Buffer | string;
  readonly mask?: Buffer | null;
  /** How many bytes the length takes beside the first: 0, 2 or 8; by default as few as it needs. */
  readonly lengthBytes?: 0 | 2 | 8;
  /** What is told of the length, true or not. */
  readonly length?: bigint;
}

/** The bytes of a frame; a masked whole text unless told otherwise. */
export function frameBytes(options: FrameOptions): Buffer {
  const { fin = true, rsv = 0, opcode = opcodes.text, mask = randomBytes(4) } = options;
  const payload = Buffer.from(options.payload ?? '');
  const { length = BigInt(payload.length) } = options;
  const lengthBytes = options.lengthBytes ?? (length < 126n ? 0 : length < 65_536n ? 2 : 8);
  const head = Buffer.alloc(2 + lengthBytes);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = (mask === null ? 0 : 0x80) | (lengthBytes === 0 ? Number(length) : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) head.writeUInt16BE(Number(length), 2);
  if (lengthBytes === 8) head.writeBigUInt64BE(length, 2);
  if (mask === null) return Buffer.concat([head, payload]);
  const masked = payload.map((byte, i) => byte ^ (mask[i % 4] ?? 0));
  return Buffer.concat([head, mask, masked]);
}

/** The payload of a close frame. */
export function closePayload(code: number, reason: string | Buffer = ''): Buffer {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(code);
  return Buffer.concat([head, Buffer.from(reason)]);
}

export interface Closed {
  /** As the server's close frame says; null where none came. */
  readonly code: number | null;
  readonly reason: string;
}

const upgradeHeaders: Readonly<Record<string, string>> = {
  host: 'localhost',
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  // The key of RFC 6455's own example.
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-protocol': 'graphql-transport-ws',
};

export interface HandshakeOptions {
  readonly method?: string;
  readonly path?: string;
  readonly version?: string;
  /** Beside or in place of the usual ones; undefined leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

export function handshakeBytes({ method, path, version, headers }: HandshakeOptions = {}): string {
  const lines = Object.entries({ ...upgradeHeaders, ...headers }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return [`${method ?? 'GET'} ${path ?? '/graphql'} HTTP/${version ?? '1.1'}`, ...lines, '', ''].join('\r\n');
}

export class FrameSocket {
  readonly frames = new Inbox<Frame>('frames of the server');
  readonly #socket: Socket;
  readonly #closed = Promise.withResolvers<Closed>();
  readonly #answer = Promise.withResolvers<string>();
  #received = Buffer.alloc(0);
  #head: string | null = null;
  #close: Closed = { code: null, reason: '' };

  /** Connects and sends the handshake; `more` follows it in the same packet. */
  constructor(url: string, handshake: HandshakeOptions = {}, more = Buffer.alloc(0)) {
    const { hostname, port } = new URL(url);
    this.#socket = connect({ port: Number(port), host: hostname, noDelay: true });
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.on('data', (bytes) => this.#take(bytes));
    this.#socket.on('close', () => {
      this.#answer.resolve(this.#head ?? this.#received.toString());
      this.#closed.resolve(this.#close);
      this.frames.end();
    });
    this.#socket.write(Buffer.concat([Buffer.from(handshakeBytes(handshake)), more]));
    onTestFinished(() => this.destroy());
  }

  /** The server's answer to the handshake, as it came. */
  get answer(): Promise<string> {
    return this.#answer.promise;
  }

  /** Settles when the TCP connection is gone. */
  get closed(): Promise<Closed> {
    return this.#closed.promise;
  }

  write(bytes: Buffer): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  send(options: FrameOptions): void {
    this.write(frameBytes(options));
  }

  message(message: Message): void {
    this.send({ payload: JSON.stringify(message) });
  }

  /** The next message of the server; frames that carry none are passed over. */
  async next(): Promise<Message> {
    for (;;) {
      const { opcode, payload } = await this.frames.next();
      if (opcode === opcodes.text) return JSON.parse(payload.toString()) as Message;
    }
  }

  async init(): Promise<this> {
    await this.answer;
    this.message({ type: 'connection_init' });
    const { type } = await this.next();
    if (type !== 'connection_ack') throw new Error(`${type} came instead of connection_ack`);
    return this;
  }

  /** Settles if the connection still answers. */
  async lives(): Promise<true> {
    const token = randomBytes(8).toString('hex');
    this.message({ type: 'ping', payload: { token } });
    for (;;) {
      const { type, payload } = await this.next();
      if (type === 'pong' && (payload as { token?: string })?.token === token) return true;
    }
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Cuts the connection with a reset. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  #take(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    if (this.#head === null) {
      const end = this.#received.indexOf('\r\n\r\n');
      if (end < 0) return;
      this.#head = this.#received.subarray(0, end).toString();
      if (!this.#head.startsWith('HTTP/1.1 101')) return;
      this.#received = this.#received.subarray(end + 4);
      this.#answer.resolve(this.#head);
    }
    for (let frame = this.#shift(); frame !== null; frame = this.#shift()) {
      if (frame.opcode === opcodes.close) this.#noteClose(frame.payload);
      this.frames.push(frame);
    }
  }

  #noteClose(payload: Buffer): void {
    this.#close = { code: payload.length < 2 ? 1005 : payload.readUInt16BE(0), reason: payload.subarray(2).toString() };
  }

  #shift(): Frame | null {
    const bytes = this.#received;
    const [first, second] = bytes;
    if (first === undefined || second === undefined) return null;
    const short = second & 0x7f;
    const start = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < start) return null;
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (bytes.length < start + length) return null;
    this.#received = bytes.subarray(start + length);
    const payload = bytes.subarray(start, start + length);
    return { fin: first >= 0x80, rsv: (first >> 4) & 7, opcode: first & 15, payload };
  }
}

/** A connection that is open for messages, not yet for operations. */
export async function openFrames(url: string): Promise<FrameSocket> {
  const socket = new FrameSocket(url);
  const answer = await socket.answer;
  if (!answer.startsWith('HTTP/1.1 101')) throw new Error(`the handshake was refused: ${answer}`);
  return socket;
}

/** A client that never reads, before or after its connection is acknowledged. */
export async function openDeaf(url: string, isAcknowledged: boolean): Promise<FrameSocket> {
  const socket = await openFrames(url);
  if (isAcknowledged) await socket.init();
  socket.pause();
  return socket;
}
