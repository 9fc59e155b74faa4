// What is on its way to one WebSocket: frames of one turn of the event loop leave together; a send waits while more is queued than the mark, so that
// whoever produces for a slow reader waits too; a reader that does not move is told of.
//
// Frames are written beside ws, on the socket that it was given: ws writes its own (pings, closes) there too, each whole, and counts ours in
// `bufferedAmount`. Where it compresses, it writes all of them. Where a reader is slow, frames are handed on piece by piece: so it is seen that he
// reads at all, and what has not been handed on can still be let go.
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { bytesOf } from '../fanout/payload.ts';
import type { Flushable, Flushes } from './flushes.ts';
import { frameHead } from './frames.ts';
import { pieceBytes, type StallWatch } from './stall-watch.ts';

// Sockets are many, and hardly one of them has any.
const none: readonly string[] = [];

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
  readonly #limit: number;
  readonly #isCompressed: boolean;
  // Whole frames that wait for those before them, and those of this turn, as bytes one a character.
  #pieces: readonly string[] = none;
  #pending = '';
  #isDue = false;
  // Told when what was handed on has left.
  #isMarked = false;
  // Those who wait for the queue to shrink; woken when a frame has gone out, or the socket has closed.
  #waiting: (() => void)[] = [];
  readonly #written = () => {
    this.#isMarked = false;
    this.#options.stall.noteProgress();
    this.#wake();
    this.#handOn();
  };

  constructor(socket: WebSocket, options: SocketOutboxOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#wire = options.wire;
    this.#limit = options.markBytes;
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
    if (this.#pending.length >= pieceBytes) this.#pieces = [...this.#pieces, this.#takePending()];
    if (this.#isDue) return;
    this.#isDue = true;
    this.#options.flushes.add(this);
  }

  get isFull(): boolean {
    return this.queuedBytes > this.#limit && this.#socket.readyState === this.#socket.OPEN;
  }

  get queuedBytes(): number {
    // Hardly ever is there one.
    const waiting = this.#pieces.length === 0 ? 0 : this.#pieces.reduce((sum, { length }) => sum + length, 0);
    return waiting + this.#pending.length + this.#queued;
  }

  /** Bytes that have been written and have not left. */
  get #queued(): number {
    return this.#isCompressed ? this.#socket.bufferedAmount : this.#wire.writableLength;
  }

  get isDrained(): boolean {
    return this.#pending === '' && this.#pieces.length === 0 && this.#queued === 0;
  }

  /** Calls `resume` once there is room, or the socket has closed. */
  whenRoom(resume: () => void): void {
    this.#options.stall.begin();
    this.#waiting.push(resume);
    // What is on its way may have left nobody to tell.
    this.#mark();
  }

  /** Hands on what waits, as far as it leaves. */
  flush(): void {
    this.#isDue = false;
    this.#handOn();
  }

  /** Hands on all that waits: nothing else is to come. */
  finish(): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    for (let piece = this.#next(); piece !== ''; piece = this.#next()) this.#wire.write(piece, 'latin1');
  }

  /** Lets go what has not been handed on. */
  discard(): void {
    this.#pieces = none;
    this.#pending = '';
  }

  #handOn(): void {
    if (this.#socket.readyState !== this.#socket.OPEN) {
      this.discard();
      return;
    }
    while (this.#wire.writableLength === 0) {
      const piece = this.#next();
      if (piece === '') break;
      this.#wire.write(piece, 'latin1');
    }
    // To be told of each write would cost as much as all else here: only where something has not left at once.
    if (this.#waiting.length > 0 || this.#pieces.length > 0 || this.#pending !== '') this.#mark();
  }

  /** Whole frames; empty: nothing waits. */
  #next(): string {
    const [piece] = this.#pieces;
    if (piece === undefined) return this.#takePending();
    this.#pieces = this.#pieces.length === 1 ? none : this.#pieces.slice(1);
    return piece;
  }

  #takePending(): string {
    const frames = this.#pending;
    this.#pending = '';
    return frames;
  }

  #mark(): void {
    // Where ws compresses, it tells of each.
    if (this.#isMarked || this.#isCompressed || this.#socket.readyState !== this.#socket.OPEN) return;
    this.#isMarked = true;
    this.#wire.write('', 'latin1', this.#written);
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
