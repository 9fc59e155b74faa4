// Exponential smoothing with one season or two and an error that hangs on the one before: Taylor, "Short-term electricity demand forecasting using
// double seasonal exponential smoothing", Journal of the Operational Research Society 54 (2003); what is minimised is the error over many horizons.
import { sigmoid } from './arithmetic.ts';
import type { Fitted, Model, Series } from './model.ts';
import { minimise } from './nelder-mead.ts';

export interface SmoothingOptions {
  readonly name: string;
  /** In steps; the second is a multiple of the first, or as long: then there is one. */
  readonly season: number;
  readonly longSeason: number;
  /** How much of the long season's start is believed. */
  readonly longShare: number;
  /** Horizons whose error counts. */
  readonly horizons: readonly number[];
}

interface Parameters {
  readonly level: number;
  readonly season: number;
  readonly longSeason: number;
  readonly error: number;
}

const everyOrigin = 3;
const search = { step: 1, iterations: 80, tolerance: 1e-4 };
const start = [-3, -2, -1, 0.5] as const;

export function smoothing(options: SmoothingOptions): Model {
  return { name: options.name, family: 'ETS', fit: (series, end) => fitted(options, series, end) };
}

function fitted(options: SmoothingOptions, series: Series, end: number): Fitted | null {
  if (end < 2 * options.longSeason || end < 3 * options.season) return null;
  const initial = startOf(series, end, options);
  const first = Math.min(options.longSeason, end - 2 * options.season);
  const horizons = options.horizons.filter((k) => first + k < end);
  if (horizons.length === 0) return null;
  const best = minimise((at) => lossOf(series, end, initial, parametersOf(at), horizons, first), start, search);
  return new Smoothing(initial, parametersOf(best));
}

function parametersOf([a = 0, b = 0, c = 0, d = 0]: readonly number[]): Parameters {
  return {
    level: 0.99 * sigmoid(a),
    season: 0.6 * sigmoid(b),
    longSeason: 0.6 * sigmoid(c),
    error: 0.995 * sigmoid(d),
  };
}

/** What is known at one place of the series. */
class State {
  level: number;
  error = 0;
  readonly season: Float64Array;
  readonly longSeason: Float64Array;

  constructor(level: number, season: Float64Array, longSeason: Float64Array) {
    this.level = level;
    this.season = season;
    this.longSeason = longSeason;
  }

  copy(): State {
    return new State(this.level, this.season.slice(), this.longSeason.slice());
  }

  forecast(t: number, k: number, { error }: Parameters): number {
    return this.base(t) + error ** k * this.error;
  }

  base(t: number): number {
    const { season, longSeason } = this;
    return this.level + (season[t % season.length] as number) + (longSeason[t % longSeason.length] as number);
  }

  learn(t: number, value: number, parameters: Parameters): void {
    const { season, longSeason } = this;
    const base = this.base(t);
    const error = value - base - parameters.error * this.error;
    this.error = value - base;
    this.level += parameters.level * error;
    season[t % season.length] = (season[t % season.length] as number) + parameters.season * error;
    if (longSeason.length === 1) return;
    longSeason[t % longSeason.length] = (longSeason[t % longSeason.length] as number) + parameters.longSeason * error;
  }
}

function startOf(series: Series, end: number, { season: m, longSeason, longShare }: SmoothingOptions): State {
  const isDouble = longSeason > m;
  const level = averageOf(series, end, 1, 0)[0] as number;
  const season = averageOf(series, end, m, level);
  if (!isDouble) return new State(level, season, new Float64Array(1));
  const long = averageOf(series, end, longSeason, level).map(
    (value, i) => longShare * (value - (season[i % m] as number)),
  );
  return new State(level, season, long);
}

/** By place in the season, what is above the level. */
function averageOf(series: Series, end: number, season: number, level: number): Float64Array {
  const sums = new Float64Array(season);
  const counts = new Float64Array(season);
  for (let t = 0; t < end; t += 1) {
    sums[t % season] = (sums[t % season] as number) + (series[t] as number) - level;
    counts[t % season] = (counts[t % season] as number) + 1;
  }
  return sums.map((sum, i) => sum / Math.max(1, counts[i] as number));
}

function lossOf(
  series: Series,
  end: number,
  initial: State,
  parameters: Parameters,
  horizons: readonly number[],
  first: number,
): number {
  const state = initial.copy();
  let sum = 0;
  let count = 0;
  for (let t = 0; t < end; t += 1) {
    state.learn(t, series[t] as number, parameters);
    if (t < first || t % everyOrigin !== 0) continue;
    for (const k of horizons) {
      if (t + k >= end) break;
      sum += Math.abs((series[t + k] as number) - state.forecast(t + k, k, parameters));
      count += 1;
    }
  }
  return count === 0 ? Number.MAX_VALUE : sum / count;
}

class Smoothing implements Fitted {
  readonly #initial: State;
  readonly #parameters: Parameters;

  constructor(initial: State, parameters: Parameters) {
    this.#initial = initial;
    this.#parameters = parameters;
  }

  forecast(series: Series, end: number, steps: number): Float64Array {
    const state = this.#initial.copy();
    for (let t = 0; t < end; t += 1) state.learn(t, series[t] as number, this.#parameters);
    return Float64Array.from({ length: steps }, (_, k) => state.forecast(end + k, k + 1, this.#parameters));
  }
}
