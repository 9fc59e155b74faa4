// Seasons of a series, found in its own past: lags at which it is most like itself, once its slow movement is taken out.
import { filled } from './clean.ts';
import type { Series } from './model.ts';

export interface Seasons {
  /** In steps; 1: none was found. */
  readonly short: number;
  /** Where none was found: the length that one might have, which is worth a try; 1: none. */
  readonly suspected: number;
  /** A multiple of the short one; the same where there is no longer one. */
  readonly long: number;
}

// A season within a longer one is as strong as that, times so much.
const part = 0.15;
// So often a season must have been seen.
const leastCycles = 3;
const leastCyclesOfLong = 2;
const mostLag = 900;
// Correlation of a season, above what is chance.
const leastCorrelation = 0.3;
// Lengths that seasons have: of quarters, weeks, years, days, hours and minutes, in the steps that are usual.
const usual = [4, 7, 12, 24, 48, 52, 60, 96, 144, 168, 288, 336, 365, 672, 720] as const;
const leastOfUsual = 0.1;
// Of what is left of a series by a season that only shows in the whole.
const leastExplained = 0.5;
// At which steps from value to value are alike, as those of any smooth curve are.
const leastOfFound = 0.02;
// Of a length that seasons do not usually have, seen more often, and than a usual one explains.
const leastExplainedByAny = 0.7;
const leastMore = 0.1;
const leastCyclesOfAny = 4;
const leastLong = 12;
const leastSteps = 40;
const rounding = 1e-9;
const leastPairs = 3;
// The shortest lag that is nearly as good as the best is the season; its multiples are as good.
const nearlyBest = 0.9;
const multiples = [7, 4, 12, 5, 6, 24, 60] as const;
const leastGain = 0.05;

/** Seasons that have been seen few times; none is one of them. */
export function isLong({ short }: Seasons): boolean {
  return short === 1 || short >= leastSteps;
}

/** `lengths`: those that seasons are likely to have. `known`: the short season, where somebody knows it; 1: there is none, but there may be a long one; null: it is looked for. */
export function findSeasons(raw: Float64Array, known: number | null, lengths: readonly number[] = usual): Seasons {
  const series = filled(raw, 1);
  if (known !== null && known > 1) {
    const short = Math.round(known);
    return { short, suspected: 1, long: longSeason(series, short) };
  }
  const { best, short, suspected } = likely(raw, series, known === 1 ? leastLong : 2, lengths);
  if (short === 1) return { short, suspected, long: 1 };
  return { short, suspected: 1, long: best > short ? best : longSeason(series, short) };
}

function likely(
  raw: Float64Array,
  series: Series,
  least: number,
  lengths: readonly number[],
): { best: number; short: number; suspected: number } {
  const greatest = Math.min(mostLag, Math.floor(series.length / leastCycles));
  const correlation = correlationsOf(withoutMovement(raw), greatest + 1);
  const chance = 2 / Math.sqrt(series.length);
  const at = (lag: number) => correlation[lag] ?? 0;
  const isPeak = (lag: number) => at(lag) >= at(lag - 1) && at(lag) >= at(lag + 1);
  const strengthOf = (lag: number) => (2 * lag <= greatest ? (at(lag) + at(2 * lag)) / 2 : at(lag));
  const strongest = (lags: readonly number[], needed: number) => {
    const able = lags.filter((lag) => lag <= greatest && isPeak(lag) && strengthOf(lag) >= needed);
    const most = Math.max(...able.map(strengthOf));
    return able.find((lag) => strengthOf(lag) >= nearlyBest * most);
  };
  const any = Array.from({ length: Math.max(0, greatest - least) }, (_, i) => i + least);
  const named = lengths.filter((lag) => lag >= least);
  const found = strongest(named, Math.max(leastOfUsual, chance)) ?? strongest(any, Math.max(leastCorrelation, chance));
  const best = found !== undefined && explainedBy(series, found) >= leastOfFound ? found : undefined;
  if (best === undefined) {
    const slow = slowSeason(
      series,
      named.filter((lag) => lag <= greatest),
      greatest,
    );
    return {
      best: slow,
      short: slow,
      suspected:
        strongest(
          lengths.filter((lag) => lag >= leastLong),
          -1,
        ) ?? 1,
    };
  }
  // A season within it, such as the day in a week.
  const isWithin = (lag: number) =>
    best % lag === 0 && isPeak(lag) && at(lag) >= Math.max(chance, part * strengthOf(best));
  return { best, short: named.find((lag) => lag < best && lag > 4 && isWithin(lag)) ?? best, suspected: 1 };
}

