// The forecast of a series: seasons are found, the models that suit it are tried from earlier places, and combined by how they did there.
import { type Range, rangeOf } from './arithmetic.ts';
import { filled, levelled, tamed, withoutWild } from './clean.ts';
import { type Combination, combine, forecastOf, type Member } from './combination.ts';
import { errorsOf } from './intervals.ts';
import type { Fitted, Model, Series } from './model.ts';
import { type Family, modelsFor, modelsOf } from './models.ts';
import { naive } from './naive.ts';
import { normalQuantile } from './normal.ts';
import { findScales, mostDirect, type Scales, stepsLearntFrom } from './scales.ts';
import { isLong, type Seasons } from './seasons.ts';
import { fromScale, type Transform, toScale, transformOf } from './transform.ts';

/** Plain data: it can be sent and kept. */
export interface Forecast {
  /** On the scale of the transform. */
  readonly path: Float64Array;
  /** Root mean square error of each step, on the same scale. */
  readonly errors: Float64Array;
  readonly transform: Transform;
  /** Whether all values were whole numbers. */
  readonly isWhole: boolean;
  readonly seasons: Seasons;
  /** Steps of a season that was learnt in coarse bins; 1: none was. */
  readonly slowPeriod: number;
  /** The one that weighs most first. */
  readonly members: readonly Pick<Member, 'name' | 'family' | 'weight' | 'error'>[];
  /** Of what the combination said from earlier places, newest first, on the scale of the transform. */
  readonly backtests: readonly Backtest[];
}

/** What was forecast from an earlier place, and what came: not a number where nothing did. */
export interface Backtest {
  readonly expected: Float64Array;
  readonly observed: Float64Array;
}

export interface ForecastOptions {
  readonly steps: number;
  /** The short season, where somebody knows it; 1: none; null: it is looked for. */
  readonly period: number | null;
  /** Lengths that seasons are likely to have, in steps; left out: those that are usual. */
  readonly lengths?: readonly number[];
  /** Only models of that family; null: all that suit. */
  readonly family?: Family | null;
}

const origins = 8;
const power = 3;
const rounding = 1e-6;
const leastSlowCycles = 3;

/** What was learnt from a series, of which more may have come since: it goes on to forecast from the same first value. */
export interface Fit {
  readonly options: ForecastOptions;
  readonly transform: Transform;
  /** Of the values. */
  readonly range: Range;
  readonly scales: Scales;
  /** The first value that was learnt from, and how many there were. */
  readonly begin: number;
  readonly length: number;
  readonly combination: Combination;
  /** Its errors within the series count in the bounds. */
  readonly single: Fitted | null;
}

/** `values` has a value a step, not a number where there is a gap; at least one must be there. */
export function forecast(values: Float64Array, options: ForecastOptions): Forecast {
  return forecastWith(fitTo(values, options), values);
}

/** Finds seasons, and fits and weighs the models that suit. */
export function fitTo(values: Float64Array, options: ForecastOptions): Fit {
  const { steps, period, lengths, family = null } = options;
  const transform = transformOf(values);
  const all = values.map((value) => toScale(transform, value));
  const scales = findScales(withoutWild(all), period, lengths);
  const begin = Math.max(0, values.length - stepsLearntFrom(scales));
  const { series, known } = prepared(values, { begin, transform, scales });
  const asked = { ...scales, transform, length: series.length, steps };
  const suiting = modelsFor(asked);
  const wanted = family === null ? suiting : modelsOf(family, asked);
  const least = leastFor(scales, Math.min(series.length, mostDirect), series.length - steps);
  const combination = combine(wanted, series, known, { steps, origins, least, power }) ?? lastValue(series);
  // Of one family its own errors count.
  const single = family === null ? fittedTo(suiting[0], combination, series) : (combination.members[0]?.fitted ?? null);
  const range = rangeOf(values);
  return { options, transform, range, scales, begin, length: values.length, combination, single };
}

