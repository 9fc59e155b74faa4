// What is on its way to one WebSocket: frames of one turn of the event loop leave together; a send waits while more is queued than the mark, so that
// whoever produces for a slow reader waits too; a reader that does not move is told of.
//
// Frames are written beside ws, on the socket that it was given: ws writes its own (pings, closes) there too, each whole, and counts ours in
// `bufferedAmount`. Where it compresses, it writes all of them.
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { bytesOf } from '../fanout/payload.ts';
import type { Flushable, Flushes } from './flushes.ts';
import { frameHead } from './frames.ts';
import type { StallWatch } from './stall-watch.ts';

export interface SocketOutboxOptions {
  /** What ws was given. */
  readonly wire: Duplex;
  readonly markBytes: number;
  readonly stall: StallWatch;
  readonly flushes: Flushes;
}

export class SocketOutbox implements Flushable {
  readonly #socket: WebSocket;
  readonly #options: SocketOutboxOptions;
  readonly #wire: Duplex;
  readonly #mark: number;
  readonly #isCompressed: boolean;
  // Frames of this turn, as bytes one a character.
  #pending = '';
  #isDue = false;
  // Those who wait for the queue to shrink; woken when a frame has gone out, or the socket has closed.
  #waiting: (() => void)[] = [];
  readonly #written = () => {
    this.#options.stall.noteProgress();
    this.#wake();
  };

  constructor(socket: WebSocket, options: SocketOutboxOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#wire = options.wire;
    this.#mark = options.markBytes;
    this.#isCompressed = socket.extensions !== '';
    socket.once('close', () => this.#wake());
  }

  /** Settles once there is room for the next message. After the socket has closed nothing is sent. */
  async send(text: string): Promise<void> {
    if (this.#isCompressed) this.#compress(text);
    else this.push(bytesOf(text));
    while (this.isFull) await new Promise<void>((resolve) => this.whenRoom(resolve));
  }

  /** A message, as its bytes one a character. */
  push(message: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#isCompressed) {
      this.#compress(Buffer.from(message, 'latin1').toString());
      return;
    }
    this.#pending += frameHead(message.length) + message;
    if (this.#isDue) return;
    this.#isDue = true;
    this.#options.flushes.add(this);
  }

  get isFull(): boolean {
    return this.queuedBytes > this.#mark && this.#socket.readyState === this.#socket.OPEN;
  }

  get queuedBytes(): number {
    return this.#pending.length + this.#queued;
  }

  /** Bytes that have been written and have not left. */
  get #queued(): number {
    return this.#isCompressed ? this.#socket.bufferedAmount : this.#wire.writableLength;
  }

  get isDrained(): boolean {
    return this.#pending === '' && this.#queued === 0;
  }

  /** Calls `resume` once there is room, or the socket has closed. */
  whenRoom(resume: () => void): void {
    this.#options.stall.begin();
    this.#waiting.push(resume);
    // What is on its way may have left nobody to tell.
    const isFirst = this.#waiting.length === 1 && this.#socket.readyState === this.#socket.OPEN;
    if (isFirst) this.#wire.write('', 'latin1', this.#written);
  }

  /** Writes what waits. */
  flush(): void {
    this.#isDue = false;
    const frames = this.#pending;
    this.#pending = '';
    if (frames === '' || this.#socket.readyState !== this.#socket.OPEN) return;
    const wire = this.#wire;
    // To be told of each write would cost as much as all else here: only where something has not left at once.
    if (wire.writableLength === 0 && this.#waiting.length === 0) wire.write(frames, 'latin1');
    else wire.write(frames, 'latin1', this.#written);
  }

  #compress(text: string): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(text, this.#written);
  }

  #wake(): void {
    if (this.isFull) return;
    this.#options.stall.end();
    if (this.#waiting.length === 0) return;
    for (const resume of this.#waiting.splice(0)) resume();
  }
}
