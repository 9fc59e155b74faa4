// KPIs over the API: the value now, the past in steps, groups, and a subscription that brings a snapshot, then what changes.
import { describe, expect, test } from 'vitest';
import type { PointInput } from '../../src/points/point.ts';
import { ask, ingest, query, SseConnection, WsConnection } from '../support/graphql.ts';
import { startServer } from '../support/start-server.ts';

interface Group {
  readonly key: readonly { readonly field: string; readonly value: string | null }[];
  readonly value: number | null;
  readonly count: number;
  readonly isOther: boolean;
}

interface Value {
  readonly value: number | null;
  readonly count: number;
  readonly groups: readonly Group[];
  readonly previous: number | null;
  readonly changePercent: number | null;
  readonly windowStart: string;
  readonly windowEnd: string;
}

interface Bucket {
  readonly start: string;
  readonly end: string;
  readonly value: number | null;
  readonly count: number;
}

const valueFields =
  'value count groups { key { field value } value count isOther } previous changePercent windowStart windowEnd';
const kpiQuery = `query ($query: KpiQueryInput!) { kpi(query: $query) { ${valueFields} } }`;

const hour = { size: 1, unit: 'HOUR' };
const minuteMs = 60_000;

const kpi = async (url: string, input: object) =>
  (await query<{ kpi: Value }>(url, kpiQuery, { query: { entityType: 'orders', timeWindow: hour, ...input } })).kpi;

function order(minutesAgo: number, data: PointInput['data'], serviceId = 'web'): PointInput {
  return {
    entityType: 'orders',
    serviceId,
    timestamp: new Date(Date.now() - minutesAgo * minuteMs).toISOString(),
    data,
  };
}

const orders = () => [
  order(50, { total: 10, country: 'NO', customer: 'a' }),
  order(40, { total: 30, country: 'SE', customer: 'b' }),
  order(30, { total: 20, country: 'NO', customer: 'a' }),
  order(20, { total: 'much', country: 'DK', customer: null }),
  order(10, { total: 40, country: 'NO' }, 'app'),
  order(95, { total: 50, country: 'NO', customer: 'c' }),
];

