// The measures of the M4 competition (Makridakis et al., "The M4 Competition", International Journal of Forecasting 36 (2020) 54–74): symmetric
// percentage error, error scaled by the seasonal naive one, both over those of Naive2, and the scaled interval score at 95 %.

export interface Answer {
  readonly forecast: Float64Array;
  readonly lower: Float64Array | null;
  readonly upper: Float64Array | null;
}

export interface Case {
  readonly past: Float64Array;
  readonly actual: Float64Array;
}

export interface Measures {
  readonly smape: number;
  readonly mase: number;
  /** 1 is Naive2. */
  readonly owa: number;
  /** Null where there are no bounds. */
  readonly msis: number | null;
  readonly coverage: number | null;
}

const missed = 0.05;

/** `period`: of the set, for scaling and for Naive2. */
export function measure(cases: readonly Case[], answers: readonly Answer[], period: number): Measures {
  const own = cases.map((one, i) => errorsOf(one, (answers[i] as Answer).forecast, period));
  const base = cases.map((one) => errorsOf(one, naive2(one.past, period, one.actual.length), period));
  const [smape, mase] = [meanOf(own.map((one) => one.smape)), meanOf(own.map((one) => one.mase))];
  const owa = (smape / meanOf(base.map((one) => one.smape)) + mase / meanOf(base.map((one) => one.mase))) / 2;
  const bounded = cases.flatMap((one, i) => boundsOf(one, answers[i] as Answer, period) ?? []);
  if (bounded.length < cases.length) return { smape, mase, owa, msis: null, coverage: null };
  return {
    smape,
    mase,
    owa,
    msis: meanOf(bounded.map((one) => one.msis)),
    coverage: meanOf(bounded.map((one) => one.coverage)),
  };
}

/** The last value, seasonally adjusted where the series has that season. */
export function naive2(past: Float64Array, period: number, steps: number): Float64Array {
  const last = past.at(-1) ?? 0;
  if (!isSeasonal(past, period)) return new Float64Array(steps).fill(last);
  const indices = seasonalIndices(past, period);
  const level = last / (indices[(past.length - 1) % period] as number);
  return Float64Array.from({ length: steps }, (_, k) => level * (indices[(past.length + k) % period] as number));
}

export function seasonalNaive(past: Float64Array, period: number, steps: number): Float64Array {
  return Float64Array.from({ length: steps }, (_, k) => past[past.length - period + (k % period)] ?? 0);
}

function errorsOf({ past, actual }: Case, forecast: Float64Array, period: number): { smape: number; mase: number } {
  const shares: number[] = [];
  const errors: number[] = [];
  for (const [k, value] of actual.entries()) {
    const error = Math.abs(value - (forecast[k] as number));
    errors.push(error);
    shares.push(error === 0 ? 0 : (200 * error) / (Math.abs(value) + Math.abs(forecast[k] as number)));
  }
  return { smape: meanOf(shares), mase: meanOf(errors) / scaleOf(past, period) };
}

function boundsOf({ past, actual }: Case, { lower, upper }: Answer, period: number) {
  if (lower === null || upper === null) return null;
  const scores: number[] = [];
  let inside = 0;
  for (const [k, value] of actual.entries()) {
    const [low, high] = [lower[k] as number, upper[k] as number];
    scores.push(high - low + (2 / missed) * (Math.max(low - value, 0) + Math.max(value - high, 0)));
    if (value >= low && value <= high) inside += 1;
  }
  return [{ msis: meanOf(scores) / scaleOf(past, period), coverage: inside / actual.length }];
}

function scaleOf(past: Float64Array, period: number): number {
  return meanOf(Array.from(past.subarray(period), (value, i) => Math.abs(value - (past[i] as number))));
}

/** Whether the correlation at the season is beyond its 90 % limit. */
function isSeasonal(past: Float64Array, period: number): boolean {
  if (period < 2 || past.length < 3 * period) return false;
  const mean = meanOf([...past]);
  const left = past.map((value) => value - mean);
  const variance = left.reduce((sum, value) => sum + value * value, 0);
  const correlations = Array.from({ length: period }, (_, i) => {
    let sum = 0;
    for (let t = i + 1; t < left.length; t += 1) sum += (left[t] as number) * (left[t - i - 1] as number);
    return sum / variance;
  });
  const before = correlations.slice(0, -1).reduce((sum, one) => sum + one * one, 0);
  const limit = (1.645 / Math.sqrt(past.length)) * Math.sqrt(1 + 2 * before);
  return Math.abs(correlations.at(-1) ?? 0) > limit;
}

/** Classical, multiplicative: by place in the season, 1 on average. */
function seasonalIndices(past: Float64Array, period: number): number[] {
  const half = Math.floor(period / 2);
  const ratios: number[][] = Array.from({ length: period }, () => []);
  for (let t = half; t < past.length - half; t += 1) {
    let sum = 0;
    for (let k = -half; k <= half; k += 1) {
      sum += (past[t + k] as number) * (period % 2 === 0 && Math.abs(k) === half ? 0.5 : 1);
    }
    ratios[t % period]?.push(((past[t] as number) * period) / sum);
  }
  const indices = ratios.map(meanOf);
  const level = meanOf(indices);
  return indices.map((one) => one / level);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
}
