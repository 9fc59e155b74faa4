// Mean, deviation and how much each value hangs on the one before it, of a stream that may move slowly; and how far a value is from what
// they let expect.

const over = 500;
// What is farther off is learnt as if it were so far: one wild value must not blind what comes after it.
const mostLearnt = 6;
const learning = 30;
// The level is not known as well after a shift; how much values scatter is.
const mostAfterRestart = 100;
const mostCorrelation = 0.99;

export class SerialMoments {
  #count = 0;
  // Of values since the last restart: how well the level is known.
  #levelCount = 0;
  #mean = 0;
  #variance = 0;
  #covariance = 0;
  // The last value's distance from the mean; null where there is none.
  #last: number | null = null;

  get count(): number {
    return this.#count;
  }

  get mean(): number {
    return this.#mean;
  }

  get deviation(): number {
    const n = Math.min(this.#count, over);
    return n < 2 ? 0 : Math.sqrt((this.#variance * n) / (n - 1));
  }

  /** Correlation of neighbours, in [0, 0.99]: what alternates is no reason for doubt. */
  get correlation(): number {
    if (this.#variance === 0) return 0;
    const seen = this.#covariance / this.#variance;
    // Of few values it comes out too low: Kendall, "Note on bias in the estimation of autocorrelation", Biometrika 41 (1954) 403–404.
    return Math.max(0, Math.min(mostCorrelation, seen + (1 + 3 * seen) / Math.min(this.#count, over)));
  }

  /** How many independent values tell as much of a mean as so many of these. */
  independent(count: number): number {
    const { correlation } = this;
    return Math.max(1, (count * (1 - correlation)) / (1 + correlation));
  }

  /** How far from what is expected, in standard deviations of a normal value, with its sign: Hawkins (1987). */
  surprise(value: number): number {
    const n = this.#count;
    if (n < 3) return 0;
    const { correlation, deviation } = this;
    const expected = this.#mean + correlation * (this.#last ?? 0);
    const hung = this.#last === null ? 0 : correlation;
    const known = this.independent(Math.min(over, this.#levelCount));
    const spread = deviation * Math.sqrt((1 - hung * hung) * (1 + 1 / known));
    const distance = value - expected;
    if (Math.abs(distance) <= 1e-9 * (Math.abs(value) + Math.abs(this.#mean))) return 0;
    if (spread === 0) return Math.sign(distance) * Number.MAX_VALUE;
    return normalOf(distance / spread, Math.min(n, over) - 2);
  }

  add(raw: number): void {
    const value = this.#held(raw);
    this.#count += 1;
    this.#levelCount += 1;
    const distance = value - this.#mean;
    this.#mean += distance / Math.min(this.#levelCount, over);
    const left = value - this.#mean;
    const share = 1 / Math.min(this.#count, over);
    this.#variance += share * (distance * left - this.#variance);
    if (this.#last !== null) this.#covariance += share * (left * this.#last - this.#covariance);
    this.#last = left;
  }

  #held(value: number): number {
    const { deviation } = this;
    if (this.#count < learning || deviation === 0) return value;
    const most = mostLearnt * deviation;
    return this.#mean + Math.max(-most, Math.min(most, value - this.#mean));
  }

  /** The level is another one, known from `count` values; how values scatter about it is as before. */
  restart(mean: number, count: number): void {
    this.#mean = mean;
    this.#levelCount = count;
    this.#count = Math.min(this.#count, mostAfterRestart);
    this.#last = null;
  }
}

/** A value of Student's t as rare as a normal one: Abramowitz and Stegun, 26.7.8. */
function normalOf(t: number, degrees: number): number {
  return (t * (1 - 1 / (4 * degrees))) / Math.hypot(1, t / Math.sqrt(2 * degrees));
}