/** One that steps from value to value do not show, for it is slow and they are noisy: 1 where there is none. */
function slowSeason(series: Series, lengths: readonly number[], greatest: number): number {
  const strengths = lengths.map((lag) => explainedBy(series, lag));
  const most = Math.max(...strengths);
  const any = anySlowSeason(series, Math.min(greatest, Math.floor(series.length / leastCyclesOfAny)));
  if (any.explained >= Math.max(leastExplainedByAny, most + leastMore)) return any.season;
  return most < leastExplained ? 1 : (lengths.find((_, i) => (strengths[i] as number) >= nearlyBest * most) ?? 1);
}

/** Of all lengths: the shortest of those that explain more than their neighbours and nearly as much as the best. */
function anySlowSeason(series: Series, greatest: number): { readonly season: number; readonly explained: number } {
  const explained = Float64Array.from({ length: greatest + 2 }, (_, lag) => (lag < 2 ? 0 : explainedBy(series, lag)));
  const most = explained.subarray(0, greatest + 1).reduce((a, b) => Math.max(a, b), 0);
  const at = (lag: number) => explained[lag] ?? 0;
  const season = explained.findIndex(
    (one, lag) => lag <= greatest && one >= nearlyBest * most && one >= at(lag - 1) && one >= at(lag + 1),
  );
  return { season: Math.max(1, season), explained: season < 0 ? 0 : at(season) };
}

/** Share of what is left beside a moving average over one season that the season's shape explains, less what any shape would. */
function explainedBy(series: Series, season: number): number {
  const half = Math.floor(season / 2);
  const sums = new Float64Array(season);
  const counts = new Float64Array(season);
  let [window, squares, count, sum] = [0, 0, 0, 0];
  for (let t = 0; t < season; t += 1) window += series[t] as number;
  const left = new Float64Array(series.length);
  for (let t = half; t + season - half < series.length; t += 1) {
    const value = (series[t] as number) - window / season;
    left[t] = value;
    squares += value * value;
    sum += value;
    count += 1;
    sums[t % season] = (sums[t % season] as number) + value;
    counts[t % season] = (counts[t % season] as number) + 1;
    window += (series[t + season - half] as number) - (series[t - half] as number);
  }
  const level = Math.abs(series[0] ?? 0);
  // Rounding is no season, and neither is a curve that bends one way.
  squares -= (sum * sum) / Math.max(1, count);
  if (squares <= count * (rounding * level) ** 2 || count <= season + 1) return 0;
  let unexplained = 0;
  for (let t = half; t + season - half < series.length; t += 1) {
    const usualHere = (sums[t % season] as number) / Math.max(1, counts[t % season] as number);
    unexplained += ((left[t] as number) - usualHere) ** 2;
  }
  return 1 - (unexplained / squares) * (count / (count - season));
}

/** A multiple of the season at which the series is more like itself than at the multiples beside it. */
function longSeason(series: Series, short: number): number {
  let [best, found] = [leastGain, short];
  for (const multiple of multiples) {
    const long = multiple * short;
    if (series.length < leastCyclesOfLong * long + short) continue;
    const beside = Math.min(distanceAt(series, long - short), distanceAt(series, long + short));
    const gain = beside === 0 ? 0 : 1 - distanceAt(series, long) / beside;
    if (gain > best) [best, found] = [gain, long];
  }
  return found;
}

function distanceAt(series: Series, lag: number): number {
  let sum = 0;
  for (let t = lag; t < series.length; t += 1) sum += Math.abs((series[t] as number) - (series[t - lag] as number));
  return sum / Math.max(1, series.length - lag);
}

function withoutMovement(series: Series): Float64Array {
  return Float64Array.from({ length: series.length - 1 }, (_, t) => (series[t + 1] as number) - (series[t] as number));
}

/** Of pairs of which both are known: what was filled in is like its neighbours, and says nothing. */
function correlationsOf(series: Float64Array, greatest: number): Float64Array {
  let [mean, count] = [0, 0];
  for (const value of series) {
    if (Number.isNaN(value)) continue;
    count += 1;
    mean += (value - mean) / count;
  }
  const left = series.map((value) => (Number.isNaN(value) ? 0 : value - mean));
  const isKnown = series.map((value) => (Number.isNaN(value) ? 0 : 1));
  const variance = left.reduce((sum, value) => sum + value * value, 0) / Math.max(1, count);
  const correlations = new Float64Array(greatest + 1);
  if (variance <= rounding ** 2 * Math.max(1, mean * mean)) return correlations;
  for (let lag = 1; lag <= greatest; lag += 1) {
    let [sum, pairs] = [0, 0];
    for (let t = lag; t < series.length; t += 1) {
      sum += (left[t] as number) * (left[t - lag] as number);
      pairs += (isKnown[t] as number) * (isKnown[t - lag] as number);
    }
    correlations[lag] = pairs < leastPairs ? 0 : sum / pairs / variance;
  }
  return correlations;
}
