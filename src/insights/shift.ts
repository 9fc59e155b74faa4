// Shifts of a metric's level, online, at constant cost and memory: two self-starting cumulative sums, up and down, over what is left of
// each value once the one before it has been taken into account, so that values which hang together are not taken for a shift. Page,
// "Continuous inspection schemes", Biometrika 41 (1954) 100–115; Hawkins, "Self-starting cusum charts for location and scale",
// The Statistician 36 (1987) 299–315.
import { held } from './held.ts';
import { SerialMoments } from './serial-moments.ts';

const learning = 30;
// Of values that hang together more are needed.
const learningIndependent = 12;
// A shift of twice as many standard deviations is found soonest; of 1,000 runs of 1,000 values without a shift, less than ten give one.
const charts: readonly Chart[] = [
  { allowance: 1, limit: 6 },
  { allowance: 0.5, limit: 10.5 },
];
// Nothing rarer is believed of one value: one wild value is no shift.
const most = 3;
const leastValues = 3;
// So many values later it is another movement.
const sameRun = 250;
// A trend takes as long, and no step of it is more than that share: a step may be found in two parts.
const leastOfTrend = 15;
const mostOfTrend = 0.6;

/** How much a value must surprise to count, and how much must come together. */
interface Chart {
  readonly allowance: number;
  readonly limit: number;
}

/** What has moved since. Where a level goes on the same way, all of it together is one movement. */
export interface Shift {
  readonly isUp: boolean;
  /** Level before the movement, and now. */
  readonly before: number;
  readonly after: number;
  /** How many values ago it began, this one included. */
  readonly values: number;
  /** It comes bit by bit: a trend rather than a step. */
  readonly isGradual: boolean;
  /** In [0, 1]: how far apart the two levels are for as many values as are independent. It knows nothing of how many values were looked at. */
  readonly confidence: number;
}

/** One direction's sum, with the values since it was last nothing. */
class Sum {
  readonly isUp: boolean;
  readonly #chart: Chart;
  #total = 0;
  #count = 0;
  // The level when it began, and how far its values are from that: sums of great values would lose what is small.
  #before = 0;
  #beyond = 0;

  constructor(chart: Chart, isUp: boolean) {
    this.#chart = chart;
    this.isUp = isUp;
  }

  get isFull(): boolean {
    return this.#total >= this.#chart.limit && this.#count >= leastValues;
  }

  get count(): number {
    return this.#count;
  }

  get before(): number {
    return this.#before;
  }

  get after(): number {
    return this.#before + this.#beyond / this.#count;
  }

  /** `level` is what was usual until this value. */
  add(surprise: number, value: number, level: number): void {
    this.#total = Math.max(0, this.#total + (this.isUp ? surprise : -surprise) - this.#chart.allowance);
    if (this.#total === 0) this.clear();
    else {
      if (this.#count === 0) this.#before = level;
      this.#count += 1;
      this.#beyond += value - this.#before;
    }
  }

  clear(): void {
    this.#total = 0;
    this.#count = 0;
    this.#beyond = 0;
  }
}

/** A level that goes on the same way. */
interface Run {
  readonly isUp: boolean;
  readonly before: number;
  /** The greatest of its steps. */
  readonly greatest: number;
  readonly begin: number;
  readonly last: number;
}

export class ShiftDetector {
  #n = 0;
  #run: Run | null = null;
  readonly #usual = new SerialMoments();
  readonly #sums = charts.flatMap((chart) => [new Sum(chart, true), new Sum(chart, false)]);

  /** `raw` is finite. Null: no shift is found with this value. */
  observe(raw: number): Shift | null {
    const value = held(raw);
    this.#n += 1;
    const usual = this.#usual;
    const full = this.#isLearnt ? this.#fullWith(value) : undefined;
    if (full === undefined) {
      usual.add(value);
      return null;
    }
    const shift = this.#describe(full);
    usual.restart(shift.after, full.count);
    for (const sum of this.#sums) sum.clear();
    return shift;
  }

  get #isLearnt(): boolean {
    const usual = this.#usual;
    return usual.count >= learning && usual.independent(usual.count) >= learningIndependent;
  }

  #fullWith(value: number): Sum | undefined {
    const usual = this.#usual;
    const surprise = Math.max(-most, Math.min(most, usual.surprise(value)));
    let full: Sum | undefined;
    for (const sum of this.#sums) {
      sum.add(surprise, value, usual.mean);
      if (!sum.isFull) continue;
      // What is left after the neighbours may go another way than the level does.
      if (sum.after > sum.before === sum.isUp) full ??= sum;
      else sum.clear();
    }
    return full;
  }

  #describe(sum: Sum): Shift {
    const usual = this.#usual;
    const { isUp, before, after, count } = sum;
    const step = Math.abs(after - before);
    const error = usual.deviation * Math.sqrt(1 / usual.independent(count) + 1 / usual.independent(usual.count));
    const confidence = error === 0 ? 1 : normalWithin(step / error);
    const run = this.#runWith(sum, step);
    this.#run = run;
    const values = this.#n - run.begin + 1;
    const isGradual = values >= leastOfTrend && run.greatest <= mostOfTrend * Math.abs(after - run.before);
    return { isUp, before: run.before, after, values, confidence, isGradual };
  }

  #runWith({ isUp, before, count }: Sum, step: number): Run {
    const run = this.#run;
    const n = this.#n;
    const goesOn = run !== null && run.isUp === isUp && n - count - run.last <= sameRun;
    if (!goesOn) return { isUp, before, greatest: step, begin: n - count + 1, last: n };
    return { ...run, greatest: Math.max(run.greatest, step), last: n };
  }
}

/** Probability that a standard normal value is nearer to 0: Abramowitz and Stegun, 7.1.26. */
function normalWithin(z: number): number {
  const t = 1 / (1 + (0.3275911 * z) / Math.SQRT2);
  const tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.max(0, 1 - tail * Math.exp((-z * z) / 2));
}
