// Insights in the engine: what is found in points, told, kept, acknowledged; on a clock that a test moves.
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { EngineLimits } from '../../src/engine/engine-limits.ts';
import type { InsightFilter, StoredInsight } from '../../src/engine/insights.ts';
import { isOpen, leading, lifeOf, severityOf, typeOf } from '../../src/insights/insight.ts';
import { titleOf } from '../../src/insights/words.ts';
import type { PointInput } from '../../src/points/point.ts';
import { Random } from '../../src/sources/random.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { ann, type EngineWorld, startWorld, viewer } from './engine-world.ts';

const all: InsightFilter = { entityType: null, serviceId: null, types: [], minSeverity: null, state: null };
const secondMs = 1000;

async function start(
  limits: Partial<EngineLimits> = {},
  options: { file?: string; clock?: FakeClock } = {},
): Promise<EngineWorld> {
  const world = await startWorld(limits, options);
  onTestFinished(() => world.engine.stop());
  return world;
}

/** Points of one series, one a second until now. */
function points(
  clock: FakeClock,
  values: readonly Readonly<Record<string, number>>[],
  { entityType = 'orders', serviceId = 'web' } = {},
): PointInput[] {
  const begin = clock.now() - (values.length - 1) * secondMs;
  return values.map((data, i) => {
    const timestamp = new Date(begin + i * secondMs).toISOString();
    return { entityType, serviceId, timestamp, data };
  });
}

/** Noise around 100 with a deviation of 1, and what `more` adds. */
function noise(count: number, more: (i: number) => number = () => 0, seed = 1): { latency: number }[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) => ({ latency: 100 + random.normal() + more(i) }));
}

/** Sends as many a second as are observed one by one, and lets the last second end. */
async function feed(world: EngineWorld, sent: readonly PointInput[]): Promise<void> {
  for (let i = 0; i < sent.length; i += 20) {
    await world.send(sent.slice(i, i + 20));
    await world.clock.advance(secondMs);
  }
  await world.clock.advance(3 * secondMs);
  // A file answers in its own time: to what is on its way, and to what waits for that in turn.
  for (let i = 0; i < 5; i += 1) await world.storage.store.commit(world.storage.ownership.lease(0), []);
}

const listed = (world: EngineWorld, filter: Partial<InsightFilter> = {}) =>
  world.engine.insights.list(ann, { ...all, ...filter });

const kindsOf = (insight: StoredInsight) => lifeOf(insight).map(({ kind }) => kind);

/** What is told from now on, as text. */
async function told(world: EngineWorld, after: string | null = null): Promise<string[]> {
  const changes: string[] = [];
  const watch = await world.engine.watchInsights(ann, all, after);
  (async () => {
    for await (const insight of watch) {
      changes.push(`${typeOf(insight)} ${isOpen(insight) ? 'OPEN' : 'RESOLVED'} ${insight.changes}`);
    }
  })();
  await world.clock.advance(0);
  return changes;
}

