// How late the event loop is: what waits for its turn waits so much longer.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock, Timer } from '../base/clock.ts';

const resolutionMs = 10;
const periodMs = 30_000;
const nsPerMs = 1e6;

export class LoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  readonly #timer: Timer;
  // Of the period before.
  #before = 0;

  constructor(clock: Clock) {
    this.#histogram.enable();
    this.#timer = clock.every(periodMs, () => {
      this.#before = this.#current();
      this.#histogram.reset();
    });
  }

  /** Milliseconds that 99 of 100 looks were late by at most, over the last 30 to 60 seconds. */
  get p99Ms(): number {
    return Math.max(this.#before, this.#current());
  }

  stop(): void {
    this.#timer.cancel();
    this.#histogram.disable();
  }

  /** It measures how far apart looks are, which is meant to be the resolution. */
  #current(): number {
    const ms = this.#histogram.count === 0 ? 0 : this.#histogram.percentile(99) / nsPerMs;
    return Math.max(0, ms - resolutionMs);
  }
}
