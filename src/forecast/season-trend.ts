// A season that does not change, as far as it explains the series, and a level with a damped trend on what is left: Gardner and McKenzie,
// "Forecasting trends in time series", Management Science 31 (1985); or Theta's half drift: Fiorucci et al., "Models for optimising the theta
// method and their relationship to state space models", International Journal of Forecasting 32 (2016).
import { sigmoid } from './arithmetic.ts';
import type { Fitted, Model, Series } from './model.ts';
import type { Family } from './models.ts';
import { minimise } from './nelder-mead.ts';
import { NormalEquations } from './ridge.ts';

export interface SeasonTrendOptions {
  readonly name: string;
  readonly family: Family;
  /** In steps, not necessarily whole; 0: none. */
  readonly period: number;
  /** Sine and cosine pairs of the season. */
  readonly pairs: number;
  readonly trend: 'DAMPED' | 'THETA';
}

const search = { step: 1, iterations: 250, tolerance: 1e-6 };
const seasonRidge = 0.02;
const leastCycles = 2;
const leastValues = 4;

export function seasonTrend(options: SeasonTrendOptions): Model {
  return {
    name: options.name,
    family: options.family,
    fit(series, end) {
      if (end < leastValues) return null;
      const season = seasonOf(series, end, options);
      const rest = Float64Array.from({ length: end }, (_, t) => (series[t] as number) - season(t));
      const trend = options.trend === 'DAMPED' ? damped(rest) : theta(rest);
      return new SeasonTrend(season, trend);
    },
  };
}

type Season = (t: number) => number;
/** How the level goes on behind the first `end` values of what is left without its season. */
type Trend = (rest: Series, end: number, steps: number) => Float64Array;

class SeasonTrend implements Fitted {
  readonly #season: Season;
  readonly #trend: Trend;

  constructor(season: Season, trend: Trend) {
    this.#season = season;
    this.#trend = trend;
  }

  forecast(series: Series, end: number, steps: number): Float64Array {
    const rest = Float64Array.from({ length: end }, (_, t) => (series[t] as number) - this.#season(t));
    return this.#trend(rest, end, steps).map((value, k) => value + this.#season(end + k));
  }
}

/** Sines and cosines of what is left beside a moving average, less so where they explain little. */
function seasonOf(series: Series, end: number, { period, pairs }: SeasonTrendOptions): Season {
  if (period < 2 || end < leastCycles * period + 1) return () => 0;
  const left = withoutTrend(series, end, Math.round(period));
  const size = 2 * Math.min(pairs, Math.floor(period / 2));
  const row = new Float64Array(size);
  const fill = (t: number) => {
    for (let i = 0; i < size / 2; i += 1) {
      const angle = (2 * Math.PI * (i + 1) * t) / period;
      row[2 * i] = Math.sin(angle);
      row[2 * i + 1] = Math.cos(angle);
    }
    return row;
  };
  const equations = new NormalEquations(size);
  for (const [t, value] of left) equations.add(fill(t), value, 1);
  const coefficients = equations.solve(new Float64Array(size).fill(seasonRidge));
  if (coefficients === null) return () => 0;
  const at: Season = (t) => fill(t).reduce((sum, x, i) => sum + x * (coefficients[i] as number), 0);
  let [explained, all] = [0, 0];
  for (const [t, value] of left) {
    explained += (value - at(t)) ** 2;
    all += value ** 2;
  }
  const share = Math.max(0, Math.min(1, ((all === 0 ? 0 : 1 - explained / all) - 0.1) / 0.4));
  return share === 0 ? () => 0 : (t) => share * at(t);
}

/** What a centred moving average over one season leaves, by place. */
function withoutTrend(series: Series, end: number, season: number): [number, number][] {
  const half = Math.floor(season / 2);
  const isEven = season % 2 === 0;
  const left: [number, number][] = [];
  for (let t = half; t < end - half; t += 1) {
    let sum = 0;
    for (let k = -half; k <= half; k += 1)
      sum += (series[t + k] as number) * (isEven && Math.abs(k) === half ? 0.5 : 1);
    left.push([t, (series[t] as number) - sum / season]);
  }
  return left;
}

function damped(rest: Series): Trend {
  const [level, slope] = lineOf(rest, Math.min(10, rest.length));
  const scale = Math.max(1e-12, deviationOf(rest));
  const at = ([a = 0, b = 0, c = 0, d = 0, e = 0]: readonly number[]) => {
    const alpha = sigmoid(a);
    return {
      alpha,
      beta: alpha * sigmoid(b),
      phi: 0.8 + 0.18 * sigmoid(c),
      level: level - slope + d * scale,
      slope: slope + 0.1 * e * scale,
    };
  };
  const loss = (x: readonly number[]) => Math.log(run(rest, rest.length, at(x)).loss + 1e-12 * scale * scale);
  const best = at(minimise(loss, [0, -2, 0, 0, 0], search));
  return (series, end, steps) => {
    const { level: l, slope: b } = run(series, end, best);
    let [sum, factor] = [0, 1];
    return Float64Array.from({ length: steps }, () => {
      factor *= best.phi;
      sum += factor;
      return l + sum * b;
    });
  };
}

interface Damped {
  readonly alpha: number;
  readonly beta: number;
  readonly phi: number;
  readonly level: number;
  readonly slope: number;
}

function run(series: Series, end: number, { alpha, beta, phi, level, slope }: Damped) {
  let [l, b, loss] = [level, slope, 0];
  for (let t = 0; t < end; t += 1) {
    const expected = l + phi * b;
    const error = (series[t] as number) - expected;
    loss += error * error;
    l = expected + alpha * error;
    b = phi * b + beta * error;
  }
  return { level: l, slope: b, loss: loss / Math.max(1, end) };
}

/** Simple exponential smoothing with half the slope of the whole as drift. */
function theta(rest: Series): Trend {
  const [, slope] = lineOf(rest, rest.length);
  const smoothed = (series: Series, end: number, alpha: number) => {
    let [level, loss] = [series[0] as number, 0];
    for (let t = 1; t < end; t += 1) {
      const expected = level + slope / 2;
      const error = (series[t] as number) - expected;
      loss += error * error;
      level = expected + alpha * error;
    }
    return { level, loss };
  };
  const [best = 0] = minimise(
    ([a = 0]) => Math.log(smoothed(rest, rest.length, sigmoid(a)).loss + 1e-300),
    [0],
    search,
  );
  return (series, end, steps) => {
    const { level } = smoothed(series, end, sigmoid(best));
    return Float64Array.from({ length: steps }, (_, k) => level + ((k + 1) * slope) / 2);
  };
}

/** The straight line through the first values: its value at the first of them, and its slope. */
function lineOf(series: Series, count: number): [number, number] {
  const middle = (count - 1) / 2;
  let [sum, products, squares] = [0, 0, 0];
  for (let t = 0; t < count; t += 1) {
    sum += series[t] as number;
    products += (t - middle) * (series[t] as number);
    squares += (t - middle) ** 2;
  }
  const slope = squares === 0 ? 0 : products / squares;
  return [sum / count - middle * slope, slope];
}

function deviationOf(series: Series): number {
  let [sum, squares] = [0, 0];
  for (const value of series) sum += value;
  const mean = sum / series.length;
  for (const value of series) squares += (value - mean) ** 2;
  return Math.sqrt(squares / series.length);
}
