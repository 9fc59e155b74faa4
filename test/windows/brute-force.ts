// Windows by the book: every value computed from all points, without panes.
import { expect } from 'vitest';
import type { Aggregation } from '../../src/aggregates/aggregation.ts';
import { compileFilter } from '../../src/points/compile-filter.ts';
import { compilePath } from '../../src/points/field-path.ts';
import type { StoredPoint } from '../../src/points/point.ts';
import type { WindowQuery } from '../../src/windows/window-query.ts';
import type { GroupValue, WindowBucket, WindowValue } from '../../src/windows/window-value.ts';
import { isClose, naive, type Row } from '../aggregates/naive.ts';
import { formulas } from './queries.ts';

/** The points that a query is about, with start < timestamp <= end. */
export function pointsOf(
  query: WindowQuery,
  points: readonly StoredPoint[],
  start: number,
  end: number,
): StoredPoint[] {
  const passes = compileFilter(query);
  return points.filter(
    ({ entityType, serviceId, timestamp, data }) =>
      entityType === query.entityType &&
      (query.serviceId === null || serviceId === query.serviceId) &&
      timestamp > start &&
      timestamp <= end &&
      (passes === null || passes(data)),
  );
}

function rowsOf({ field }: Aggregation, points: readonly StoredPoint[]): Row[] {
  const read = field === null ? () => undefined : compilePath(field);
  return points.map(({ data, timestamp, offset }) => ({ value: read(data), time: timestamp, offset }));
}

/** The group of a point as the text of its values. */
function groupOf({ groupBy }: WindowQuery, { data, entityType, serviceId }: StoredPoint): string {
  const values = groupBy.map((field) => {
    if (field === 'entityType') return entityType;
    if (field === 'serviceId') return serviceId;
    const value = compilePath(field)(data);
    return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : null;
  });
  return JSON.stringify(values);
}

export function expectValue(of: Aggregation, actual: number | null, rows: readonly Row[], seconds: number): void {
  const expected = naive(of, rows, seconds);
  const most = rows.reduce(
    (scale, { value }) => (typeof value === 'number' ? Math.max(scale, Math.abs(value)) : scale),
    0,
  );
  const isSame =
    of.function === 'QUANTILE' && expected !== null && actual !== null
      ? Math.abs(actual - expected) <= Math.abs(expected) * 0.010_000_001
      : isClose(actual, expected, of.function === 'STDDEV' ? most : 0);
  expect(isSame, `${of.function} of ${rows.length} rows is ${actual}, not ${expected}`).toBe(true);
}

/** What a query means of these points, which are those it is about. */
function expectKpi(query: WindowQuery, actual: number | null, points: readonly StoredPoint[], seconds: number): void {
  if (query.aggregation !== null) {
    expectValue(query.aggregation, actual, rowsOf(query.aggregation, points), seconds);
    return;
  }
  const expected = formulaOf(query, points, seconds);
  expect(isClose(actual, expected, 1000), `${query.formula} is ${actual}, not ${expected}`).toBe(true);
}

function kpiOf(query: WindowQuery, points: readonly StoredPoint[], seconds: number): number | null {
  const { aggregation } = query;
  return aggregation === null
    ? formulaOf(query, points, seconds)
    : naive(aggregation, rowsOf(aggregation, points), seconds);
}

function formulaOf(query: WindowQuery, points: readonly StoredPoint[], seconds: number): number | null {
  const values = query.operands.map(({ aggregation, filters, where }) => {
    const passes = compileFilter({ filters, where });
    const own = points.filter(({ data }) => passes === null || passes(data));
    return naive(aggregation, rowsOf(aggregation, own), seconds);
  });
  if (values.some((value) => value === null)) return null;
  const result = formulas.find((one) => one.query.formula === query.formula)?.compute(...(values as number[]));
  return result !== undefined && Number.isFinite(result) ? result : null;
}

/** Value, count and groups are those of exactly these points. */
export function expectTotals(
  query: WindowQuery,
  actual: { value: number | null; count: number; groups: readonly GroupValue[] },
  points: readonly StoredPoint[],
  seconds: number,
): void {
  expect(actual.count).toBe(points.length);
  expectKpi(query, actual.value, points, seconds);
  if (query.groupBy.length === 0) expect(actual.groups).toEqual([]);
  else expectGroups(query, actual.groups, points, seconds);
}