/** How the values go on: those that it was fitted to, or those and more. */
export function forecastWith(fit: Fit, values: Float64Array): Forecast {
  const { options, transform, scales, combination, single } = fit;
  const { series, known } = prepared(values, fit);
  const { steps } = options;
  const path = forecastOf(combination, series, steps);
  const errors = errorsOf(series, known, single, combination.errors, { steps, ...errorOptions(scales) });
  const members = combination.members.map(({ fitted: _, ...member }) => member);
  const isWhole = values.every((value) => Number.isNaN(value) || Number.isSafeInteger(value));
  const { seasons, slow } = scales;
  const backtests = backtestsOf(combination, series);
  return { path, errors, transform, isWhole, seasons, slowPeriod: slow?.period ?? 1, members, backtests };
}

/** The part that is learnt from, as models see it; and which of it came. */
function prepared(
  values: Float64Array,
  { begin, transform, scales: { seasons, slow } }: Pick<Fit, 'begin' | 'transform' | 'scales'>,
): { series: Series; known: Uint8Array } {
  const raw = values.subarray(begin).map((value) => toScale(transform, value));
  const known = Uint8Array.from(raw, (value) => (Number.isNaN(value) ? 0 : 1));
  const season = seasons.short > 1 ? seasons.short : (slow?.period ?? 1);
  return { series: levelled(tamed(filled(withoutWild(raw), season), season), season), known };
}

function backtestsOf({ errors, origins: begins }: Combination, series: Series): Backtest[] {
  return errors.map((error, o) => {
    const observed = series.slice(begins[o], (begins[o] ?? 0) + error.length);
    return {
      observed: observed.map((value, k) => (Number.isNaN(error[k]) ? Number.NaN : value)),
      expected: observed.map((value, k) => value - (error[k] as number)),
    };
  });
}

/** What is expected of each step: as much lies above as below. */
export function valuesOf({ path, transform, isWhole }: Forecast): Float64Array {
  return path.map((value) => {
    const one = fromScale(transform, value);
    return isWhole ? Math.round(one) : one;
  });
}

/** Bounds that the value is within with that probability, in (0, 1): whole numbers where all values are. */
export function boundsOf({ path, errors, transform, isWhole }: Forecast, level: number): Bounds {
  const quantile = normalQuantile((1 + level) / 2);
  const bound = (sign: number, round: (value: number) => number) =>
    path.map((value, k) => {
      const one = fromScale(transform, value + sign * quantile * (errors[k] as number));
      return isWhole ? round(one) : one;
    });
  return { lower: bound(-1, (one) => Math.floor(one + rounding)), upper: bound(1, (one) => Math.ceil(one - rounding)) };
}

export interface Bounds {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** Long seasons have been seen too seldom to say much of each of their places. */
function errorOptions({ seasons, slow }: Scales) {
  if (slow !== null) return { season: 1, inSampleShare: 0.5, halfLife: Number.POSITIVE_INFINITY, factor: 1.15 };
  return isLong(seasons)
    ? { season: 1, inSampleShare: 0.5, halfLife: 156, factor: 1 }
    : { season: seasons.short, inSampleShare: 0.75, halfLife: Number.POSITIVE_INFINITY, factor: 1.1 };
}

/** Values that a model must have to be tried. */
function leastFor({ seasons, slow }: Scales, length: number, most: number): number {
  const { short, long } = seasons;
  if (slow !== null) return Math.min(most, leastSlowCycles * slow.period);
  if (isLong(seasons)) return 45;
  return Math.max(long > short ? 2 * long : 3 * short, Math.min(24, Math.floor(length / 2)));
}

/** As it was fitted for the combination; it is fitted for its errors alone where it has no part in that. */
function fittedTo(model: Model | undefined, { members }: Combination, series: Series): Fitted | null {
  const known = members.find(({ name }) => name === model?.name)?.fitted;
  return known ?? model?.fit(series, series.length) ?? null;
}

/** Where no other model of the family suits. */
function lastValue(series: Series): Combination {
  const model = naive('NAIVE', 1);
  const fitted = model.fit(series, series.length) ?? { forecast: (_, __, steps) => new Float64Array(steps) };
  return {
    members: [{ name: model.name, family: model.family, weight: 1, error: null, fitted }],
    errors: [],
    origins: [],
  };
}
