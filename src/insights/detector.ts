// Anomalies of one metric, online, at constant cost and memory: residuals on several scales, how rare each is, excused by the hour of the day,
// by what has happened before and by alarms that have just been; thresholds follow the rate of alarms that is wanted (Gibbs and
// Candès, "Adaptive conformal inference", NeurIPS 2021).
import { held } from './held.ts';
import { LocalDeviation } from './local-deviation.ts';
import { type Cell, type Cells, Layout, type Memory } from './memory.ts';
import { Residual, usualOver } from './residual.ts';
import type { Sensitivity } from './sensitivity.ts';
import { learning, noteworthy } from './tail.ts';

const levels = [1, 4, 16] as const;
const volatilities = [4, 16] as const;
const slowness = 64;
const halfHours = 48;
const halfHourMs = 1_800_000;
const binMemory = 60;
// In mean distances: of normal values one in 15,000 is farther off.
const leastBand = 5;
const alarmHalfLife = 1500;
// What is rare is judged by few values at first: until so many, or a day of them that are not too few, only what is much rarer is said.
const learntValues = 1000;
const learntOfADay = 300;
const leastSaid = 200;
const dayMs = 86_400_000;
const strengthAtFirst = 2.2;
// Alarms wanted of one value, and how much higher the threshold is while the rate is not known, by sensitivity.
const wanted: Readonly<Record<Sensitivity, { readonly rate: number; readonly factor: number }>> = {
  LOW: { rate: 2e-5, factor: 1.5 },
  MEDIUM: { rate: 1e-4, factor: 1 },
  HIGH: { rate: 3e-4, factor: 0.8 },
};
const pace = 0.2;
const fullScore = 15;

/** What might be otherwise, each about as good in a wide range. */
export interface Tuning {
  /** Surprise that is an alarm, while the rate is not known. */
  readonly firstThreshold: number;
  /** How much less alarming a value is for each alarm that has lately been. */
  readonly alarmWeight: number;
  /** Values after an alarm in which only what is so many times worse is another. */
  readonly refractory: number;
  readonly escalation: number;
  /** So much of the score is for what is rare alone, the rest for what is both rare and far off, where a deviation counts so much. */
  readonly rareShare: number;
  readonly deviationWeight: number;
  /** A situation is more than one value: of a score so much is left at the next one. */
  readonly afterglow: number;
}

export const shipped: Tuning = {
  firstThreshold: 1.8,
  alarmWeight: 0.4,
  refractory: 200,
  escalation: 1.5,
  rareShare: 0.3,
  deviationWeight: 1.75,
  afterglow: 0.8,
};

export interface Observed {
  /** In [0, 1]: how unusual it is, on one scale for every metric. */
  readonly score: number;
  /** Minus the logarithm of how rare it is, to the base of 10, less where there were alarms. */
  readonly surprise: number;
  /** The surprise as a multiple of the threshold for alarms. */
  readonly strength: number;
  /** Part of a situation, if there is one. */
  readonly isUnusual: boolean;
  /** A situation opens or gets worse. */
  readonly isAlarm: boolean;
}

/** What is expected of the next value, and the band that one value in 5,000 leaves. */
export interface Expectation {
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
}

/** Two averages of the same, of which one is slower: what the fast one has more is the residual. */
class Scales {
  readonly #fastOver: number;
  readonly #fast: Cell;
  readonly #slow: Cell;
  readonly residual: Residual;

  constructor(layout: Layout, fastOver: number) {
    this.#fastOver = fastOver;
    this.#fast = layout.cell(0);
    this.#slow = layout.cell(0);
    this.residual = new Residual(layout, false);
  }

  /** What is expected of the first value. */
  begin(memory: Memory, first: number): void {
    this.#slow.set(memory, first);
  }

  slow(memory: Memory): number {
    return this.#slow.get(memory);
  }

  observe(memory: Memory, value: number, n: number, magnitude: number): number {
    const before = this.#fast.get(memory);
    const fast = before + (value - before) / Math.min(n, this.#fastOver);
    this.#fast.set(memory, fast);
    const slow = this.#slow.get(memory);
    const score = this.residual.observe(memory, fast - slow, n, magnitude);
    this.#slow.set(memory, slow + (value - slow) / Math.min(n, slowness * this.#fastOver));
    return score;
  }
}

/** What is usual at the hour of the day, in UTC. */
class Season {
  readonly #smoothed: Cell;
  // Mean distance of values from what their hour let expect, where it was known.
  readonly #usual: Cell;
  readonly #known: Cell;
  readonly #means: Cells;
  readonly #counts: Cells;
  readonly #residual: Residual;

