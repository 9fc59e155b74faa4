// Mean, deviation and how much each value hangs on the one before it, of a stream that may move slowly; and how far a value is from what
// they let expect.
import type { Cell, Layout, Memory } from './memory.ts';

const over = 500;
// What is farther off is learnt as if it were so far: one wild value must not blind what comes after it.
const mostLearnt = 6;
const learning = 30;
// The level is not known as well after a shift; how much values scatter is.
const mostAfterRestart = 100;
const mostCorrelation = 0.99;

export class SerialMoments {
  readonly #count: Cell;
  // Of values since the last restart: how well the level is known.
  readonly #levelCount: Cell;
  readonly #mean: Cell;
  readonly #variance: Cell;
  readonly #covariance: Cell;
  // The last value's distance from the mean; not a number where there is none.
  readonly #last: Cell;

  constructor(layout: Layout) {
    this.#count = layout.cell(0);
    this.#levelCount = layout.cell(0);
    this.#mean = layout.cell(0);
    this.#variance = layout.cell(0);
    this.#covariance = layout.cell(0);
    this.#last = layout.cell(Number.NaN);
  }

  count(memory: Memory): number {
    return this.#count.get(memory);
  }

  mean(memory: Memory): number {
    return this.#mean.get(memory);
  }

  deviation(memory: Memory): number {
    const n = Math.min(this.count(memory), over);
    return n < 2 ? 0 : Math.sqrt((this.#variance.get(memory) * n) / (n - 1));
  }

  /** Correlation of neighbours, in [0, 0.99]: what alternates is no reason for doubt. */
  correlation(memory: Memory): number {
    const variance = this.#variance.get(memory);
    if (variance === 0) return 0;
    const seen = this.#covariance.get(memory) / variance;
    // Of few values it comes out too low: Kendall, "Note on bias in the estimation of autocorrelation", Biometrika 41 (1954) 403–404.
    return Math.max(0, Math.min(mostCorrelation, seen + (1 + 3 * seen) / Math.min(this.count(memory), over)));
  }

  /** How many independent values tell as much of a mean as so many of these. */
  independent(memory: Memory, count: number): number {
    const correlation = this.correlation(memory);
    return Math.max(1, (count * (1 - correlation)) / (1 + correlation));
  }

  /** How far from what is expected, in standard deviations of a normal value, with its sign: Hawkins (1987). */
  surprise(memory: Memory, value: number): number {
    const n = this.count(memory);
    if (n < 3) return 0;
    const mean = this.mean(memory);
    const last = this.#last.get(memory);
    const hung = Number.isNaN(last) ? 0 : this.correlation(memory);
    const expected = hung === 0 ? mean : mean + hung * last;
    const known = this.independent(memory, Math.min(over, this.#levelCount.get(memory)));
    const spread = this.deviation(memory) * Math.sqrt((1 - hung * hung) * (1 + 1 / known));
    const distance = value - expected;
    if (Math.abs(distance) <= 1e-9 * (Math.abs(value) + Math.abs(mean))) return 0;
    if (spread === 0) return Math.sign(distance) * Number.MAX_VALUE;
    return normalOf(distance / spread, Math.min(n, over) - 2);
  }

  add(memory: Memory, raw: number): void {
    const value = this.#held(memory, raw);
    const count = this.count(memory) + 1;
    const levelCount = this.#levelCount.get(memory) + 1;
    const before = this.mean(memory);
    const distance = value - before;
    const mean = before + distance / Math.min(levelCount, over);
    const left = value - mean;
    const share = 1 / Math.min(count, over);
    const variance = this.#variance.get(memory);
    const covariance = this.#covariance.get(memory);
    const last = this.#last.get(memory);
    this.#count.set(memory, count);
    this.#levelCount.set(memory, levelCount);
    this.#mean.set(memory, mean);
    this.#variance.set(memory, variance + share * (distance * left - variance));
    if (!Number.isNaN(last)) this.#covariance.set(memory, covariance + share * (left * last - covariance));
    this.#last.set(memory, left);
  }

  #held(memory: Memory, value: number): number {
    const deviation = this.deviation(memory);
    if (this.count(memory) < learning || deviation === 0) return value;
    const most = mostLearnt * deviation;
    const mean = this.mean(memory);
    return mean + Math.max(-most, Math.min(most, value - mean));
  }

  /** The level is another one, known from `count` values; how values scatter about it is as before. */
  restart(memory: Memory, mean: number, count: number): void {
    this.#mean.set(memory, mean);
    this.#levelCount.set(memory, count);
    this.#count.set(memory, Math.min(this.count(memory), mostAfterRestart));
    this.#last.set(memory, Number.NaN);
  }
}

/** A value of Student's t as rare as a normal one: Abramowitz and Stegun, 26.7.8. */
function normalOf(t: number, degrees: number): number {
  return (t * (1 - 1 / (4 * degrees))) / Math.hypot(1, t / Math.sqrt(2 * degrees));
}
