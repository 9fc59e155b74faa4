// Which models suit a series, by its seasons: the first of them is the one whose errors within the series count in the bounds.
import { autoregression } from './autoregression.ts';
import { ofBins } from './bins.ts';
import type { Model } from './model.ts';
import { naive } from './naive.ts';
import { ofNewest } from './newest.ts';
import { onRawScale } from './on-raw-scale.ts';
import { mostDirect, type Scales, type SlowScale } from './scales.ts';
import { seasonTrend } from './season-trend.ts';
import { isLong, type Seasons } from './seasons.ts';
import { smoothing } from './smoothing.ts';
import type { Transform } from './transform.ts';

/** What a model is called in the field. */
export const families = ['NAIVE', 'SEASONAL_NAIVE', 'THETA', 'ETS', 'ARIMA', 'MSTL'] as const;
export type Family = (typeof families)[number];

const seasonPairs = 10;
const always = Number.POSITIVE_INFINITY;
const plain = { difference: 0, lagRidge: 1e-6, levelRidge: 0, levels: 1 };
const horizons = [1, 2, 4, 8, 12, 18, 24, 30, 36, 42, 48];
const halfLifeWithoutSeason = 200;
const nearest = [1, 2, 3, 4];

/** The series that models are wanted for, and how many steps they are to forecast. */
export interface Asked extends Scales {
  readonly transform: Transform;
  readonly length: number;
  readonly steps: number;
}

/** Those that suit, which are combined. */
export function modelsFor(asked: Asked): Model[] {
  const { seasons, slow, length } = asked;
  const direct = length > mostDirect ? directModels({ ...asked, length: mostDirect }) : directModels(asked);
  const newest = length > mostDirect ? direct.map((model) => ofNewest(model, mostDirect, seasons.long)) : direct;
  // Beside models of a long season one that knows nothing of it is enough.
  return slow === null ? newest : [...slowModels(asked, slow), ...newest.slice(0, 1)];
}

function directModels({ seasons, transform, length, steps }: Asked): Model[] {
  if (seasons.short === 1) return [...withoutSeason(seasons, transform), naive('NAIVE', 1)];
  return isLong(seasons) ? withLongSeason(seasons, transform) : withSeasons(seasons, length, steps);
}

/** Of a season's bins what suits short seasons, and of what is beside them its nearest past. */
function slowModels({ seasons: { short }, length, steps }: Asked, { period, size, seasons }: SlowScale): Model[] {
  const lags = short < period ? sorted([...nearest, ...multiplesOf(short)]) : nearest;
  const within = autoregression({ name: 'WITHIN_BINS', ...plain, lags, halfLife: always });
  const models = withSeasons(seasons, Math.floor(length / size), Math.ceil(steps / size) + 1);
  return models.map((model) => ofBins(model, { size, within, fittedTo: mostDirect, goesOnFrom: lags.at(-1) ?? 1 }));
}

/** Those of one family, also where others suit better; without a season there is none that needs one. */
export function modelsOf(family: Family, asked: Asked): Model[] {
  const { short } = asked.seasons;
  const season = short > 1 ? short : (asked.slow?.period ?? 1);
  const plainOnes = [naive('NAIVE', 1), ...(season > 1 ? [naive('SEASONAL_NAIVE', season)] : [])];
  const ofTrend = [...trends(1), ...trends(short)].map((model) => ofNewest(model, mostDirect, short));
  const all = [...modelsFor(asked), ...ofTrend, ...plainOnes];
  const seen = new Set<string>();
  return all.filter(({ name, family: one }) => one === family && seen.size < seen.add(name).size);
}

function trends(period: number): Model[] {
  const family = period > 1 ? 'MSTL' : 'ETS';
  return [
    seasonTrend({ name: 'SEASON_AND_DAMPED_TREND', family, period, pairs: seasonPairs, trend: 'DAMPED' }),
    seasonTrend({ name: 'SEASON_AND_THETA', family: 'THETA', period, pairs: seasonPairs, trend: 'THETA' }),
  ];
}

function withoutSeason({ suspected }: Seasons, transform: Transform): Model[] {
  const halfLife = halfLifeWithoutSeason;
  const lags = suspected > 1 ? sorted([...nearest, ...around(suspected, Math.round(suspected / 12))]) : nearest;
  const one = { ...plain, lags, halfLife };
  return [
    autoregression({ name: 'AUTOREGRESSION', ...one }),
    onRawScale(autoregression({ name: 'AUTOREGRESSION_OF_VALUES', ...one }), transform),
    ...trends(1),
  ];
}

function withLongSeason({ short: m }: Seasons, transform: Transform): Model[] {
  const one = { ...plain, halfLife: 4 * m };
  const lags = (width: number) => sorted([...nearest, ...around(m, width)]);
  return [
    autoregression({ name: 'AUTOREGRESSION', ...one, lags: lags(4) }),
    onRawScale(autoregression({ name: 'AUTOREGRESSION_OF_VALUES', ...one, lags: lags(2) }), transform),
    ...trends(m),
  ];
}

function withSeasons({ short: m, long }: Seasons, length: number, steps: number): Model[] {
  const lags = seasonalLags(m, long, length);
  const near = { season: m, longSeason: long, horizons: horizons.filter((k) => k <= steps) };
  return [
    autoregression({
      name: 'AUTOREGRESSION',
      lags,
      difference: 0,
      lagRidge: 1e-5,
      levelRidge: 3,
      levels: m,
      halfLife: always,
    }),
    autoregression({
      name: 'AUTOREGRESSION_OF_SEASONAL_DIFFERENCES',
      ...plain,
      lags,
      difference: m,
      lagRidge: 1e-3,
      halfLife: always,
    }),
    smoothing({ name: 'SEASONAL_SMOOTHING', ...near, longShare: 1 }),
    // Less trust in the long season; or where there is none, a trend.
    ...(long > m ? [smoothing({ name: 'SEASONAL_SMOOTHING_HALF', ...near, longShare: 0.5 })] : trends(m)),
  ];
}

/** Around multiples of the season, up to a week of days; a little past the long one. */
function seasonalLags(m: number, long: number, length: number): number[] {
  const lags = [...nearest, ...multiplesOf(m, Math.max(2, Math.min(7, Math.floor(length / (3 * m)))))];
  return sorted(long > m ? [...lags, long + 1, long + 2] : lags);
}

function multiplesOf(m: number, count = 3): number[] {
  return Array.from({ length: count }, (_, j) => around((j + 1) * m, 1)).flat();
}

function around(middle: number, width: number): number[] {
  return Array.from({ length: 2 * width + 1 }, (_, i) => middle - width + i);
}

function sorted(lags: readonly number[]): number[] {
  return [...new Set(lags)].filter((lag) => lag > 0).sort((a, b) => a - b);
}
