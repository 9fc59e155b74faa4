// Several models together: each is tried from earlier places of the series, and weighs the more the less it was wrong there (rolling-origin
// backtests: Tashman, "Out-of-sample tests of forecasting accuracy", International Journal of Forecasting 16 (2000) 437–450).
import { rangeOf } from './arithmetic.ts';
import type { Fitted, Model, Series } from './model.ts';
import type { Family } from './models.ts';

export interface Member {
  readonly name: string;
  readonly family: Family;
  readonly weight: number;
  /** Mean absolute error of its backtests, on the scale of the series; null where there were none. */
  readonly error: number | null;
  readonly fitted: Fitted;
}

export interface Combination {
  /** Those that weigh anything, the one that weighs most first. */
  readonly members: readonly Member[];
  /** Errors of the combination: by origin, by step; not a number where there was no value. */
  readonly errors: readonly Float64Array[];
  /** After how many values each of them began. */
  readonly origins: readonly number[];
}

export interface BacktestOptions {
  readonly steps: number;
  /** At most so many origins. */
  readonly origins: number;
  /** A model is not tried from fewer values. */
  readonly least: number;
  /** How much more a smaller error weighs. */
  readonly power: number;
}

// A forecast so many ranges away from all that has been is none.
const mostAway = 4;

/** `known`: 1 where the series has a value of its own; what was filled in is no target. */
export function combine(
  models: readonly Model[],
  series: Series,
  known: Uint8Array,
  options: BacktestOptions,
): Combination | null {
  const end = series.length;
  const fitted = models.flatMap((model) => {
    const one = model.fit(series, end);
    return one === null || !isSound(one.forecast(series, end, options.steps), series, end)
      ? []
      : [{ model, fitted: one }];
  });
  if (fitted.length === 0) return null;
  const origins = originsOf(end, options).filter((origin) =>
    known.subarray(origin, origin + options.steps).includes(1),
  );
  const tried = fitted.map(({ model, fitted: whole }) => ({
    model,
    whole,
    paths: pathsOf(model, series, origins, options.steps),
  }));
  // Only what could be tried wherever it had to be is compared.
  const able = tried.filter(({ paths }) => paths !== null);
  if (origins.length === 0 || able.length === 0) {
    const weight = 1 / fitted.length;
    const members = fitted.map(({ model: { name, family }, fitted: one }) => ({
      name,
      family,
      weight,
      error: null,
      fitted: one,
    }));
    return { members, errors: [], origins: [] };
  }
  const errors = able.map(({ paths }) => meanError(paths as Float64Array[], series, known, origins));
  const least = Math.min(...errors);
  const raw = errors.map((error) => (least === 0 ? (error === 0 ? 1 : 0) : (error / least) ** -options.power));
  const sum = raw.reduce((a, b) => a + b, 0);
  const weights = raw.map((one) => one / sum);
  const members = able.map(({ model: { name, family }, whole }, i) => ({
    name,
    family,
    weight: weights[i] as number,
    error: errors[i] as number,
    fitted: whole,
  }));
  const combined = origins.map((origin, o) => {
    const steps = Math.min(options.steps, end - origin);
    return Float64Array.from({ length: steps }, (_, k) => {
      if (known[origin + k] === 0) return Number.NaN;
      const path = able.reduce(
        (total, { paths }, i) => total + (weights[i] as number) * (paths?.[o]?.[k] as number),
        0,
      );
      return (series[origin + k] as number) - path;
    });
  });
  return { members: members.sort((a, b) => b.weight - a.weight), errors: combined, origins };
}

/** The weighted mean of what the members say. */
export function forecastOf({ members }: Combination, series: Series, steps: number): Float64Array {
  const sum = new Float64Array(steps);
  for (const { weight, fitted } of members) {
    const path = fitted.forecast(series, series.length, steps);
    for (let k = 0; k < steps; k += 1) sum[k] = (sum[k] as number) + weight * (path[k] as number);
  }
  return sum;
}

/** Newest first: so many steps before the end, then half a horizon farther each. */
function originsOf(end: number, { steps, origins, least }: BacktestOptions): number[] {
  const all: number[] = [];
  const stride = Math.max(1, Math.round(steps / 2));
  for (let origin = end - steps; origin >= least && all.length < origins; origin -= stride) all.push(origin);
  return all;
}

function pathsOf(model: Model, series: Series, origins: readonly number[], steps: number): Float64Array[] | null {
  const paths: Float64Array[] = [];
  for (const origin of origins) {
    const path = model.fit(series, origin)?.forecast(series, origin, steps);
    if (path === undefined || !isSound(path, series, origin)) return null;
    paths.push(path);
  }
  return paths;
}

function meanError(
  paths: readonly Float64Array[],
  series: Series,
  known: Uint8Array,
  origins: readonly number[],
): number {
  let [sum, count] = [0, 0];
  for (const [o, path] of paths.entries()) {
    for (const [k, value] of path.entries()) {
      if (known[(origins[o] as number) + k] === 0) continue;
      sum += Math.abs((series[(origins[o] as number) + k] as number) - value);
      count += 1;
    }
  }
  return sum / Math.max(1, count);
}

function isSound(path: Float64Array, series: Series, end: number): boolean {
  const { least, greatest } = rangeOf(series.subarray(0, end));
  const range = Math.max(greatest - least, 1e-9 * Math.max(1, Math.abs(greatest), Math.abs(least)));
  return path.every((value) => Math.abs(value - (least + greatest) / 2) <= mostAway * range);
}
