// The log's times, steady under a wall clock that may be wrong: a step against monotonic time is not believed at once, and
// nothing that is deleted by age gets older than time has verifiably passed. Pure over a clock: times in, times out.
import type { Boot, Clock } from '../base/clock.ts';

export interface LogClockOptions {
  readonly clock: Clock;
  /** A larger step of the wall clock against monotonic time is not believed; ten minutes where it is left out. */
  readonly maxClockStepMs?: number | undefined;
  /** Arrival of the newest point that is stored; null: there never was one. */
  readonly newestArrival: number | null;
  /** As it was saved before the start; null: it never was. */
  readonly saved: SavedClock | null;
}

/** What a start continues from. */
export interface SavedClock {
  /** The deletion clock. */
  readonly deletion: number;
  /** The time that was believed. */
  readonly time: number;
  readonly boot: Boot | null;
}

/** Milliseconds since 1970. */
export interface ClockState {
  /** The log's time. */
  readonly now: number;
  /** What the wall clock shows. */
  readonly wall: number;
  readonly deletion: number;
  readonly arrival: number;
  /** A step that is not believed: when it was noticed and when it will be taken over, by the log's time. */
  readonly step: { readonly since: number; readonly takenOverAt: number } | null;
  /** How many steps were taken over since the start, by themselves or by `accept`. */
  readonly takenOver: number;
}

/** A step that is not followed by another for so long is taken over. */
export const settleMs = 600_000;
const defaultMaxStepMs = 600_000;
// Between two readings the wall clock moves against monotonic time by less, unless it is stepped: slewing is slow.
const minStepMs = 1000;
// A time that is ahead runs at this rate until it is caught up with: it neither stands still nor goes back.
const aheadRate = 0.5;
// Where a restart proves nothing, the machine may have been off for so long.
const maxDowntimeMs = 86_400_000;

interface Step {
  /** Monotonic. */
  readonly since: number;
  /** Log time. */
  readonly noticedAt: number;
  /** Wall clock minus monotonic time, at the last reading. */
  offset: number;
}

export class LogClock {
  readonly #clock: Clock;
  readonly #maxStepMs: number;
  readonly #newestArrival: number;
  // Whether the start could not tell which is wrong: the wall clock, or the newest arrival, which is later.
  readonly #isUncertain: boolean;
  // Believed time minus monotonic time.
  #offset: number;
  #step: Step | null = null;
  #takenOver = 0;
  // Monotonic time and wall clock at the last reading.
  #monotonic: number;
  #wall: number;
  // Invariants: none of the four goes back; arrival >= now, arrival >= deletion.
  #now = Number.NEGATIVE_INFINITY;
  #arrival: number;
  #deletion: number;

  constructor({ clock, maxClockStepMs = defaultMaxStepMs, newestArrival, saved }: LogClockOptions) {
    this.#clock = clock;
    this.#maxStepMs = maxClockStepMs;
    this.#monotonic = clock.monotonic();
    this.#wall = clock.now();
    this.#newestArrival = newestArrival ?? Number.NEGATIVE_INFINITY;
    const passed = passedSince(saved?.boot ?? null, clock.boot?.() ?? null);
    const isProven = saved !== null && passed.isSameBoot;
    // Of the same boot the time is known: a wall clock that shows another has been stepped. Else there is nothing to compare it with.
    this.#offset = (isProven ? saved.time + passed.ms : this.#wall) - this.#monotonic;
    this.#isUncertain = !isProven && this.#newestArrival > this.#wall;
    this.#deletion = saved === null ? Math.min(this.#wall, newestArrival ?? this.#wall) : saved.deletion + passed.ms;
    this.#arrival = this.#newestArrival;
    this.#read();
  }

