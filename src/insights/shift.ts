// Shifts of a metric's level, online, at constant cost and memory: two self-starting cumulative sums, up and down, over what is left of
// each value once the one before it has been taken into account, so that values which hang together are not taken for a shift. Page,
// "Continuous inspection schemes", Biometrika 41 (1954) 100–115; Hawkins, "Self-starting cusum charts for location and scale",
// The Statistician 36 (1987) 299–315.
import { held } from './held.ts';
import { type Cell, Layout, type Memory } from './memory.ts';
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
export const sameRun = 250;
// A trend takes as long, and no step of it is more than that share: a step may be found in two parts.
const leastOfTrend = 15;
const mostOfTrend = 0.6;
// A level of less than that share of what it moved by is next to nothing.
const leastBefore = 0.05;

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

/** In percent of the level before; null: that was nothing, or next to it, and a percentage says nothing. */
export function changePercentOf(before: number, after: number): number | null {
  const step = after - before;
  return Math.abs(before) <= leastBefore * Math.abs(step) ? null : (100 * step) / Math.abs(before);
}

/** One direction's sum, with the values since it was last nothing. */
class Sum {
  readonly isUp: boolean;
  readonly #chart: Chart;
  readonly #total: Cell;
  readonly #count: Cell;
  // The level when it began, and how far its values are from that: sums of great values would lose what is small.
  readonly #before: Cell;
  readonly #beyond: Cell;

  constructor(layout: Layout, chart: Chart, isUp: boolean) {
    this.isUp = isUp;
    this.#chart = chart;
    this.#total = layout.cell(0);
    this.#count = layout.cell(0);
    this.#before = layout.cell(0);
    this.#beyond = layout.cell(0);
  }

  isFull(memory: Memory): boolean {
    return this.#total.get(memory) >= this.#chart.limit && this.count(memory) >= leastValues;
  }

  count(memory: Memory): number {
    return this.#count.get(memory);
  }

  before(memory: Memory): number {
    return this.#before.get(memory);
  }

  after(memory: Memory): number {
    return this.before(memory) + this.#beyond.get(memory) / this.count(memory);
  }

  /** `level` is what was usual until this value. */
  add(memory: Memory, surprise: number, value: number, level: number): void {
    const more = (this.isUp ? surprise : -surprise) - this.#chart.allowance;
    const total = Math.max(0, this.#total.get(memory) + more);
    if (total === 0) {
      this.clear(memory);
      return;
    }
    const count = this.count(memory);
    this.#total.set(memory, total);
    if (count === 0) this.#before.set(memory, level);
    this.#count.set(memory, count + 1);
    this.#beyond.set(memory, this.#beyond.get(memory) + value - this.#before.get(memory));
  }

  clear(memory: Memory): void {
    this.#total.set(memory, 0);
    this.#count.set(memory, 0);
    this.#beyond.set(memory, 0);
  }
}

/** A level that goes on the same way. */
class Run {
  // 1: up, -1: down, 0: there is none yet.
  readonly #sign: Cell;
  readonly #before: Cell;
  // The greatest of its steps.
  readonly #greatest: Cell;
  readonly #begin: Cell;
  readonly #last: Cell;

  constructor(layout: Layout) {
    this.#sign = layout.cell(0);
    this.#before = layout.cell(0);
    this.#greatest = layout.cell(0);
    this.#begin = layout.cell(0);
    this.#last = layout.cell(0);
  }

  before(memory: Memory): number {
    return this.#before.get(memory);
  }

  greatest(memory: Memory): number {
    return this.#greatest.get(memory);
  }

  /** Which of the values it began with. */
  begin(memory: Memory): number {
    return this.#begin.get(memory);
  }

  /** The level has moved on by `step` in the last `count` of `n` values. */
  goOn(
    memory: Memory,
    isUp: boolean,
    { n, count, before, step }: { n: number; count: number; before: number; step: number },
  ): void {
    const sign = isUp ? 1 : -1;
    const isSame = this.#sign.get(memory) === sign && n - count - this.#last.get(memory) <= sameRun;
    if (!isSame) {
      this.#sign.set(memory, sign);
      this.#before.set(memory, before);
      this.#begin.set(memory, n - count + 1);
    }
    this.#greatest.set(memory, isSame ? Math.max(this.greatest(memory), step) : step);
    this.#last.set(memory, n);
  }
}

const layout = new Layout();
/** The parts that work on every detector's memory. */
const parts = {
  n: layout.cell(0),
  usual: new SerialMoments(layout),
  sums: charts.flatMap((chart) => [new Sum(layout, chart, true), new Sum(layout, chart, false)]),
  run: new Run(layout),
};

export class ShiftDetector {
  readonly #memory: Memory;

  /** `saved`: bytes of another that it goes on from. Throws where they are none. */
  constructor(saved: Uint8Array | null = null) {
    this.#memory = saved === null ? layout.make() : layout.read(saved);
  }

  /** Its state, not a copy. */
  get bytes(): Uint8Array {
    return this.#memory.bytes;
  }

  /** `raw` is finite. Null: no shift is found with this value. */
  observe(raw: number): Shift | null {
    const memory = this.#memory;
    const value = held(raw);
    const { n, usual, sums } = parts;
    n.set(memory, n.get(memory) + 1);
    const full = this.#isLearnt ? this.#fullWith(value) : undefined;
    if (full === undefined) {
      usual.add(memory, value);
      return null;
    }
    const shift = this.#describe(full);
    usual.restart(memory, shift.after, full.count(memory));
    for (const sum of sums) sum.clear(memory);
    return shift;
  }

  get #isLearnt(): boolean {
    const count = parts.usual.count(this.#memory);
    return count >= learning && parts.usual.independent(this.#memory, count) >= learningIndependent;
  }

  #fullWith(value: number): Sum | undefined {
    const memory = this.#memory;
    const { usual, sums } = parts;
    const surprise = Math.max(-most, Math.min(most, usual.surprise(memory, value)));
    const level = usual.mean(memory);
    let full: Sum | undefined;
    for (const sum of sums) {
      sum.add(memory, surprise, value, level);
      if (!sum.isFull(memory)) continue;
      // What is left after the neighbours may go another way than the level does.
      if (sum.after(memory) > sum.before(memory) === sum.isUp) full ??= sum;
      else sum.clear(memory);
    }
    return full;
  }

  #describe(sum: Sum): Shift {
    const memory = this.#memory;
    const { usual, run } = parts;
    const { isUp } = sum;
    const [count, before, after] = [sum.count(memory), sum.before(memory), sum.after(memory)];
    const n = parts.n.get(memory);
    const step = Math.abs(after - before);
    const known = 1 / usual.independent(memory, count) + 1 / usual.independent(memory, usual.count(memory));
    const error = usual.deviation(memory) * Math.sqrt(known);
    const confidence = error === 0 ? 1 : normalWithin(step / error);
    run.goOn(memory, isUp, { n, count, before, step });
    const values = n - run.begin(memory) + 1;
    const moved = Math.abs(after - run.before(memory));
    const isGradual = values >= leastOfTrend && run.greatest(memory) <= mostOfTrend * moved;
    return { isUp, before: run.before(memory), after, values, confidence, isGradual };
  }
}

/** Probability that a standard normal value is nearer to 0: Abramowitz and Stegun, 7.1.26. */
function normalWithin(z: number): number {
  const t = 1 / (1 + (0.3275911 * z) / Math.SQRT2);
  const tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.max(0, 1 - tail * Math.exp((-z * z) / 2));
}
