// What a forecast is made from: the points of a series as steps of equal length, each one value.
import { insufficientData } from '../base/errors.ts';
import type { Filter } from '../points/condition.ts';
import type { Log } from '../store/store.ts';
import { type HistoryLimits, readKpiHistory } from '../windows/kpi-history.ts';
import type { WindowQuery } from '../windows/window-query.ts';
import type { WindowBucket } from '../windows/window-value.ts';

export interface Training {
  /** A value a step; not a number where there was none. */
  readonly values: Float64Array;
  readonly stepMs: number;
  /** Begin of the first step, end of the last. */
  readonly from: number;
  readonly to: number;
  readonly points: number;
}

export interface TrainingRange {
  /** Newest event time of the series, and the log's clock. */
  readonly lastPointAt: number;
  readonly now: number;
  /** How far back it reaches. */
  readonly windowMs: number;
  readonly horizonMs: number;
  /** Null: from the data's own spacing. */
  readonly stepMs: number | null;
}

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** Lengths that a step may be given, where nobody asks for one. */
const lengths: readonly number[] = [
  ...[1, 5, 10, 15, 30].map((n) => n * secondMs),
  ...[1, 5, 10, 15, 30].map((n) => n * minuteMs),
  ...[1, 2, 3, 4, 6, 12].map((n) => n * hourMs),
  ...[1, 2, 3, 7].map((n) => n * dayMs),
];
const periods = [
  ...[1, 5, 10, 15, 30].map((n) => n * minuteMs),
  hourMs,
  ...[1, 7, 365.25 / 12, 365.25 / 4, 365.25].map((n) => n * dayMs),
];
export const mostSteps = 400;
const mostTrainingSteps = 100_000;
const leastValues = 3;
const pointsLookedAt = 1000;

/** Errors: INSUFFICIENT_DATA; as Log.columns. */
export async function readTraining(
  log: Log,
  query: WindowQuery,
  range: TrainingRange,
  limits: HistoryLimits,
  signal: AbortSignal,
): Promise<Training> {
  const { lastPointAt, now, windowMs, horizonMs } = range;
  const stepMs = range.stepMs ?? stepFor(await spacingOf(log, query), horizonMs);
  // A step that is still going on is left out.
  const to = Math.min(Math.floor(now / stepMs), Math.ceil(lastPointAt / stepMs)) * stepMs;
  const steps = Math.min(mostTrainingSteps, Math.floor(windowMs / stepMs));
  const buckets = await readKpiHistory(log, query, { from: to - steps * stepMs, to, stepMs }, limits, signal);
  const first = buckets.findIndex(({ count }) => count > 0);
  const known = first < 0 ? [] : buckets.slice(first);
  const values = Float64Array.from(known, (bucket) => stepValue(bucket, query) ?? Number.NaN);
  const count = values.filter((value) => !Number.isNaN(value)).length;
  if (count < leastValues) throw insufficientData(`steps of ${stepMs / secondMs} s with a value`, leastValues, count);
  const points = known.reduce((sum, bucket) => sum + bucket.count, 0);
  return { values, stepMs, from: known[0]?.start ?? to, to, points };
}

/** What clock and calendar let expect of seasons, in steps. */
export function seasonLengths(stepMs: number): number[] {
  return periods.map((period) => Math.round(period / stepMs)).filter((steps) => steps >= 2);
}

/** Of a step, live and realized: the sum and the number of nothing are 0, its mean is none. */
export function stepValue({ value, count }: Pick<WindowBucket, 'value' | 'count'>, query: WindowQuery): number | null {
  const name = query.aggregation?.function;
  if (name === 'SUM' || name === 'COUNT' || name === 'RATE') return value ?? 0;
  return count > 0 ? value : null;
}

/** The shortest of the usual lengths that the data fill, and of which a forecast may have as many as it takes. */
function stepFor(spacingMs: number, horizonMs: number): number {
  // What comes every 61 s fills most steps of a minute.
  const least = Math.max(0.95 * spacingMs, horizonMs / mostSteps);
  return lengths.find((length) => length >= least) ?? Math.ceil(least / dayMs) * dayMs;
}

/** Median time between neighbours among the newest points. */
async function spacingOf(log: Log, query: WindowQuery): Promise<number> {
  const partition = log.partitionOf(query.entityType);
  const { times } = await log.columns({
    partition,
    series: log.series.numbers(query.entityType, query.serviceId),
    after: log.floor(partition) - 1,
    upTo: log.head(partition),
    from: null,
    to: null,
    filter: { filters: [...query.filters, ...present(query)], where: query.where },
    arrivedFrom: null,
    direction: 'backward',
    maxScanned: pointsLookedAt,
    fields: [],
  });
  const sorted = times.slice().sort();
  const gaps = sorted.subarray(1).map((time, i) => time - (sorted[i] as number));
  const positive = gaps.filter((gap) => gap > 0).sort();
  return positive[Math.floor(positive.length / 2)] ?? secondMs;
}

/** Only points that have the field tell how often it comes. */
function present({ aggregation }: WindowQuery): Filter[] {
  const field = aggregation !== null && 'field' in aggregation ? aggregation.field : null;
  return typeof field === 'string' ? [{ field, op: 'EXISTS', values: [true] }] : [];
}
