// KPIs as the API asks for them.
import { describe, expect, test } from 'vitest';
import type { KpiHistoryInput } from '../../src/engine/kpis.ts';
import { somePoint } from '../support/batches.ts';
import { ann, startWorld } from './engine-world.ts';

const query = {
  entityType: 'orders',
  aggregation: { function: 'COUNT' },
  timeWindow: { size: 1, unit: 'MINUTE' },
} as const;

async function withPoints() {
  const world = await startWorld();
  const now = world.clock.now();
  await world.send(
    [500, 30_500, 90_500].map((back) => ({ ...somePoint(), timestamp: new Date(now - back).toISOString() })),
  );
  return { ...world, now };
}

function paths(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    return issuePaths(error);
  }
  return [];
}

function issuePaths(error: unknown): string[] {
  return (error as { issues: { path: string[] }[] }).issues.map(({ path }) => path.join('.'));
}

test('a value is that of the window now, with the one before it', async () => {
  const { engine, now } = await withPoints();
  const { value, asOf } = await engine.kpis.value(ann, query);
  expect(value).toEqual({
    value: 2,
    count: 2,
    groups: [],
    previous: 1,
    changePercent: 100,
    windowStart: now - 60_000,
    windowEnd: now,
    covered: { from: now - 60_000, to: now, isComplete: true },
  });
  expect(asOf).toBe(now);
  await expect(engine.kpis.value(ann, { ...query, top: 3 })).rejects.toMatchObject({
    issues: [{ path: ['query', 'top'] }],
  });
  await engine.stop();
});

describe('the history of a window', () => {
  test('has about as many steps as are asked for, and only the newest where `last` says so', async () => {
    const { engine } = await withPoints();
    const [widgetQuery] = (
      await engine.createDashboard(ann, { name: 'a', widgets: [{ name: 'w', type: 'LINE', query }] })
    ).dashboard.widgets;
    if (widgetQuery === undefined) throw new Error('the widget is missing');
    const counts = async (buckets: number, last: number | null) =>
      (await engine.kpis.historyOf(ann, widgetQuery.query, buckets, last)).map(({ count }) => count);
    expect(await counts(6, null)).toEqual([0, 0, 1, 0, 0, 1]);
    expect(await counts(6, 2)).toEqual([0, 1]);
    for (const [buckets, last, path] of [
      [0, null, 'buckets'],
      [61, null, 'buckets'],
      [6, 0, 'last'],
      [6, 62, 'last'],
    ] as const) {
      const failure = await engine.kpis.historyOf(ann, widgetQuery.query, buckets, last).catch((error) => error);
      expect(issuePaths(failure)).toEqual([path]);
    }
    await engine.stop();
  });
});

describe('a stretch of the past', () => {
  test('is cut into steps from its start, up to now where no end is given', async () => {
    const { engine, now } = await withPoints();
    const steps = await engine.kpis.history(ann, {
      query,
      from: now - 100_000,
      to: null,
      step: { size: 1, unit: 'MINUTE' },
    });
    expect(steps.map(({ start, end, count }) => [start - now, end - now, count])).toEqual([
      [-100_000, -40_000, 1],
      [-40_000, 0, 2],
    ]);
    const future = await engine.kpis.history(ann, { query, from: now - 10_000, to: now + 50_000, step: null });
    expect([future.length, future.at(-1)?.end]).toEqual([10, now]);
    await engine.stop();
  });

  test('without a step is cut into sixtieths of whole seconds', async () => {
    const { engine, now } = await withPoints();
    const lengths = async (ms: number) => {
      const steps = await engine.kpis.history(ann, { query, from: now - ms, to: now, step: null });
      return [steps.length, (steps[0]?.end ?? 0) - (steps[0]?.start ?? 0)];
    };
    expect(await lengths(3_600_000)).toEqual([60, 60_000]);
    expect(await lengths(3_601_000)).toEqual([60, 61_000]);
    expect(await lengths(5000)).toEqual([5, 1000]);
    expect(await lengths(1)).toEqual([1, 1]);
    await engine.stop();
  });

  test.each<[(now: number) => Partial<KpiHistoryInput>, string]>([
    [(now) => ({ from: now }), 'from'],
    [(now) => ({ from: now - 5000, to: now - 5000 }), 'from'],
    [(now) => ({ from: now - 367 * 86_400_000 }), 'from'],
    [(now) => ({ from: now - 1_001_000, step: { size: 1, unit: 'SECOND' } }), 'step'],
    [() => ({ step: { size: 0, unit: 'SECOND' } }), 'step'],
    [() => ({ query: { ...query, entityType: '' } }), 'query.entityType'],
  ])('is refused with the reason (%#)', async (asked, path) => {
    const { engine, clock } = await startWorld();
    const now = clock.now();
    const input = { query, from: now - 60_000, to: null, step: null, ...asked(now) };
    expect(issuePaths(await engine.kpis.history(ann, input).catch((error) => error))).toEqual([path]);
    const most = { query, from: now - 1_000_000, to: now, step: { size: 1, unit: 'SECOND' as const } };
    expect(await engine.kpis.history(ann, most)).toHaveLength(1000);
    await engine.stop();
  });
});

test('what is wrong with a watch is said at once', async () => {
  const { engine } = await startWorld();
  const watch = { query, every: null, history: null };
  expect(paths(() => engine.watchKpi(ann, { ...watch, history: 61 }))).toEqual(['history']);
  expect(paths(() => engine.watchKpi(ann, { ...watch, history: -1 }))).toEqual(['history']);
  expect(paths(() => engine.watchKpi(ann, { ...watch, every: { size: 0, unit: 'SECOND' } }))).toEqual(['every']);
  const groups = { ...query, groupBy: ['a', 'a'] };
  expect(paths(() => engine.watchKpi(ann, { ...watch, query: groups, history: 61 }))).toEqual([
    'query.groupBy',
    'history',
  ]);
  expect(engine.status().subscriptions).toBe(0);
  await engine.stop();
});

test('a watch has the history that is asked for, and ticks once a second where nothing else is said', async () => {
  const { engine, clock, send } = await withPoints();
  const watch = engine.watchKpi(ann, { query, every: null, history: 6 });
  const first = await watch.next();
  expect(first.value?.buckets.map(({ count }) => count)).toEqual([0, 0, 1, 0, 0, 1]);
  const next = watch.next();
  await send([somePoint()]);
  await clock.advance(1000);
  expect((await next).value?.frame.value.count).toBe(3);
  await engine.stop();
});
