// What is on its way to a client in an HTTP answer that goes on and on: it is full while more waits than the mark; a reader that does not move is cut.
// What waits is handed on piece by piece, so that it is seen that a slow reader reads at all.
import type { ServerResponse } from 'node:http';
import type { Clock } from '../base/clock.ts';
import { pieceBytes, type StallLimits, StallWatch } from './stall-watch.ts';

export interface ResponseOutboxLimits extends StallLimits {
  readonly maxQueuedBytes: number;
}

export class ResponseOutbox {
  readonly #response: ServerResponse;
  readonly #mark: number;
  readonly #stall: StallWatch;
  #waiting: (() => void)[] = [];
  // What has not been handed on, and its bytes.
  #texts: string[] = [];
  #textBytes = 0;
  // What the answer ends with once all of that has left; null: it goes on.
  #ending: string | null = null;

  constructor(response: ServerResponse, clock: Clock, limits: ResponseOutboxLimits) {
    this.#response = response;
    this.#mark = limits.maxQueuedBytes;
    this.#stall = new StallWatch(
      clock,
      limits,
      () => false,
      () => response.destroy(),
    );
    response.once('close', () => this.#hasRoom());
  }

  get isFull(): boolean {
    return !this.#response.destroyed && this.queuedBytes > this.#mark;
  }

  get queuedBytes(): number {
    return this.#textBytes + this.#response.writableLength;
  }

  get isDrained(): boolean {
    return this.queuedBytes === 0;
  }

  /** Calls `resume` once there is room, or the client has left. */
  whenRoom(resume: () => void): void {
    this.#stall.begin();
    this.#waiting.push(resume);
  }

  /** After the end nothing is written. */
  write(text: string): void {
    const { destroyed, writableEnded, writableLength } = this.#response;
    if (destroyed || writableEnded || this.#ending !== null) return;
    if (this.#texts.length === 0 && writableLength < pieceBytes) {
      this.#response.write(text, this.#written);
      return;
    }
    this.#texts.push(text);
    this.#textBytes += Buffer.byteLength(text);
  }

  /** Ends the answer with a text, after all that waits. */
  end(text: string): void {
    this.#ending ??= text;
    this.#handOn();
  }

  /** Says that the stream lives, unless what was said before has not left yet. */
  beat(text: string): void {
    if (this.#texts.length === 0 && !this.#response.writableNeedDrain) this.write(text);
  }

  readonly #written = () => {
    this.#stall.noteProgress();
    this.#handOn();
    if (!this.isFull) this.#hasRoom();
  };

  #handOn(): void {
    const { destroyed, writableEnded } = this.#response;
    if (destroyed || writableEnded) {
      this.#letGo();
      return;
    }
    let handedOn = 0;
    while (handedOn < this.#texts.length && this.#response.writableLength < pieceBytes) {
      const text = this.#texts[handedOn] as string;
      this.#textBytes -= Buffer.byteLength(text);
      this.#response.write(text, this.#written);
      handedOn += 1;
    }
    this.#texts.splice(0, handedOn);
    if (this.#ending !== null && this.#texts.length === 0) this.#response.end(this.#ending);
  }

  #letGo(): void {
    this.#texts = [];
    this.#textBytes = 0;
  }

  #hasRoom(): void {
    this.#stall.end();
    if (this.#waiting.length === 0) return;
    for (const resume of this.#waiting.splice(0)) resume();
  }
}
