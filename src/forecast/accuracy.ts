// How a forecast would have done before: its backtests against what came, on the scale of the values.
import { meanOf } from './arithmetic.ts';
import type { Backtest, Forecast } from './auto.ts';
import { normalQuantile } from './normal.ts';
import { fromScale } from './transform.ts';

const rounding = 1e-9;

/** Over all steps of all backtests. */
export interface Accuracy {
  readonly folds: number;
  readonly mase: number;
  readonly smape: number;
  readonly coverage: number;
}

/** `values`: what it was made from. Null: it is too short to hold any out. */
export function accuracyOf(forecast: Forecast, values: Float64Array, level: number): Accuracy | null {
  const { backtests, transform, seasons } = forecast;
  if (backtests.length === 0) return null;
  const scale = naiveError(values, seasons.short);
  const [errors, shares] = [[] as number[], [] as number[]];
  for (const { expected, observed } of backtests) {
    for (const [k, value] of observed.entries()) {
      if (Number.isNaN(value)) continue;
      const [seen, said] = [fromScale(transform, value), fromScale(transform, expected[k] as number)];
      errors.push(Math.abs(seen - said));
      const sum = Math.abs(seen) + Math.abs(said);
      shares.push(sum === 0 ? 0 : (200 * Math.abs(seen - said)) / sum);
    }
  }
  const inside = backtests.flatMap((one) => isInside(one, forecast, level).filter((value) => !Number.isNaN(value)));
  const error = meanOf(errors);
  // What is left of a series that is always the same is rounding.
  const isNothing = error <= rounding * Math.abs(values.findLast((value) => !Number.isNaN(value)) ?? 0);
  return {
    folds: backtests.length,
    mase: isNothing ? 0 : bounded(error / scale),
    smape: bounded(meanOf(shares)),
    coverage: meanOf(inside),
  };
}

/** Sums and differences of the greatest numbers are none. */
function bounded(value: number): number {
  return Number.isNaN(value) ? Number.MAX_VALUE : Math.min(Number.MAX_VALUE, value);
}

/** By step: the share of backtests that were within their bounds; the level itself where there was none. Null: there were no backtests. */
export function coveragesOf(forecast: Forecast, level: number): readonly number[] | null {
  const { backtests, path } = forecast;
  if (backtests.length === 0) return null;
  const all = backtests.map((one) => isInside(one, forecast, level));
  return Array.from({ length: path.length }, (_, k) => {
    const inside = all.flatMap((one) => (one[k] === undefined || Number.isNaN(one[k]) ? [] : [one[k]]));
    return inside.length === 0 ? level : meanOf(inside);
  });
}

/** 1 for each step that was within its bounds. */
function isInside({ expected, observed }: Backtest, { errors }: Forecast, level: number): number[] {
  const quantile = normalQuantile((1 + level) / 2);
  return [...observed].map((value, k) => {
    const distance = Math.abs(value - (expected[k] as number));
    if (Number.isNaN(distance)) return Number.NaN;
    return distance <= quantile * (errors[k] as number) ? 1 : 0;
  });
}

/** What the value of a season ago would have been wrong by. */
function naiveError(values: Float64Array, season: number): number {
  const errors: number[] = [];
  for (let t = season; t < values.length; t += 1) {
    const error = Math.abs((values[t] as number) - (values[t - season] as number));
    if (!Number.isNaN(error)) errors.push(error);
  }
  return meanOf(errors);
}