/** One row a group, largest first, only the top ones, the rest as one row. */
function expectGroups(
  query: WindowQuery,
  groups: readonly GroupValue[],
  points: readonly StoredPoint[],
  seconds: number,
) {
  const byGroup = Map.groupBy(points, (point) => groupOf(query, point));
  const shown = groups.filter(({ isOther }) => !isOther);
  expect(shown).toHaveLength(Math.min(byGroup.size, query.top ?? byGroup.size));
  for (const { key, value, count } of shown) {
    expect(key.map(({ field }) => field)).toEqual(query.groupBy);
    const text = JSON.stringify(key.map((part) => part.value));
    const own = byGroup.get(text) ?? [];
    byGroup.delete(text);
    expect([count, own.length > 0]).toEqual([own.length, true]);
    expectKpi(query, value, own, seconds);
  }
  const sizes = shown.map(({ value }) => value ?? Number.NEGATIVE_INFINITY);
  for (const [i, size] of sizes.entries()) expect(size).toBeLessThanOrEqual(sizes[i - 1] ?? size);
  const rest = [...byGroup.values()].flat();
  const other = groups.find(({ isOther }) => isOther);
  expect([groups.length - shown.length, groups.at(-1)?.isOther ?? false]).toEqual(
    rest.length > 0 ? [1, true] : [0, false],
  );
  if (other === undefined) return;
  expect([other.key, other.count]).toEqual([[], rest.length]);
  expectKpi(query, other.value, rest, seconds);
  // Nothing of the rest is larger than what is shown.
  const least = sizes.at(-1) ?? Number.POSITIVE_INFINITY;
  const most = Number.isFinite(least) ? least + Math.abs(least) * 0.03 + 1e-6 : least;
  for (const own of byGroup.values()) {
    const value = kpiOf(query, own, seconds) ?? Number.NEGATIVE_INFINITY;
    expect(value).toBeLessThanOrEqual(most);
  }
}

/** A window's value at `now`: the bounds it prints are right, and it is exact for them. */
export function expectExact(
  query: WindowQuery,
  actual: WindowValue,
  points: readonly StoredPoint[],
  now: number,
): void {
  const { windowStart, windowEnd } = actual;
  const { ms } = query.timeWindow;
  const paneMs = Math.ceil(ms / 60);
  expect(windowEnd).toBe(now);
  expect(windowStart % paneMs).toBe(0);
  expect(windowStart).toBeLessThanOrEqual(now - ms);
  expect(windowStart).toBeGreaterThan(now - ms - paneMs);
  expectTotals(query, actual, pointsOf(query, points, windowStart, windowEnd), (windowEnd - windowStart) / 1000);
  const lengthMs = windowEnd - windowStart;
  const before = pointsOf(query, points, windowStart - lengthMs, windowStart);
  expectKpi(query, actual.previous, before, lengthMs / 1000);
  const { value, previous, changePercent } = actual;
  const change = value === null || previous === null ? Number.NaN : (100 * (value - previous)) / Math.abs(previous);
  expect(changePercent).toBe(Number.isFinite(change) ? change : null);
}

/** Steps of whole panes without a hole, at edges that do not depend on `now`, each exact for its own bounds. */
export function expectHistory(
  query: WindowQuery,
  buckets: readonly WindowBucket[],
  points: readonly StoredPoint[],
  { now, asked }: { now: number; asked: number },
): void {
  const paneMs = Math.ceil(query.timeWindow.ms / 60);
  const stepMs = Math.ceil(60 / asked) * paneMs;
  const windowStart = Math.floor((now - query.timeWindow.ms) / paneMs) * paneMs;
  expect(buckets.length).toBeGreaterThan(0);
  for (const [i, bucket] of buckets.entries()) {
    expect([bucket.start % stepMs, bucket.end - bucket.start]).toEqual([0, stepMs]);
    if (i > 0) expect(bucket.start).toBe(buckets[i - 1]?.end);
    expectTotals(query, bucket, pointsOf(query, points, bucket.start, Math.min(bucket.end, now)), stepMs / 1000);
  }
  const [first] = buckets;
  const last = buckets.at(-1);
  expect(first?.start).toBeLessThanOrEqual(windowStart);
  expect(first?.end).toBeGreaterThan(windowStart);
  expect(last?.start).toBeLessThan(now);
  expect(last?.end).toBeGreaterThanOrEqual(now);
  const sum = buckets.reduce((count, bucket) => count + bucket.count, 0);
  expect(sum).toBe(pointsOf(query, points, first?.start ?? 0, now).length);
}
