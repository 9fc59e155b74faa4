// A share of the event loop: long work looks at it between small parts, and pauses once it is used up.
import { setImmediate } from 'node:timers/promises';
import type { Clock } from './clock.ts';

const sliceMs = 5;

export class TimeSlice {
  readonly #clock: Clock;
  #begun: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#begun = clock.monotonic();
  }

  get isOver(): boolean {
    return this.#clock.monotonic() - this.#begun >= sliceMs;
  }

  /** Lets others run, then begins the next slice. */
  async pause(): Promise<void> {
    await setImmediate();
    this.#begun = this.#clock.monotonic();
  }
}
