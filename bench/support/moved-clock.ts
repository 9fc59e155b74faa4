// A clock that stands where a bench puts it; what is to be done each second is done at `tick`.
import type { Clock } from '../../src/index.ts';

export class MovedClock implements Clock {
  #now: number;
  readonly #everySecond = new Set<() => void>();

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  after() {
    return { cancel: () => undefined };
  }

  every(intervalMs: number, run: () => void) {
    if (intervalMs === 1000) this.#everySecond.add(run);
    return { cancel: () => void this.#everySecond.delete(run) };
  }

  moveTo(now: number): void {
    this.#now = Math.max(this.#now, now);
  }

  tick(): void {
    for (const run of this.#everySecond) run();
  }
}