describe('what is unusual', () => {
  test('is one insight, told when it opens and when it is over, with what was expected', async () => {
    const world = await start();
    const changes = await told(world);
    const spike = (i: number) => (i >= 1500 && i < 1502 ? 30 : 0);
    await feed(world, points(world.clock, noise(1520, spike)));
    const [insight, ...more] = listed(world) as [StoredInsight];
    expect(more).toEqual([]);
    expect(insight).toMatchObject({ subject: { entityType: 'orders', serviceId: 'web' } });
    expect([typeOf(insight), isOpen(insight), severityOf(insight)]).toEqual(['ANOMALY_DETECTION', true, 'CRITICAL']);
    expect(titleOf(insight)).toBe('latency of orders/web: unusually high');
    const { field, situation, steps } = leading(insight);
    expect(field).toBe('latency');
    expect(situation.peak.observed).toBeGreaterThan(120);
    expect(situation.peak.expectation?.expected).toBeCloseTo(100, 0);
    expect(steps.length).toBeGreaterThanOrEqual(60);
    await world.clock.advance(130 * secondMs);
    await feed(world, points(world.clock, noise(130, undefined, 2)));
    expect(kindsOf(listed(world)[0] as StoredInsight)).toEqual(['OPENED', 'BACK_TO_NORMAL', 'RESOLVED']);
    expect(changes.at(0)).toBe('ANOMALY_DETECTION OPEN 1');
    expect(changes.at(-1)).toMatch(/^ANOMALY_DETECTION RESOLVED/);
    expect(changes.length).toBeLessThan(5);
  });

  test('in several fields of a series at once is one insight with all of them as evidence', async () => {
    const world = await start();
    const values = noise(1500, (i) => (i >= 1490 ? 30 : 0)).map(({ latency }, i) => ({
      latency,
      queue: { length: 50 + Math.sin(i) + (i >= 1490 ? 20 : 0) },
      steady: 7,
    }));
    await feed(world, points(world.clock, values as never));
    const found = listed(world);
    expect(found.map(({ parts }) => parts.map(({ field }) => field))).toEqual([['latency', 'queue.length']]);
    expect(titleOf(found[0] as StoredInsight)).toContain('latency of orders/web and another field');
  });

  test('in another series at the same time is related', async () => {
    const world = await start();
    const values = noise(1500, (i) => (i >= 1490 ? 30 : 0));
    await feed(world, points(world.clock, values));
    await feed(world, points(world.clock, values, { serviceId: 'app' }).slice(3));
    const [app, web] = listed(world) as [StoredInsight, StoredInsight];
    expect(app.subject.serviceId).toBe('app');
    expect(world.engine.insights.related(ann, app, 5).map(({ id }) => id)).toEqual([web.id]);
    expect(world.engine.insights.related(viewer({ read: [] }), app, 5)).toEqual([]);
  });

  test('is shown to whoever may read the points alone', async () => {
    const world = await start();
    await feed(
      world,
      points(
        world.clock,
        noise(1500, (i) => (i >= 1490 ? 30 : 0)),
      ),
    );
    const [insight] = listed(world) as [StoredInsight];
    const bob = viewer({ read: ['prices'] });
    expect(world.engine.insights.list(bob, all)).toEqual([]);
    expect(world.engine.insights.get(bob, insight.id)).toBeUndefined();
    await expect(world.engine.insights.acknowledge(bob, insight.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('a level that moves', () => {
  test('at once is a change point, bit by bit a trend, each one insight', async () => {
    const world = await start({ maxInsightsAnHour: 100 });
    await feed(
      world,
      points(
        world.clock,
        noise(1200, (i) => (i >= 1000 ? 20 : 0)),
      ),
    );
    const ramp = points(
      world.clock,
      noise(1600, (i) => (i < 1000 ? 0 : Math.min(40, (i - 1000) / 5)), 3),
      { serviceId: 'app' },
    );
    await feed(world, ramp);
    const found = listed(world).map((insight) => [insight.subject.serviceId, typeOf(insight)]);
    expect(found).toEqual([
      ['app', 'TREND_ALERT'],
      ['web', 'CHANGE_POINT'],
    ]);
    const movement = leading(listed(world)[1] as StoredInsight).situation.movement;
    expect(movement?.changePercent).toBeCloseTo(20, -1);
  });
});

describe('silence', () => {
  test('against the rhythm of a series is one insight for all its fields, over once a value comes', async () => {
    const world = await start();
    const changes = await told(world);
    const point = () => points(world.clock, [{ latency: 1, count: 2 }])[0] as PointInput;
    for (let i = 0; i < 400; i += 1) {
      await world.send([point()]);
      await world.clock.advance(10 * secondMs);
    }
    expect(changes).toEqual([]);
    await world.clock.advance(300 * secondMs);
    const [insight] = listed(world) as [StoredInsight];
    expect(insight.parts.map(({ field }) => field)).toEqual(['latency', 'count']);
    expect(typeOf(insight)).toBe('NO_DATA');
    await world.send([point()]);
    await world.clock.advance(3 * secondMs);
    expect(kindsOf(listed(world)[0] as StoredInsight).at(-1)).toBe('RESOLVED');
    expect(changes.at(0)).toBe('NO_DATA OPEN 1');
    expect(changes.at(-1)).toMatch(/^NO_DATA RESOLVED/);
  });

  test('for good is told once, and is over after a day', async () => {
    const world = await start();
    for (let i = 0; i < 400; i += 1) {
      await world.send([points(world.clock, [{ latency: 1 }])[0] as PointInput]);
      await world.clock.advance(10 * secondMs);
    }
    await world.clock.advance(26 * 3_600_000);
    expect(listed(world).map((insight) => [typeOf(insight), isOpen(insight)])).toEqual([['NO_DATA', false]]);
  }, 30_000);
});

describe('silence and restarts', () => {
  const folderOf = () => {
    const folder = tempFolder();
    onTestFinished(() => folder.remove());
    return { file: path.join(folder.path, 'pulseql.db'), clock: new FakeClock() };
  };
  const beat = async (world: EngineWorld, count: number) => {
    for (let i = 0; i < count; i += 1) {
      await world.send([points(world.clock, [{ latency: 1 }])[0] as PointInput]);
      await world.clock.advance(10 * secondMs);
    }
  };

  test('what was not heard while nobody listened is no silence, also after a kill that follows', async () => {
    const options = folderOf();
    const first = await startWorld({}, options);
    await beat(first, 400);
    await first.engine.stop();
    await options.clock.advance(600 * secondMs);
    const second = await startWorld({}, options);
    await beat(second, 3);
    expect(listed(second)).toEqual([]);
    // Killed: nothing of it is saved.
    second.storage.store.commit = async () => [];
    await second.engine.stop();
    const third = await start({}, options);
    await beat(third, 3);
    await feed(third, []);
    expect(listed(third)).toEqual([]);
  });

  test('one that is told before a stop is over when a value comes after the start', async () => {
    const options = folderOf();
    const first = await startWorld({}, options);
    await beat(first, 400);
    await options.clock.advance(300 * secondMs);
    await feed(first, []);
    expect(listed(first).map(isOpen)).toEqual([true]);
    await first.engine.stop();
    const again = await start({}, options);
    expect(listed(again).map(isOpen)).toEqual([true]);
    await beat(again, 2);
    await feed(again, []);
    expect(listed(again).map(isOpen)).toEqual([false]);
  });

  test('one that is told just before a kill goes on after the start, and is over when a value comes', async () => {
    const options = folderOf();
    const first = await startWorld({}, options);
    await beat(first, 400);
    await options.clock.advance(60 * secondMs);
    await options.clock.advance(65 * secondMs);
    await feed(first, []);
    const before = listed(first);
    expect(before.map(isOpen)).toEqual([true]);
    // Killed: what it would save at its end is not saved.
    first.storage.store.commit = async () => [];
    await first.engine.stop();
    const again = await start({}, options);
    await options.clock.advance(120 * secondMs);
    await feed(again, []);
    expect(listed(again).map(({ id, parts }) => [id, isOpen({ parts })])).toEqual([[before[0]?.id, true]]);
    await beat(again, 2);
    await feed(again, []);
    expect(listed(again).map(isOpen)).toEqual([false]);
  });

  test('is not told where its analyzer is switched off, also while it lasts', async () => {
    const world = await start();
    await beat(world, 400);
    await world.engine.analyzers.update(ann, 'analyzer_silence', { isActive: false }, null);
    await world.clock.advance(600 * secondMs);
    expect(listed(world)).toEqual([]);
  });
});

describe('what is usual', () => {
  test.each([
    ['a flat line', () => 5],
    ['a count that is mostly zero', (i: number) => (i % 40 === 7 ? 1 : 0)],
    ['a series that is all great', (i: number) => 1e300 * (1 + (i % 3))],
  ])('%s says nothing for as long as it lasts', async (_, value) => {
    const world = await start();
    await feed(
      world,
      points(
        world.clock,
        Array.from({ length: 3500 }, (_, i) => ({ latency: value(i) })),
      ),
    );
    expect(listed(world)).toEqual([]);
  });

  test('what is imported from the past is no news', async () => {
    const world = await start();
    const old = points(
      world.clock,
      noise(1500, (i) => (i >= 1490 ? 30 : 0)),
    );
    await world.clock.advance(2 * 3_600_000);
    await feed(world, old);
    expect(listed(world)).toEqual([]);
  });

  test('a fresh start says nothing of what it hardly knows', async () => {
    const world = await start({ maxInsightsAnHour: 1000 });
    const random = new Random(7);
    const values = Array.from({ length: 900 }, () =>
      Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`field${i}`, random.normal()])),
    );
    await feed(world, points(world.clock, values));
    expect(listed(world, { types: ['ANOMALY_DETECTION'] }).length).toBeLessThanOrEqual(1);
  });
});

describe('the budget of an hour', () => {
  test('holds back what is least severe, counts it, and is full again an hour later', async () => {
    const world = await start({ maxInsightsAnHour: 4 });
    for (let service = 0; service < 6; service += 1) {
      const values = noise(1500, (i) => (i >= 1490 ? 40 : 0), service);
      await feed(world, points(world.clock, values, { serviceId: `service${service}` }).slice(3));
    }
    expect(listed(world).length).toBe(4);
    expect(world.engine.status().insights.heldBack).toBeGreaterThanOrEqual(2);
    await world.clock.advance(3_600_000);
    const values = noise(1500, (i) => (i >= 1490 ? 40 : 0), 9);
    await feed(world, points(world.clock, values, { serviceId: 'later' }));
    expect(listed(world)[0]?.subject.serviceId).toBe('later');
  });
});

describe('an insight', () => {
  test('is acknowledged once, by whoever is first, and stays so', async () => {
    const world = await start();
    const values = noise(1900, (i) => (i >= 1490 && i < 1500 ? 30 : 0));
    const sent = points(world.clock, values);
    await feed(world, sent.slice(0, 1495));
    const [insight] = listed(world) as [StoredInsight];
    expect(await world.engine.insights.acknowledge(ann, insight.id)).toMatchObject({ acknowledged: { by: 'ann' } });
    expect(await world.engine.insights.acknowledge(viewer({}), insight.id)).toMatchObject({
      acknowledged: { by: 'ann' },
    });
    await feed(world, sent.slice(1495));
    const after = world.engine.insights.get(ann, insight.id) as StoredInsight;
    expect([isOpen(after), after.acknowledged?.by]).toEqual([false, 'ann']);
    expect(kindsOf(after)).toContain('ACKNOWLEDGED');
    await expect(world.engine.insights.acknowledge(ann, 'insight_none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('can be followed from a cursor without a gap, and goes after its retention', async () => {
    const world = await start({ insightRetentionMs: 3_600_000 });
    const values = noise(1900, (i) => (i >= 1490 && i < 1500 ? 30 : 0));
    const sent = points(world.clock, values);
    await feed(world, sent.slice(0, 1495));
    const [insight] = listed(world) as [StoredInsight];
    const cursor = world.engine.insights.cursorOf(insight);
    await feed(world, sent.slice(1495));
    const changes = await told(world, cursor);
    expect(changes.at(-1)).toMatch(/^ANOMALY_DETECTION RESOLVED/);
    await expect(world.engine.watchInsights(ann, all, 'nonsense')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await world.clock.advance(2 * 3_600_000);
    expect(listed(world)).toEqual([]);
    // What it began with is gone: what is there now comes first, which is nothing.
    expect(await told(world, cursor)).toEqual([]);
  });

  test('is filtered by what it is about, its type, severity and state', async () => {
    const world = await start();
    await feed(
      world,
      points(
        world.clock,
        noise(1500, (i) => (i >= 1490 ? 30 : 0)),
      ),
    );
    const count = (filter: Partial<InsightFilter>) => listed(world, filter).length;
    expect(count({ entityType: 'orders', serviceId: 'web', state: 'OPEN', minSeverity: 'HIGH' })).toBe(1);
    expect(count({ types: [typeOf(listed(world)[0] as StoredInsight)] })).toBe(1);
    for (const none of [
      { entityType: 'prices' },
      { serviceId: 'app' },
      { types: ['NO_DATA'] },
      { state: 'RESOLVED' },
    ] as const) {
      expect(count(none)).toBe(0);
    }
  });
});

describe('a restart', () => {
  async function restarted(stopAt: number) {
    const folder = tempFolder();
    onTestFinished(() => folder.remove());
    const options = { file: path.join(folder.path, 'pulseql.db'), clock: new FakeClock() };
    const values = noise(1900, (i) => (i >= 1490 && i < 1500 ? 30 : 0));
    const sent = points(options.clock, values);
    const first = await startWorld({}, options);
    await feed(first, sent.slice(0, stopAt));
    const before = listed(first);
    await first.engine.stop();
    const again = await start({}, options);
    const afterStart = listed(again);
    await feed(again, sent.slice(stopAt));
    return { before, afterStart, after: listed(again) };
  }

  test('in the middle of a situation neither forgets nor repeats it', async () => {
    const { before, afterStart, after } = await restarted(1495);
    expect(before.map(isOpen)).toEqual([true]);
    expect(afterStart).toEqual(before);
    expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    expect(kindsOf(after[0] as StoredInsight).at(-1)).toBe('RESOLVED');
  });

  test('before a situation has what was learnt', async () => {
    const { before, after } = await restarted(1400);
    expect(before).toEqual([]);
    expect(after.map((insight) => [typeOf(insight), isOpen(insight)])).toEqual([['ANOMALY_DETECTION', false]]);
  });
});

test('objects of ever other names are no metrics, and dots in names are none twice', async () => {
  const folder = tempFolder();
  onTestFinished(() => folder.remove());
  const options = { file: path.join(folder.path, 'pulseql.db'), clock: new FakeClock() };
  const data = (i: number) => ({ 'http.status': 200, [`user-${i}`]: { name: 'x' } });
  const first = await startWorld({}, options);
  for (let i = 0; i < 20; i += 1) await first.send(points(first.clock, [data(i) as never]));
  await first.engine.stop();
  const again = await start({}, options);
  await again.send(points(again.clock, [data(99) as never]));
  expect(again.engine.status().insights.metrics).toBe(1);
});

test('ten thousand metrics at once are watched, those past the limit by less', async () => {
  const world = await start({ maxMetrics: 9000 });
  const fields = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`field${i}`, i]));
  for (let round = 0; round < 2; round += 1) {
    for (let service = 0; service < 25; service += 1) {
      await world.send(points(world.clock, [fields], { serviceId: `service${service}` }));
    }
    await world.clock.advance(3 * secondMs);
  }
  expect(world.engine.status().insights).toMatchObject({
    metrics: 10_000,
    metricsWatchedLess: 1000,
    metricsNotWatched: 0,
    open: 0,
  });
});