describe('the value of a KPI', () => {
  test.each([
    ['COUNT', {}, 5],
    ['SUM', { field: 'total' }, 100],
    ['AVG', { field: 'total' }, 25],
    ['MIN', { field: 'total' }, 10],
    ['MAX', { field: 'total' }, 40],
    ['FIRST', { field: 'total' }, 10],
    ['LAST', { field: 'total' }, 40],
    ['DELTA', { field: 'total' }, 30],
    ['STDDEV', { field: 'total' }, Math.sqrt((225 + 25 + 25 + 225) / 3)],
    ['DISTINCT', { field: 'customer' }, 2],
    ['DISTINCT', { field: 'total' }, 5],
  ])('%s with %o', async (name, more, expected) => {
    const { url } = await startServer();
    await ingest(url, orders());
    const { value, count } = await kpi(url, { aggregation: { function: name, ...more } });
    expect(value).toBeCloseTo(expected, 10);
    expect(count).toBe(5);
  });

  test('RATE is points a second between the bounds that are printed with it', async () => {
    const { url } = await startServer();
    await ingest(url, orders());
    const { value, windowStart, windowEnd } = await kpi(url, { aggregation: { function: 'RATE' } });
    expect(value).toBeCloseTo(5 / ((Date.parse(windowEnd) - Date.parse(windowStart)) / 1000), 12);
  });

  test('QUANTILE is within one percent', async () => {
    const { url } = await startServer();
    await ingest(
      url,
      Array.from({ length: 1000 }, (_, i) => order(1, { total: i + 1 })),
    );
    for (const quantile of [0.05, 0.5, 0.95]) {
      const { value } = await kpi(url, { aggregation: { function: 'QUANTILE', field: 'total', quantile } });
      expect(Math.abs((value ?? 0) / (quantile * 1000) - 1)).toBeLessThan(0.012);
    }
  });

  test('over no points is null, but 0 for COUNT, RATE and DISTINCT', async () => {
    const { url } = await startServer();
    for (const name of [
      'COUNT',
      'RATE',
      'DISTINCT',
      'SUM',
      'AVG',
      'MIN',
      'MAX',
      'FIRST',
      'LAST',
      'DELTA',
      'STDDEV',
      'QUANTILE',
    ]) {
      const more = name === 'QUANTILE' ? { quantile: 0.5 } : {};
      const found = await kpi(url, { aggregation: { function: name, field: 'total', ...more } });
      expect(found).toMatchObject({
        value: ['COUNT', 'RATE', 'DISTINCT'].includes(name) ? 0 : null,
        count: 0,
        groups: [],
        changePercent: null,
      });
    }
  });

  test('stands beside that of the window before, and the change in percent', async () => {
    const { url } = await startServer();
    await ingest(url, orders());
    const found = await kpi(url, { aggregation: { function: 'MAX', field: 'total' } });
    expect(found).toMatchObject({ value: 40, previous: 50, changePercent: -20 });
    const length = Date.parse(found.windowEnd) - Date.parse(found.windowStart);
    // The window's length, and up to a pane of a minute more.
    expect(length).toBeGreaterThanOrEqual(60 * minuteMs);
    expect(length).toBeLessThan(61 * minuteMs);
  });

  test('is over the points that pass the filters and the condition, of one service where one is named', async () => {
    const { url } = await startServer();
    await ingest(url, orders());
    const sum = { aggregation: { function: 'SUM', field: 'total' } };
    expect(await kpi(url, { ...sum, filters: [{ field: 'country', op: 'EQ', values: ['NO'] }] })).toMatchObject({
      value: 70,
      count: 3,
    });
    expect(await kpi(url, { ...sum, where: { not: { field: 'country', op: 'EQ', values: ['NO'] } } })).toMatchObject({
      value: 30,
      count: 2,
    });
    expect(await kpi(url, { ...sum, serviceId: 'app' })).toMatchObject({ value: 40, count: 1 });
    expect(await kpi(url, { ...sum, serviceId: 'nobody' })).toMatchObject({ value: null, count: 0 });
  });

  test('sees a point as soon as it was acknowledged', async () => {
    const { url } = await startServer();
    const count = { aggregation: { function: 'COUNT' } };
    for (let sent = 0; sent < 20; sent += 1) {
      expect((await kpi(url, count)).value).toBe(sent);
      await ingest(url, [order(0, {})]);
    }
  });
});

describe('groups', () => {
  test('come largest first, the rest behind the top as one', async () => {
    const { url } = await startServer();
    await ingest(url, orders());
    const sum = { aggregation: { function: 'SUM', field: 'total' }, groupBy: ['country'] };
    const row = (value: string, total: number | null, count: number) => ({
      key: [{ field: 'country', value }],
      value: total,
      count,
      isOther: false,
    });
    expect((await kpi(url, sum)).groups).toEqual([row('NO', 70, 3), row('SE', 30, 1), row('DK', null, 1)]);
    const top = await kpi(url, { ...sum, top: 1 });
    expect(top.groups).toEqual([row('NO', 70, 3), { key: [], value: 30, count: 2, isOther: true }]);
    expect(top).toMatchObject({ value: 100, count: 5 });
  });

  test('go by several fields, by the service, and have one for points without the field', async () => {
    const { url } = await startServer();
    await ingest(url, orders());
    const { groups } = await kpi(url, { aggregation: { function: 'COUNT' }, groupBy: ['serviceId', 'customer'] });
    const rows = groups.map(({ key, value }) => [...key.map((part) => part.value), value]);
    expect(rows).toEqual([
      ['web', 'a', 2],
      ['app', null, 1],
      ['web', 'b', 1],
      ['web', null, 1],
    ]);
    expect(groups[0]?.key.map(({ field }) => field)).toEqual(['serviceId', 'customer']);
  });
});

