// What is on its way to a client in an HTTP answer that goes on and on: it is full while more waits than the mark; a reader that does not move is cut.
import type { ServerResponse } from 'node:http';
import type { Clock } from '../base/clock.ts';
import { type StallLimits, StallWatch } from './stall-watch.ts';

export interface ResponseOutboxLimits extends StallLimits {
  readonly maxQueuedBytes: number;
}

export class ResponseOutbox {
  readonly #response: ServerResponse;
  readonly #mark: number;
  readonly #stall: StallWatch;
  #waiting: (() => void)[] = [];

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
    const { destroyed, writableLength } = this.#response;
    return !destroyed && writableLength > this.#mark;
  }

  get queuedBytes(): number {
    return this.#response.writableLength;
  }

  get isDrained(): boolean {
    return this.#response.writableLength === 0;
  }

  /** Calls `resume` once there is room, or the client has left. */
  whenRoom(resume: () => void): void {
    this.#stall.begin();
    this.#waiting.push(resume);
  }

  /** After the end nothing is written. */
  write(text: string): void {
    const { destroyed, writableEnded } = this.#response;
    if (!destroyed && !writableEnded) this.#response.write(text, this.#written);
  }

  /** Says that the stream lives, unless what was said before has not left yet. */
  beat(text: string): void {
    if (!this.#response.writableNeedDrain) this.write(text);
  }

  readonly #written = () => {
    this.#stall.noteProgress();
    if (!this.isFull) this.#hasRoom();
  };

  #hasRoom(): void {
    this.#stall.end();
    if (this.#waiting.length === 0) return;
    for (const resume of this.#waiting.splice(0)) resume();
  }
}