  constructor(layout: Layout) {
    this.#smoothed = layout.cell(0);
    this.#usual = layout.cell(0);
    this.#known = layout.cell(0);
    this.#residual = new Residual(layout, true);
    this.#means = layout.cells(halfHours);
    this.#counts = layout.cells(halfHours);
  }

  /** Infinity while no hour is known. */
  usual(memory: Memory): number {
    return this.#known.get(memory) === 0 ? Number.POSITIVE_INFINITY : this.#usual.get(memory);
  }

  /** Null: nothing is known of that hour. */
  expected(memory: Memory, timeMs: number): number | null {
    const bin = binOfDay(timeMs);
    return this.#counts.get(memory, bin) === 0 ? null : this.#means.get(memory, bin);
  }

  observe(memory: Memory, value: number, timeMs: number, n: number, magnitude: number, level: number): number {
    const bin = binOfDay(timeMs);
    const count = this.#counts.get(memory, bin);
    const expected = count === 0 ? level : this.#means.get(memory, bin);
    const distance = value - expected;
    if (count > 0) this.#note(memory, Math.abs(distance));
    const before = this.#smoothed.get(memory);
    const smoothed = before + (distance - before) / 3;
    this.#smoothed.set(memory, smoothed);
    const score = this.#residual.observe(memory, smoothed, n, magnitude);
    const seen = Math.min(binMemory, count + 1);
    this.#counts.set(memory, bin, seen);
    this.#means.set(memory, bin, expected + distance / seen);
    return score;
  }

  #note(memory: Memory, distance: number): void {
    const known = this.#known.get(memory) + 1;
    const usual = this.#usual.get(memory);
    this.#known.set(memory, known);
    this.#usual.set(memory, usual + (distance - usual) / Math.min(known, usualOver));
  }
}

const layout = new Layout();
/** The parts that work on every detector's memory. */
const parts = {
  n: layout.cell(0),
  firstAt: layout.cell(0),
  least: layout.cell(Number.POSITIVE_INFINITY),
  previous: layout.cell(0),
  shown: layout.cell(0),
  alarms: layout.cell(0),
  threshold: layout.cell(shipped.firstThreshold),
  lastAlarm: layout.cell(Number.NEGATIVE_INFINITY),
  lastScore: layout.cell(0),
  deviation: new LocalDeviation(layout),
  levels: levels.map((over) => new Scales(layout, over)),
  volatilities: volatilities.map((over) => new Scales(layout, over)),
  season: new Season(layout),
};
const [finest, middle] = parts.levels as [Scales, Scales, Scales];

export class Detector {
  readonly #memory: Memory;
  readonly #tuning: Tuning;

