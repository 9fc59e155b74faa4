// On which scales a series is looked at: step by step as far as its newest part goes, and, where a season is long, in bins of it.
import { binned } from './bins.ts';
import { filled } from './clean.ts';
import { findSeasons, type Seasons } from './seasons.ts';

export interface Scales {
  /** Of the newest part. */
  readonly seasons: Seasons;
  readonly slow: SlowScale | null;
}

/** A long season, and bins of which it has a couple of dozen. */
export interface SlowScale {
  /** Of the season, in steps. */
  readonly period: number;
  /** Steps a bin. */
  readonly size: number;
  /** In bins. */
  readonly seasons: Seasons;
}

/** Further back, step by step, costs time and says little of how a series goes on. */
export const mostDirect = 2500;
// A season of fewer steps is learnt step by step.
const leastSlow = 96;
// Seen less often, it is learnt as well step by step.
const leastCycles = 6;
// What is so few times a season that is known is that season.
const mostMultiple = 3;
const binsASeason = 24;
const [fewestBins, mostBins] = [12, 48];
// Bins that seasons by clock and calendar are whole numbers of.
const sizes = [2, 3, 4, 5, 6, 10, 12, 15, 20, 24, 30, 60, 120, 144, 288, 360, 720, 1440] as const;

/** As findSeasons. */
export function findScales(raw: Float64Array, known: number | null, lengths?: readonly number[]): Scales {
  const seasons = findSeasons(raw.subarray(Math.max(0, raw.length - mostDirect)), known, lengths);
  const period = slowPeriod(raw, seasons, lengths);
  const size = sizeFor(period);
  if (size === null) return { seasons, slow: null };
  const bins = binned(filled(raw, period), size);
  return { seasons, slow: { period, size, seasons: findSeasons(bins, period / size) } };
}

/** How many of the newest steps are learnt from. */
export function stepsLearntFrom({ slow }: Scales): number {
  return mostDirect * (slow?.size ?? 1);
}

/** In steps; 1: there is none, or none that is not among the seasons already. */
function slowPeriod(raw: Float64Array, { short, long }: Seasons, lengths: readonly number[] | undefined): number {
  if (short >= leastSlow && raw.length >= leastCycles * short) return short;
  if (raw.length <= mostDirect) return 1;
  const size = sizes.find((one) => raw.length / one <= mostDirect) ?? Math.ceil(raw.length / mostDirect);
  const inBins = lengths?.filter((length) => length % size === 0 && length > size).map((length) => length / size);
  const found = size * findSeasons(binned(filled(raw, 1), size), null, inBins).short;
  return found >= leastSlow && found > mostMultiple * long ? found : 1;
}

/** Of which a season has a whole number, nearest to a couple of dozen; null: there is none. */
function sizeFor(period: number): number | null {
  let best: number | null = null;
  for (let bins = fewestBins; bins <= mostBins; bins += 1) {
    if (period < leastSlow || period % bins !== 0) continue;
    const isNearer = best === null || Math.abs(bins - binsASeason) < Math.abs(period / best - binsASeason);
    if (isNearer) best = period / bins;
  }
  return best;
}
