// A clock that stands still until a test moves it.
import { setImmediate } from 'node:timers/promises';
import type { Boot, Clock, Timer } from '../../src/base/clock.ts';
import { turnsWaiting } from '../../src/base/turns.ts';

/** All that is ready to run does, in its turns. */
async function settle(): Promise<void> {
  do await setImmediate();
  while (turnsWaiting() > 0);
}

interface Entry {
  due: number;
  readonly intervalMs: number | undefined;
  readonly run: () => void;
}

export class FakeClock implements Clock {
  // By the monotonic time at which they are due; of equals, the one that was set first.
  readonly #timers = new Set<Entry>();
  #now: number;
  #monotonic = 0;
  // Null: the machine does not name its starts.
  #boot: { readonly id: string; readonly since: number } | null = null;
  #boots = 0;

  constructor(now = Date.UTC(2026, 10, 24, 12)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(delayMs: number, run: () => void): Timer {
    return this.#add({ due: this.#monotonic + Math.max(0, delayMs), intervalMs: undefined, run });
  }

  every(intervalMs: number, run: () => void): Timer {
    return this.#add({ due: this.#monotonic + intervalMs, intervalMs, run });
  }

  /** How many timers wait: 0 where nothing was left behind. */
  get timers(): number {
    return this.#timers.size;
  }

  /** The machine's clock jumps; timers and the monotonic time do not feel it. */
  setNow(now: number): void {
    this.#now = now;
  }

  /** Time passes as while the machine is suspended: both clocks move, timers that fell due fire once, at the next `advance`. */
  pass(ms: number): void {
    this.#moveTo(this.#monotonic + ms);
    for (const entry of this.#timers) entry.due = Math.max(entry.due, this.#monotonic);
  }

  /** The machine is started, under a name of its own. */
  reboot(): void {
    this.#boots += 1;
    this.#boot = { id: `boot ${this.#boots}`, since: this.#monotonic };
  }

  boot(): Boot | null {
    if (this.#boot === null) return null;
    return { id: this.#boot.id, uptimeMs: this.#monotonic - this.#boot.since };
  }

  /** Moves on, firing what falls due in its order; between timers all that is ready to run does. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await settle();
    for (let entry = this.#next(end); entry !== undefined; entry = this.#next(end)) {
      this.#moveTo(Math.max(entry.due, this.#monotonic));
      if (entry.intervalMs === undefined) this.#timers.delete(entry);
      else entry.due += entry.intervalMs;
      entry.run();
      await settle();
    }
    this.#moveTo(end);
  }

  #add(entry: Entry): Timer {
    this.#timers.add(entry);
    return { cancel: () => void this.#timers.delete(entry) };
  }

  #next(end: number): Entry | undefined {
    let first: Entry | undefined;
    for (const entry of this.#timers) {
      if (entry.due <= end && (first === undefined || entry.due < first.due)) first = entry;
    }
    return first;
  }

  #moveTo(monotonic: number): void {
    this.#now += monotonic - this.#monotonic;
    this.#monotonic = monotonic;
  }
}
