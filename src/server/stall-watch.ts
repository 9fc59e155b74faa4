// Whether a reader has stopped reading: what waits for it is over the mark, and for a long time no frame has left.
import type { Clock, Timer } from '../base/clock.ts';

export interface StallLimits {
  /** How long a full queue may stand still. */
  readonly stallMs: number;
}

/** How long it may where the client asks for more all the while: it sends, but does not read the answers. */
export const unreadAnswersMs = 5000;
/** Bytes that are handed on at a time to a slow reader, so that it is seen that he reads: some tenths of a second of a slow line. */
export const pieceBytes = 65_536;

const checkEveryMs = 500;

export class StallWatch {
  readonly #clock: Clock;
  readonly #stallMs: number;
  readonly #isAskedForMore: () => boolean;
  readonly #onStall: () => void;
  #lastProgress = 0;
  #timer: Timer | null = null;

  constructor(clock: Clock, { stallMs }: StallLimits, isAskedForMore: () => boolean, onStall: () => void) {
    this.#clock = clock;
    this.#stallMs = stallMs;
    this.#isAskedForMore = isAskedForMore;
    this.#onStall = onStall;
  }

  /** The queue is over its mark. */
  begin(): void {
    if (this.#timer !== null) return;
    this.#lastProgress = this.#clock.monotonic();
    this.#timer = this.#clock.every(Math.min(checkEveryMs, this.#stallMs), () => this.#check());
  }

  noteProgress(): void {
    if (this.#timer !== null) this.#lastProgress = this.#clock.monotonic();
  }

  /** The queue is below its mark again, or gone. */
  end(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #check(): void {
    const allowed = this.#isAskedForMore() ? Math.min(unreadAnswersMs, this.#stallMs) : this.#stallMs;
    if (this.#clock.monotonic() - this.#lastProgress < allowed) return;
    this.end();
    this.#onStall();
  }
}
