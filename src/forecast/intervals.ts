// How wrong a forecast may be at each of its steps: by the errors that an autoregression with the coefficients of the whole would have made from
// every place of the series, and by those that the combination made from earlier ones.
import { meanOf } from './arithmetic.ts';
import type { Fitted, Series } from './model.ts';

export interface ErrorOptions {
  readonly steps: number;
  /** Steps of the season, whose hours may be as different as their errors; 1: none. */
  readonly season: number;
  /** How much the errors within the series count, in [0, 1]; the rest is for those of the combination. */
  readonly inSampleShare: number;
  /** Errors count half after so many steps; infinity: all the same. */
  readonly halfLife: number;
  readonly factor: number;
}

const leastOrigins = 21;
const leastOfRolling = 0.8;
const leastOfInSample = 0.2;
const leastKnown = 0.25;
const seasonEffect = 0.5;
const leastSeasons = 5;
const mostOrigins = 2000;

export function errorsOf(
  series: Series,
  known: Uint8Array,
  single: Fitted | null,
  combined: readonly Float64Array[],
  options: ErrorOptions,
): Float64Array {
  const { steps, inSampleShare, factor } = options;
  const rolling = combined.length === 0 ? null : rollingErrors(combined, steps);
  const within = single === null ? null : inSampleErrors(series, known, single, options);
  // What was filled in leads to the value behind it: where most was, that says nothing of how wrong one may be.
  const isSparse = known.reduce((sum, one) => sum + one, 0) < leastKnown * known.length;
  const plain = isSparse || (within ?? rolling) === null ? differences(series, known, options) : null;
  const scale = Math.max(1e-9 * Math.abs(series.at(-1) ?? 0), 1e-12);
  return Float64Array.from({ length: steps }, (_, k) => {
    const s = within?.[k] ?? rolling?.[k] ?? plain?.[k] ?? 0;
    // That the last few were met exactly is chance where there are errors within the series.
    const r = Math.max(rolling?.[k] ?? s, leastOfInSample * s);
    // What was seen of the combination itself is the least that is believed.
    const least = isSparse ? (plain?.[k] ?? 0) : 0;
    return Math.max(scale, least, leastOfRolling * r, factor * s ** inSampleShare * r ** (1 - inSampleShare));
  });
}

/** By step, then a straight line of their logarithms, rising no faster than the steps: few noisy figures become two. */
function rollingErrors(errors: readonly Float64Array[], steps: number): Float64Array {
  const squares = new Float64Array(steps);
  const counts = new Float64Array(steps);
  for (const path of errors) {
    for (const [k, error] of path.entries()) {
      if (Number.isNaN(error)) continue;
      squares[k] = (squares[k] as number) + error * error;
      counts[k] = (counts[k] as number) + 1;
    }
  }
  const points: [number, number][] = [];
  for (let k = 0; k < steps; k += 1) {
    const mean = (squares[k] as number) / Math.max(1, counts[k] as number);
    if (mean > 0) points.push([Math.log(k + 1), Math.log(mean) / 2]);
  }
  if (points.length === 0) return new Float64Array(steps);
  const [x, y] = [meanOf(points.map(([a]) => a)), meanOf(points.map(([, b]) => b))];
  const spread = points.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
  const slope = spread === 0 ? 0 : points.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0) / spread;
  const held = Math.max(0, Math.min(1, slope));
  return Float64Array.from({ length: steps }, (_, k) => Math.exp(y + held * (Math.log(k + 1) - x)));
}

function inSampleErrors(
  series: Series,
  known: Uint8Array,
  single: Fitted,
  { steps, season, halfLife }: ErrorOptions,
): Float64Array | null {
  const end = series.length;
  const first = Math.max(Math.floor(0.3 * end), 2);
  const stride = Math.max(1, Math.ceil((end - first) / mostOrigins));
  const squares = new Float64Array(steps);
  const weights = new Float64Array(steps);
  const kept: { readonly origin: number; readonly errors: Float64Array }[] = [];
  for (let origin = first; origin < end; origin += stride) {
    const path = single.forecast(series, origin, Math.min(steps, end - origin));
    const weight = 0.5 ** ((end - origin) / halfLife);
    const errors = path.map((value, k) =>
      known[origin + k] === 0 ? Number.NaN : (series[origin + k] as number) - value,
    );
    if (errors.some((error) => Math.abs(error) === Number.POSITIVE_INFINITY)) continue;
    for (const [k, error] of errors.entries()) {
      if (Number.isNaN(error)) continue;
      squares[k] = (squares[k] as number) + weight * error * error;
      weights[k] = (weights[k] as number) + weight;
    }
    kept.push({ origin, errors });
  }
  if (kept.length < Math.max(leastOrigins, steps) || weights.every((weight) => weight === 0)) return null;
  const errors = squares.map((square, k) => Math.sqrt(square / Math.max(1e-300, weights[k] as number)));
  if (season < 2 || kept.length < leastSeasons * season) return errors;
  const effects = effectsOf(kept, errors, season);
  return errors.map((error, k) => error * (effects[(end + k) % season] as number) ** seasonEffect);
}

/** How much greater errors are at each place of the season. */
function effectsOf(
  kept: readonly { readonly origin: number; readonly errors: Float64Array }[],
  usual: Float64Array,
  season: number,
): Float64Array {
  const sums = new Float64Array(season);
  const counts = new Float64Array(season);
  for (const { origin, errors } of kept) {
    for (const [k, error] of errors.entries()) {
      const place = (origin + k) % season;
      const size = usual[k] as number;
      if (size === 0 || Number.isNaN(error)) continue;
      sums[place] = (sums[place] as number) + (error / size) ** 2;
      counts[place] = (counts[place] as number) + 1;
    }
  }
  return sums.map((sum, i) => (counts[i] === 0 ? 1 : Math.sqrt(sum / (counts[i] as number))));
}

/** Where nothing could be tried: how far values are from those a season, or a step, before. */
function differences(series: Series, known: Uint8Array, { steps, season }: ErrorOptions): Float64Array {
  const lag = season < series.length / 2 ? season : 1;
  const places = [...series.keys()].filter((t) => known[t] === 1);
  const pairs = places.filter((t) => t >= lag && known[t - lag] === 1).map((t) => [t - lag, t] as const);
  // Values may be so far apart that none is a step from another.
  const all = pairs.length > 0 ? pairs : places.slice(1).map((t, i) => [places[i] as number, t] as const);
  const error = Math.sqrt(meanOf(all.map(([a, b]) => ((series[b] as number) - (series[a] as number)) ** 2)));
  return Float64Array.from({ length: steps }, (_, k) => error * Math.sqrt(Math.ceil((k + 1) / lag)));
}
