// Promise 5: values are exact for the bounds printed with them. What the API says of a KPI is what anybody can compute from
// the points that the API gives, for windowStart < timestamp <= windowEnd. The seed is printed; PULSEQL_SEED repeats it.
import { describe, expect, test } from 'vitest';
import { type Aggregation, aggregationFunctions } from '../../src/aggregates/aggregation.ts';
import type { PointInput } from '../../src/points/point.ts';
import { isClose, naive, type Row } from '../aggregates/naive.ts';
import { ingest, query, type ReadPoint, readAll, WsConnection } from '../support/graphql.ts';
import { randomFrom, seedOfRun } from '../support/random.ts';
import { startServer } from '../support/start-server.ts';

interface Group {
  readonly key: readonly { readonly value: string | null }[];
  readonly value: number | null;
  readonly count: number;
}

interface Value {
  readonly value: number | null;
  readonly count: number;
  readonly groups: readonly Group[];
  readonly previous: number | null;
  readonly windowStart: string;
  readonly windowEnd: string;
}

interface Bucket {
  readonly start: string;
  readonly end: string;
  readonly value: number | null;
  readonly count: number;
}

const valueFields = 'value count groups { key { value } value count } previous windowStart windowEnd';
const windowMs = 60_000;
const timeWindow = { size: 1, unit: 'MINUTE' };
const countries = ['NO', 'SE', 'DK', null];

/** Points over the window, the one before it, a little more and a little ahead, in no order, with every kind of value. */
function randomPoints(random: () => number, count: number): PointInput[] {
  const now = Date.now();
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
  const number = () =>
    pick([Math.round(random() * 1000) / 10, -random() * 1e6, random() * 1e-6, 0, Math.floor(random() * 10)]);
  // Where windows, panes and steps begin and end is where a point is most easily counted twice or not at all.
  const onEdge = (time: number) => (random() < 0.5 ? time : Math.floor(time / 1000) * 1000 + pick([-1, 0, 1]));
  return Array.from({ length: count }, () => {
    const value = random() < 0.8 ? number() : pick(['7', true, null, [1], 'text']);
    const country = pick(countries);
    return {
      entityType: 'orders',
      serviceId: pick(['web', 'app']),
      timestamp: new Date(onEdge(now - Math.floor(random() * 2.3 * windowMs) + 3000)).toISOString(),
      data: { value, ...(country === null ? {} : { country }) },
    };
  });
}

const timeOf = ({ timestamp }: ReadPoint) => Date.parse(timestamp);
const within = (points: readonly ReadPoint[], start: number, end: number) =>
  points.filter((point) => timeOf(point) > start && timeOf(point) <= end);

function rowsOf(points: readonly ReadPoint[]): Row[] {
  return points.map((point, offset) => ({ value: point.data['value'], time: timeOf(point), offset }));
}

function expectSame(of: Aggregation, actual: number | null, points: readonly ReadPoint[], seconds: number): void {
  const expected = naive(of, rowsOf(points), seconds);
  const most = Math.max(
    0,
    ...points.map(({ data }) => Math.abs(typeof data['value'] === 'number' ? data['value'] : 0)),
  );
  const isSame =
    of.function === 'QUANTILE' && expected !== null && actual !== null
      ? Math.abs(actual - expected) <= Math.abs(expected) * 0.010_000_001
      : isClose(actual, expected, of.function === 'STDDEV' ? most : 0);
  expect(isSame, `${of.function} of ${points.length} points is ${actual}, not ${expected}`).toBe(true);
}

const aggregations: readonly Aggregation[] = aggregationFunctions.flatMap((name): Aggregation[] => {
  if (name === 'COUNT' || name === 'RATE') return [{ function: name, field: null, quantile: null }];
  if (name !== 'QUANTILE') return [{ function: name, field: 'value', quantile: null }];
  return [0.01, 0.5, 0.99].map((quantile) => ({ function: name, field: 'value', quantile }));
});