describe('the past of a KPI', () => {
  const history = `query ($query: KpiQueryInput!, $from: DateTime!, $to: DateTime, $step: TimeSpanInput) {
    kpiHistory(query: $query, from: $from, to: $to, step: $step) { start end value count groups { key { value } value } }
  }`;
  const start = Date.UTC(2026, 4, 1);
  const at = (minute: number) => new Date(start + minute * minuteMs).toISOString();
  const sum = { entityType: 'orders', timeWindow: hour, aggregation: { function: 'SUM', field: 'n' } };

  test('comes in steps from `from` on, the last cut at `to`, each over its own points', async () => {
    const { url } = await startServer();
    const points = [0, 5, 10, 10.5, 20, 24].map((minute) => ({
      entityType: 'orders',
      serviceId: 'web',
      timestamp: at(minute),
      data: { n: minute },
    }));
    await ingest(url, points);
    const { kpiHistory } = await query<{ kpiHistory: Bucket[] }>(url, history, {
      query: sum,
      from: at(0),
      to: at(24),
      step: { size: 10, unit: 'MINUTE' },
    });
    expect(kpiHistory.map(({ start: from, end, value, count }) => [from, end, value, count])).toEqual([
      [at(0), at(10), 15, 2],
      [at(10), at(20), 30.5, 2],
      [at(20), at(24), 24, 1],
    ]);
  });

  test('comes in sixty steps where no step is given, and by groups where the query groups', async () => {
    const { url } = await startServer();
    await ingest(
      url,
      [1, 2].map((n) => ({ entityType: 'orders', serviceId: `s${n}`, timestamp: at(30), data: { n } })),
    );
    const variables = { query: { ...sum, groupBy: ['serviceId'] }, from: at(0), to: at(60) };
    const { kpiHistory } = await query<{ kpiHistory: (Bucket & { groups: Group[] })[] }>(url, history, variables);
    expect(kpiHistory).toHaveLength(60);
    const full = kpiHistory.filter(({ count }) => count > 0);
    expect(full).toEqual([
      {
        start: at(29),
        end: at(30),
        value: 3,
        count: 2,
        groups: [
          { key: [{ value: 's2' }], value: 2 },
          { key: [{ value: 's1' }], value: 1 },
        ],
      },
    ]);
  });

  test.each([
    [{ from: at(10), to: at(10) }, /^from: must be before to/],
    [{ from: '2020-01-01T00:00:00Z', to: '2021-06-01T00:00:00Z' }, /^from: must be at most 366 days before to/],
    [
      { from: at(0), to: at(60), step: { size: 1, unit: 'SECOND' } },
      /^step: makes 3600 steps, at most 1000 are given$/,
    ],
    [{ from: at(0), to: at(60), step: { size: 0, unit: 'SECOND' } }, /^step: must be .* long, not 0 SECOND/],
  ])('of %o is refused', async (variables, says) => {
    const { url } = await startServer();
    const { errors } = await ask(url, history, { query: sum, ...variables });
    expect(errors).toMatchObject([{ message: expect.stringMatching(says), extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});

describe('a query that is not right is refused with every place that is wrong', () => {
  test.each([
    [{ aggregation: { function: 'SUM' } }, [/query\.aggregation\.field: is needed for SUM/]],
    [
      { aggregation: { function: 'QUANTILE', field: 'a', quantile: 1 } },
      [/query\.aggregation\.quantile: must be above 0 and below 1.*not 1/],
    ],
    [
      { aggregation: { function: 'SUM', field: 'a..b' }, top: 3 },
      [/query\.aggregation\.field: .*not "a\.\.b"/, /query\.top: goes with groupBy/],
    ],
    [{ aggregation: { function: 'COUNT' }, groupBy: ['a', 'a'] }, [/query\.groupBy: names a field twice/]],
    [
      { aggregation: { function: 'COUNT' }, timeWindow: { size: 367, unit: 'DAY' } },
      [/query\.timeWindow: must be 1 to \d+ seconds long, not 367 DAY/],
    ],
    [
      { aggregation: { function: 'COUNT' }, filters: [{ field: 'a', op: 'IN', values: [] }] },
      [/query\.filters\.0\.values: IN takes 1 to 1000 values, not 0/],
    ],
    [
      { aggregation: { function: 'COUNT' }, where: { any: [] } },
      [/query\.where\.any: must have one condition at least/],
    ],
  ])('%o', async (input, says) => {
    const { url } = await startServer();
    const { errors } = await ask(url, kpiQuery, { query: { entityType: 'orders', timeWindow: hour, ...input } });
    expect(errors).toHaveLength(1);
    for (const one of says) expect(errors[0]?.message).toMatch(one);
    expect(errors[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      issues: says.map(() => ({ path: expect.any(Array) })),
    });
  });
});

describe('a KPI that is watched', () => {
  interface Update {
    readonly kpi: {
      readonly value: Value;
      readonly buckets: readonly Bucket[];
      readonly isSnapshot: boolean;
      readonly at: string;
    };
  }
  const watchText = `subscription ($query: KpiQueryInput!, $every: TimeSpanInput, $history: Int) {
    kpi(query: $query, every: $every, history: $history) { value { ${valueFields} } buckets { start end value count } isSnapshot at }
  }`;
  const sum = { entityType: 'orders', timeWindow: hour, aggregation: { function: 'SUM', field: 'total' } };

  test('comes as a snapshot with its history, then with what has changed', async () => {
    const server = await startServer();
    const { url } = server;
    await ingest(url, orders());
    const watch = new WsConnection(url).subscribe<Update>(watchText, { query: sum, history: 12 });
    const { kpi: first } = await watch.next();
    expect(first).toMatchObject({ isSnapshot: true, value: { value: 100, count: 5 } });
    expect(first.at).toBe(first.value.windowEnd);
    const buckets = new Map(first.buckets.map((bucket) => [bucket.start, bucket]));
    expect(first.buckets.length).toBeGreaterThanOrEqual(12);
    expect(first.buckets.length).toBeLessThanOrEqual(14);
    expect([...buckets.values()].reduce((total, { count }) => total + count, 0)).toBeGreaterThanOrEqual(5);
    // Steps follow one another without a hole.
    for (const [i, { end }] of first.buckets.slice(0, -1).entries()) expect(first.buckets[i + 1]?.start).toBe(end);

    await ingest(url, [order(0, { total: 11 })]);
    const updates = await watch.until((update) => update.kpi.value.count === 6);
    const last = updates.at(-1)?.kpi;
    expect(last).toMatchObject({ isSnapshot: false, value: { value: 111, count: 6 } });
    for (const { kpi: update } of updates) for (const bucket of update.buckets) buckets.set(bucket.start, bucket);
    const at = Date.parse(last?.at ?? '');
    const newest = [...buckets.values()].find(({ start, end }) => Date.parse(start) < at && at <= Date.parse(end));
    expect(newest?.value ?? 0).toBeGreaterThanOrEqual(11);
    expect(last?.buckets.length).toBeLessThan(first.buckets.length);
    await watch.leave();
    await server.subscriptions(0);
  });

  test('comes over every transport, once at first and once for a change', async () => {
    const { url } = await startServer();
    const watches = [new WsConnection(url), new SseConnection(url), new SseConnection(url, { path: '/graphql' })].map(
      (connection) => connection.subscribe<Update>(watchText, { query: sum }),
    );
    for (const watch of watches)
      expect((await watch.next()).kpi).toMatchObject({ isSnapshot: true, buckets: [], value: { value: null } });
    await ingest(url, [order(0, { total: 5 })]);
    for (const watch of watches) {
      const updates = await watch.until((update) => update.kpi.value.value === 5);
      expect(updates).toHaveLength(1);
    }
  });

  test.each([
    [{ every: { size: 1, unit: 'DAY' } }, /^every: must be 1 to 3600 seconds long, not 1 DAY$/],
    [{ every: { size: 0, unit: 'SECOND' } }, /^every: must be/],
    [{ history: 61 }, /^history: must be from 0 to 60, not 61$/],
  ])('with %o is refused', async (variables, says) => {
    const { url } = await startServer();
    const errors = await new WsConnection(url).subscribe(watchText, { query: sum, ...variables }).failure();
    expect(errors).toMatchObject([{ message: expect.stringMatching(says), extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});
