// Anomalies of one metric, online, at constant cost and memory: residuals on several scales, how rare each is, excused by the hour of the day,
// by what has happened before and by alarms that have just been; thresholds follow the rate of alarms that is wanted (Gibbs and
// Candès, "Adaptive conformal inference", NeurIPS 2021).
import { held } from './held.ts';
import { LocalDeviation } from './local-deviation.ts';
import { Residual, usualOver } from './residual.ts';
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
const alarmWeight = 0.4;
const refractory = 200;
const escalation = 1.5;
const firstThreshold = 1.8;
const nominalRate = 1e-4;
const pace = 0.2;
const fullScore = 15;
// So much is for what is rare alone; the rest for what is both rare and far off.
const rareShare = 0.3;
const deviationWeight = 1.75;
// A situation is more than one value: of a score so much is left at the next one.
const afterglow = 0.8;

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
  readonly residual = new Residual(false);
  readonly #fastOver: number;
  #fast = 0;
  #slow = 0;

  /** `first` is what is expected of the first value. */
  constructor(fastOver: number, first: number) {
    this.#fastOver = fastOver;
    this.#slow = first;
  }

  get slow(): number {
    return this.#slow;
  }

  observe(value: number, n: number, magnitude: number): number {
    this.#fast += (value - this.#fast) / Math.min(n, this.#fastOver);
    const { score } = this.residual.observe(this.#fast - this.#slow, n, magnitude);
    this.#slow += (value - this.#slow) / Math.min(n, slowness * this.#fastOver);
    return score;
  }
}

/** What is usual at the hour of the day, in UTC. */
class Season {
  readonly #means = new Float64Array(halfHours);
  readonly #counts = new Uint32Array(halfHours);
  readonly #residual = new Residual(true);
  #smoothed = 0;
  // Mean distance of values from what their hour let expect, where it was known.
  #usual = 0;
  #known = 0;

  /** Infinity while no hour is known. */
  get usual(): number {
    return this.#known === 0 ? Number.POSITIVE_INFINITY : this.#usual;
  }

  /** Null: nothing is known of that hour. */
  expected(timeMs: number): number | null {
    const bin = binOfDay(timeMs);
    return this.#counts[bin] === 0 ? null : (this.#means[bin] as number);
  }

  observe(value: number, timeMs: number, n: number, level: number, magnitude: number): number {
    const bin = binOfDay(timeMs);
    const count = this.#counts[bin] as number;
    const expected = count === 0 ? level : (this.#means[bin] as number);
    if (count > 0) {
      this.#known += 1;
      this.#usual += (Math.abs(value - expected) - this.#usual) / Math.min(this.#known, usualOver);
    }
    this.#smoothed += (value - expected - this.#smoothed) / 3;
    const { score } = this.#residual.observe(this.#smoothed, n, magnitude);
    this.#counts[bin] = Math.min(binMemory, count + 1);
    this.#means[bin] = expected + (value - expected) / (this.#counts[bin] as number);
    return score;
  }
}

export class Detector {
  // Made with the first value.
  #levels: readonly Scales[] = [];
  readonly #volatilities = volatilities.map((over) => new Scales(over, 0));
  readonly #season = new Season();
  readonly #deviation = new LocalDeviation();
  #shown = 0;
  #n = 0;
  #previous = 0;
  #alarms = 0;
  #threshold = firstThreshold;
  #lastAlarm = Number.NEGATIVE_INFINITY;
  #lastScore = 0;

  /** Of a value at that time; null while too little was seen. */
  expectation(timeMs: number): Expectation | null {
    const [level] = this.#levels;
    if (level === undefined || this.#n < learning) return null;
    const { usual, mostUp, mostDown } = level.residual;
    if (!Number.isFinite(mostUp) || !Number.isFinite(mostDown)) return null;
    const atHour = this.#season.expected(timeMs);
    // Where the hour says more than the last values do, the band is as much narrower.
    const share = usual === 0 ? 1 : this.#season.usual / usual;
    if (atHour === null || share >= 1) return band(level.slow, mostDown, mostUp);
    const least = leastBand * this.#season.usual;
    return band(atHour, Math.max(least, share * mostDown), Math.max(least, share * mostUp));
  }

  /** `raw` is finite; values come in the order of their times. */
  observe(raw: number, timeMs: number): Observed {
    const value = held(raw);
    this.#n += 1;
    const n = this.#n;
    if (n === 1) this.#levels = levels.map((over) => new Scales(over, value));
    const step = n === 1 ? 0 : Math.abs(value - this.#previous);
    this.#previous = value;
    const middle = this.#levels[1]?.slow ?? value;
    const magnitude = Math.abs(middle);
    let score = 0;
    for (const scale of this.#levels) score = Math.max(score, scale.observe(value, n, magnitude));
    for (const scale of this.#volatilities) score = Math.max(score, scale.observe(step, n, magnitude));
    // What the hour of the day explains is no anomaly.
    const excuse = 0.5 + 2 * this.#season.observe(value, timeMs, n, middle, magnitude);
    return this.#judge(Math.min(score, excuse), this.#deviation.observe(value, n));
  }

  #judge(raw: number, deviation: number): Observed {
    const n = this.#n;
    this.#alarms *= 2 ** (-1 / alarmHalfLife);
    const score = raw / (1 + alarmWeight * this.#alarms);
    const isFresh = n - this.#lastAlarm >= refractory;
    const isAlarm = score >= this.#threshold && (isFresh || score >= escalation * this.#lastScore);
    this.#shown = Math.max(
      Math.min(1, combined(raw, deviationWeight * deviation) / fullScore),
      afterglow * this.#shown,
    );
    if (isAlarm) {
      if (isFresh) this.#alarms += 1;
      this.#lastAlarm = n;
      this.#lastScore = score;
    }
    const strength = score / this.#threshold;
    this.#control(isAlarm);
    return { score: this.#shown, surprise: score, strength, isUnusual: raw > noteworthy || isAlarm, isAlarm };
  }

  #control(isAlarm: boolean): void {
    if (this.#n < 1 / nominalRate) return;
    const moved = this.#threshold + pace * ((isAlarm ? 1 : 0) - nominalRate);
    this.#threshold = Math.max(1, Math.min(8, moved));
  }
}

/** Great where both are: 2 / (1/a² + 1/b²), the root of it, with a share of what is rare alone. */
function combined(rare: number, far: number): number {
  const both = rare > 0 && far > 0 ? (Math.SQRT2 * rare * far) / Math.hypot(rare, far) : 0;
  return rareShare * rare + (1 - rareShare) * both;
}

function binOfDay(timeMs: number): number {
  return Math.floor((((timeMs / halfHourMs) % halfHours) + halfHours) % halfHours);
}

function band(expected: number, down: number, up: number): Expectation {
  return { expected, lower: expected - down, upper: expected + up };
}