  /** The log's time. It never goes back. */
  now(): number {
    this.#read();
    return Math.floor(this.#now);
  }

  /** The latest time that may be right: what a producer with a correct clock sends is not ahead of it. */
  latest(): number {
    this.#read();
    const possible = this.#isUncertain && this.#arrival > this.#now ? this.#arrival + maxDowntimeMs : this.#now;
    return Math.floor(Math.max(possible, this.#wall));
  }

  /** What a point that arrives now is stored with: now(), or later where the newest stored point lies in the future. */
  arrival(): number {
    this.#read();
    return Math.floor(this.#arrival);
  }

  /** For whatever is deleted or forgotten by age: it never advances by more than the time that has verifiably passed. */
  deletion(): number {
    this.#read();
    return Math.floor(this.#deletion);
  }

  /** Somebody vouches for the wall clock: it is believed at once, for deletion too. */
  accept(): void {
    this.#read();
    if (this.#step !== null) this.#takenOver += 1;
    this.#step = null;
    this.#offset = this.#wall - this.#monotonic;
    this.#deletion = Math.max(this.#deletion, this.#wall);
    this.#advance(this.#wall, 0);
  }

  get state(): ClockState {
    this.#read();
    const step =
      this.#step === null ? null : { since: this.#step.noticedAt, takenOverAt: this.#takesOverAt(this.#step) };
    return {
      now: Math.floor(this.#now),
      wall: this.#wall,
      deletion: Math.floor(this.#deletion),
      arrival: Math.floor(this.#arrival),
      step,
      takenOver: this.#takenOver,
    };
  }

  /** For the next start. */
  save(): SavedClock {
    this.#read();
    const time = Math.floor(this.#monotonic + this.#offset);
    return { deletion: Math.floor(this.#deletion), time, boot: this.#clock.boot?.() ?? null };
  }

  #takesOverAt({ since }: Step): number {
    return Math.floor(this.#now + Math.max(0, since + settleMs - this.#monotonic));
  }

  #read(): void {
    this.#wall = this.#clock.now();
    let monotonic = this.#clock.monotonic();
    // The machine may have been suspended just now.
    if (this.#step === null && !this.#isBelievable(monotonic))
      monotonic = this.#clock.checkedMonotonic?.() ?? monotonic;
    const passed = Math.max(0, monotonic - this.#monotonic);
    this.#monotonic += passed;
    this.#advance(this.#believed(), passed);
  }

  #isBelievable(monotonic: number): boolean {
    return Math.abs(this.#wall - (monotonic + this.#offset)) <= this.#maxStepMs;
  }

  /** The time that is believed now. */
  #believed(): number {
    const offset = this.#wall - this.#monotonic;
    if (!this.#isBelievable(this.#monotonic)) {
      const step = this.#step;
      if (step === null || Math.abs(offset - step.offset) > minStepMs) {
        const noticedAt = Math.floor(Math.max(this.#now, this.#monotonic + this.#offset));
        this.#step = { since: this.#monotonic, noticedAt, offset };
        return this.#monotonic + this.#offset;
      }
      step.offset = offset;
      if (this.#monotonic - step.since < settleMs) return this.#monotonic + this.#offset;
      this.#takenOver += 1;
    }
    this.#step = null;
    this.#offset = offset;
    return this.#wall;
  }

  #advance(believed: number, passed: number): void {
    const now = this.#now;
    this.#now = Math.max(believed, now + aheadRate * passed);
    const target = Math.max(this.#now, this.#deletion + aheadRate * passed);
    this.#deletion = Math.min(this.#deletion + passed, target);
    this.#arrival = Math.max(this.#now, this.#deletion, this.#arrival + aheadRate * passed);
  }
}

/** How far points that arrive now are ahead of their arrival, where they may be further than a rule says; else 0. */
export function aheadMs(clock: LogClock, points: readonly { readonly timestamp: number }[]): number {
  const arrival = clock.arrival();
  if (clock.latest() <= arrival) return 0;
  let newest = arrival;
  // One without a time is at its arrival.
  for (const { timestamp } of points) if (timestamp > newest) newest = timestamp;
  return newest - arrival;
}

/** How much time has passed at least since a clock was saved. */
function passedSince(saved: Boot | null, boot: Boot | null): { readonly isSameBoot: boolean; readonly ms: number } {
  if (saved === null || boot === null) return { isSameBoot: false, ms: 0 };
  // It was saved before this start of the machine.
  if (saved.id !== boot.id) return { isSameBoot: false, ms: boot.uptimeMs };
  const ms = boot.uptimeMs - saved.uptimeMs;
  return ms < 0 ? { isSameBoot: false, ms: 0 } : { isSameBoot: true, ms };
}