describe('under random points', () => {
  test('every function equals brute force over the points, in all, by group, and for the window before', async () => {
    const seed = seedOfRun();
    const { url } = await startServer();
    await ingest(url, randomPoints(randomFrom(seed), 800));
    const text = `query ($query: KpiQueryInput!) { kpi(query: $query) { ${valueFields} } }`;
    const found: { of: Aggregation; kpi: Value; serviceId: string | null }[] = [];
    for (const of of aggregations) {
      for (const serviceId of [null, 'web']) {
        const input = { entityType: 'orders', serviceId, aggregation: of, timeWindow, groupBy: ['country'] };
        const { kpi } = await query<{ kpi: Value }>(url, text, { query: input });
        found.push({ of, kpi, serviceId });
      }
    }
    const all = await readAll(url, 'orders');
    expect(all).toHaveLength(800);
    for (const { of, kpi, serviceId } of found) {
      const [start, end] = [Date.parse(kpi.windowStart), Date.parse(kpi.windowEnd)];
      const own = all.filter((point) => serviceId === null || point.serviceId === serviceId);
      const points = within(own, start, end);
      const name = `seed ${seed}, ${of.function}, ${kpi.windowStart} to ${kpi.windowEnd}`;
      expect(kpi.count, name).toBe(points.length);
      expect(points.length).toBeGreaterThan(50);
      expectSame(of, kpi.value, points, (end - start) / 1000);
      expectSame(of, kpi.previous, within(own, 2 * start - end, start), (end - start) / 1000);
      expect(kpi.groups).toHaveLength(countries.length);
      for (const group of kpi.groups) {
        const rows = points.filter(({ data }) => (data['country'] ?? null) === group.key[0]?.value);
        expect(group.count, name).toBe(rows.length);
        expectSame(of, group.value, rows, (end - start) / 1000);
      }
    }
  });

  test('every step of the past equals brute force over its own points', async () => {
    const seed = seedOfRun();
    const { url } = await startServer();
    await ingest(url, randomPoints(randomFrom(seed), 500));
    const text = `query ($query: KpiQueryInput!, $from: DateTime!, $step: TimeSpanInput!) {
      kpiHistory(query: $query, from: $from, step: $step) { start end value count }
    }`;
    const from = new Date(Date.now() - 2 * windowMs).toISOString();
    const all = await readAll(url, 'orders');
    for (const of of aggregations) {
      const variables = {
        query: { entityType: 'orders', aggregation: of, timeWindow },
        from,
        step: { size: 7, unit: 'SECOND' },
      };
      const { kpiHistory } = await query<{ kpiHistory: Bucket[] }>(url, text, variables);
      expect(kpiHistory.length).toBeGreaterThan(16);
      for (const { start, end, value, count } of kpiHistory) {
        const points = within(all, Date.parse(start), Date.parse(end));
        expect(count, `seed ${seed}, ${of.function}, ${start} to ${end}`).toBe(points.length);
        expectSame(of, value, points, (Date.parse(end) - Date.parse(start)) / 1000);
      }
    }
  });

  test('every update of a watched KPI is exact for the points of the log up to one place', async () => {
    const seed = seedOfRun();
    const random = randomFrom(seed);
    const { url } = await startServer();
    await ingest(url, randomPoints(random, 200));
    const of: Aggregation = { function: 'SUM', field: 'value', quantile: null };
    const text = `subscription ($query: KpiQueryInput!) { kpi(query: $query) { value { ${valueFields} } } }`;
    const watch = new WsConnection(url).subscribe<{ kpi: { value: Value } }>(text, {
      query: { entityType: 'orders', aggregation: of, timeWindow },
    });
    const updates = [await watch.next()];
    while (updates.length < 4) {
      for (let batch = 0; batch < 4; batch += 1) await ingest(url, randomPoints(random, 40));
      updates.push(await watch.next());
    }
    const all = await readAll(url, 'orders');
    let place = 0;
    for (const { kpi } of updates) {
      const { value, count, windowStart, windowEnd } = kpi.value;
      const [start, end] = [Date.parse(windowStart), Date.parse(windowEnd)];
      // The place in the log that the update stands for: no update goes behind the one before.
      let inside = within(all.slice(0, place), start, end);
      while (!(inside.length === count && isSum(value, inside))) {
        expect(
          place,
          `seed ${seed}: no place in the log has ${value} from ${windowStart} to ${windowEnd}`,
        ).toBeLessThan(all.length);
        inside = inside.concat(within(all.slice(place, place + 1), start, end));
        place += 1;
      }
    }
    expect(place).toBeGreaterThan(200);
  });
});

function isSum(value: number | null, points: readonly ReadPoint[]): boolean {
  return isClose(value, naive({ function: 'SUM', field: 'value', quantile: null }, rowsOf(points), 1));
}
