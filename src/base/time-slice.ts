// A share of the event loop: long work looks at it between small parts, and pauses once it is used up.
import type { Clock } from './clock.ts';
import { nextTurn } from './turns.ts';

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

  /** Begins a slice: where others have run since the last look. */
  begin(): void {
    this.#begun = this.#clock.monotonic();
  }

  /** Lets others run, then begins the next slice. */
  async pause(): Promise<void> {
    await nextTurn();
    this.begin();
  }
}