  /** `saved`: bytes of another that it goes on from. Throws where they are none. */
  constructor(saved: Uint8Array | null = null, tuning: Tuning = shipped) {
    this.#memory = saved === null ? layout.make() : layout.read(saved);
    this.#tuning = tuning;
    if (saved === null) parts.threshold.set(this.#memory, tuning.firstThreshold);
  }

  /** Its state, not a copy. */
  get bytes(): Uint8Array {
    return this.#memory.bytes;
  }

  /** How many values it has seen. */
  get count(): number {
    return parts.n.get(this.#memory);
  }

  /** Of a value at that time; null while too little was seen. Not below nothing where no value ever was. */
  expectation(timeMs: number): Expectation | null {
    const expectation = this.#expectation(timeMs);
    if (expectation === null || expectation.lower >= 0 || parts.least.get(this.#memory) < 0) return expectation;
    return { ...expectation, lower: 0 };
  }

  #expectation(timeMs: number): Expectation | null {
    const memory = this.#memory;
    if (this.count < learning) return null;
    const usual = finest.residual.usual(memory);
    const mostUp = finest.residual.mostUp(memory);
    const mostDown = finest.residual.mostDown(memory);
    if (!Number.isFinite(mostUp) || !Number.isFinite(mostDown)) return null;
    const atHour = parts.season.expected(memory, timeMs);
    // Where the hour says more than the last values do, the band is as much narrower.
    const share = usual === 0 ? 1 : parts.season.usual(memory) / usual;
    if (atHour === null || share >= 1) return band(finest.slow(memory), mostDown, mostUp);
    const least = leastBand * parts.season.usual(memory);
    return band(atHour, Math.max(least, share * mostDown), Math.max(least, share * mostUp));
  }

  /** `raw` is finite; values come in the order of their times. `sensitivity`: 0.2, 1 or 3 alarms are wanted in 10,000 values. */
  observe(raw: number, timeMs: number, sensitivity: Sensitivity = 'MEDIUM'): Observed {
    const memory = this.#memory;
    const value = held(raw);
    const n = this.count + 1;
    parts.n.set(memory, n);
    if (n === 1) this.#begin(value, timeMs);
    const step = n === 1 ? 0 : Math.abs(value - parts.previous.get(memory));
    parts.previous.set(memory, value);
    if (value < parts.least.get(memory)) parts.least.set(memory, value);
    const level = middle.slow(memory);
    const magnitude = Math.abs(level);
    let score = 0;
    for (const scale of parts.levels) score = Math.max(score, scale.observe(memory, value, n, magnitude));
    for (const scale of parts.volatilities) score = Math.max(score, scale.observe(memory, step, n, magnitude));
    // What the hour of the day explains is no anomaly.
    const excuse = 0.5 + 2 * parts.season.observe(memory, value, timeMs, n, magnitude, level);
    const deviation = parts.deviation.observe(memory, value, n);
    return this.#judge(Math.min(score, excuse), deviation, timeMs, sensitivity);
  }

  #begin(value: number, timeMs: number): void {
    parts.firstAt.set(this.#memory, timeMs);
    for (const scale of parts.levels) scale.begin(this.#memory, value);
  }

  #isLearnt(timeMs: number): boolean {
    const n = this.count;
    return n >= learntValues || (n >= learntOfADay && timeMs - parts.firstAt.get(this.#memory) >= dayMs);
  }

  #judge(raw: number, deviation: number, timeMs: number, sensitivity: Sensitivity): Observed {
    const memory = this.#memory;
    const { alarmWeight, refractory, escalation, afterglow } = this.#tuning;
    const n = this.count;
    const alarms = parts.alarms.get(memory) * 2 ** (-1 / alarmHalfLife);
    const { rate, factor } = wanted[sensitivity];
    const threshold = factor * parts.threshold.get(memory);
    const surprise = raw / (1 + alarmWeight * alarms);
    const isFresh = n - parts.lastAlarm.get(memory) >= refractory;
    const isAlarm = surprise >= threshold && (isFresh || surprise >= escalation * parts.lastScore.get(memory));
    const seen = Math.min(1, combined(raw, deviation, this.#tuning) / fullScore);
    const score = Math.max(seen, afterglow * parts.shown.get(memory));
    parts.shown.set(memory, score);
    parts.alarms.set(memory, alarms + (isAlarm && isFresh ? 1 : 0));
    if (isAlarm) {
      parts.lastAlarm.set(memory, n);
      parts.lastScore.set(memory, surprise);
    }
    this.#control(isAlarm, rate);
    const strength = surprise / threshold;
    const isSaid = isAlarm && n >= leastSaid && (strength >= strengthAtFirst || this.#isLearnt(timeMs));
    return { score, surprise, strength, isUnusual: raw > noteworthy || isAlarm, isAlarm: isSaid };
  }

  #control(isAlarm: boolean, rate: number): void {
    if (this.count < 1 / rate) return;
    const moved = parts.threshold.get(this.#memory) + pace * ((isAlarm ? 1 : 0) - rate);
    parts.threshold.set(this.#memory, Math.max(1, Math.min(8, moved)));
  }
}

/** Great where both are: 2 / (1/a² + 1/b²), the root of it, with a share of what is rare alone. */
function combined(rare: number, deviation: number, { rareShare, deviationWeight }: Tuning): number {
  const far = deviationWeight * deviation;
  const both = rare > 0 && far > 0 ? (Math.SQRT2 * rare * far) / Math.hypot(rare, far) : 0;
  return rareShare * rare + (1 - rareShare) * both;
}

function binOfDay(timeMs: number): number {
  return Math.floor((((timeMs / halfHourMs) % halfHours) + halfHours) % halfHours);
}

function band(expected: number, down: number, up: number): Expectation {
  return { expected, lower: expected - down, upper: expected + up };
}
