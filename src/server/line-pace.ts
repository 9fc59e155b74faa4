// Whether a line that has not come to its end comes fast enough: one byte now and then would keep its buffer for ever.
import type { Clock } from '../base/clock.ts';
import { PulseError } from '../base/errors.ts';

export interface PaceLimits {
  readonly minBodyBytesPerSecond: number;
  /** How long nothing of a body may come; how often the pace is judged. */
  readonly bodyTimeoutMs: number;
}

export class LinePace {
  readonly #clock: Clock;
  readonly #limits: PaceLimits;
  // Since when the present line has been unfinished, or was last judged, and what has come of the body since.
  #since: number | null = null;
  #bytes = 0;

  constructor(clock: Clock, limits: PaceLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Notes bytes that came; `isUnfinished`: they end within the line that was unfinished before. Errors: TIMEOUT. */
  note(bytes: number, isUnfinished: boolean): void {
    if (!isUnfinished) {
      this.#since = null;
      this.#bytes = 0;
      return;
    }
    const now = this.#clock.monotonic();
    this.#since ??= now;
    this.#bytes += bytes;
    const { bodyTimeoutMs, minBodyBytesPerSecond: min } = this.#limits;
    const elapsed = now - this.#since;
    if (elapsed < bodyTimeoutMs) return;
    if (this.#bytes < (min * elapsed) / 1000) {
      const seconds = Math.round(elapsed / 1000);
      const message = `a line came with ${this.#bytes} bytes in ${seconds} s; at least ${min} bytes a second are expected within a line`;
      throw new PulseError('TIMEOUT', message);
    }
    this.#since = now;
    this.#bytes = 0;
  }
}
