// Values of widgets that ask to be watched: what is expected of them, what is unusual in them, rules on that.
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { StoredAlert } from '../../src/alerts/alert.ts';
import type { AlertRuleInput } from '../../src/alerts/rule.ts';
import type { WidgetInput } from '../../src/dashboards/edit-dashboard.ts';
import type { StoredInsight } from '../../src/engine/insights.ts';
import { isOpen, leading } from '../../src/insights/insight.ts';
import type { PointInput } from '../../src/points/point.ts';
import { Random } from '../../src/sources/random.ts';
import { queryInput, widgetInput } from '../dashboards/inputs.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { ann, type EngineWorld, startWorld } from './engine-world.ts';

const secondMs = 1000;
const average = queryInput({ aggregation: { function: 'AVG', field: 'latency' } });
const all = { entityType: null, serviceId: null, types: [], minSeverity: null, state: null };

async function start(options: { file?: string; clock?: FakeClock } = {}): Promise<EngineWorld> {
  const world = await startWorld({ maxInsightsAnHour: 100 }, options);
  // What watches series has its own tests.
  for (const { setting } of world.engine.analyzers.list()) {
    await world.engine.analyzers.update(ann, setting.id, { isActive: false }, null);
  }
  onTestFinished(() => world.engine.stop());
  return world;
}

/** One point a second up to now. */
function points(clock: FakeClock, values: readonly number[], serviceId = 'web'): PointInput[] {
  const begin = clock.now() - (values.length - 1) * secondMs;
  return values.map((latency, i) => {
    const timestamp = new Date(begin + i * secondMs).toISOString();
    return { entityType: 'orders', serviceId, timestamp, data: { latency } };
  });
}

function noise(count: number, seed: number): number[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => 100 + random.normal());
}

/** One value a second as time goes on. */
async function live(world: EngineWorld, values: readonly number[], serviceId = 'web'): Promise<void> {
  for (const value of values) {
    await world.clock.advance(secondMs);
    await world.send(points(world.clock, [value], serviceId));
  }
}

async function withWidget(world: EngineWorld, asked: Partial<WidgetInput>) {
  const input = { name: 'Shop', widgets: [widgetInput('Latency', { query: average, ...asked })] };
  const { dashboard } = await world.engine.createDashboard(ann, input);
  const widget = dashboard.widgets[0] as (typeof dashboard.widgets)[0];
  await settle(world);
  if (asked.visualization !== undefined || asked.alerts !== undefined) await untilLearnt(world, widget.id);
  return { dashboard, widget };
}

/** What is learnt from what is stored is learnt a few panes a turn. */
async function untilLearnt(world: EngineWorld, widgetId: string): Promise<void> {
  for (let i = 0; world.engine.kpiAnalysis.scores(widgetId) === null; i += 1) {
    if (i > 20_000) throw new Error('it does not learn');
    await world.clock.advance(0);
  }
}

/** A file answers in its own time. */
async function settle(world: EngineWorld): Promise<void> {
  await world.engine.kpis.value(ann, average);
  for (let i = 0; i < 5; i += 1) await world.storage.store.commit(world.storage.ownership.lease(0), []);
}

const listed = (world: EngineWorld) => world.engine.insights.list(ann, all);
const band = { visualization: { band: true } };

test('a widget with a band has what was expected of its panes, learnt from what is stored', async () => {
  const world = await start();
  await world.send(points(world.clock, noise(1500, 1)).slice(0, 1000));
  await world.send(points(world.clock, noise(1500, 1)).slice(1000));
  const { widget } = await withWidget(world, band);
  await live(world, noise(5, 2));
  const steps = await world.engine.kpis.historyOf(ann, widget.query, 60, null);
  const expected = world.engine.kpiAnalysis.expectations(widget.id, widget.query);
  const known = steps.filter(({ end }) => expected.has(end));
  expect(known.length).toBeGreaterThan(50);
  const inside = known.filter(({ end, value }) => {
    const one = expected.get(end);
    return one !== undefined && value !== null && value >= one.lower && value <= one.upper;
  });
  expect(inside.length).toBeGreaterThan(0.9 * known.length);
  expect(expected.get(steps.at(-2)?.end ?? 0)?.expected).toBeCloseTo(100, -1);
  expect(listed(world)).toEqual([]);
});

test('what is past when a widget begins to be watched is learnt and not told', async () => {
  const world = await start();
  const past = noise(900, 1).map((value, i) => (i === 600 || i === 890 ? 150 : value));
  await world.send(points(world.clock, past));
  await withWidget(world, band);
  await live(world, noise(5, 2));
  expect(listed(world)).toEqual([]);
});

test('what goes on in a widget is over once nobody watches it', async () => {
  const world = await start();
  await world.send(points(world.clock, noise(900, 1)));
  const { dashboard } = await withWidget(world, band);
  await live(world, [...noise(5, 2), 150, 150, ...noise(12, 5)]);
  expect(listed(world).map(isOpen)).toEqual([true]);
  await world.engine.editing(ann).update('ann', dashboard.id, { isActive: false }, null);
  await settle(world);
  expect(listed(world).map(isOpen)).toEqual([false]);
});

test('one without a band is not watched', async () => {
  const world = await start();
  const { widget } = await withWidget(world, {});
  await live(world, noise(5, 2));
  expect(world.engine.kpiAnalysis.expectations(widget.id, widget.query).size).toBe(0);
  expect(world.engine.kpiAnalysis.scores(widget.id)).toBeNull();
});

test('what is unusual in its value is an insight of the widget and the group', async () => {
  const world = await start();
  const [web, app] = [noise(900, 1), noise(900, 2)];
  await world.send(points(world.clock, web));
  await world.send(points(world.clock, app, 'app'));
  const query = { ...average, groupBy: ['serviceId'] };
  const { dashboard, widget } = await withWidget(world, { ...band, query });
  for (let i = 0; i < 8; i += 1) {
    await live(world, [100], 'web');
    await world.send(points(world.clock, [i < 4 ? 100 : 150], 'app'));
  }
  await live(world, noise(15, 3));
  const found = listed(world).map(({ subject }) => subject.group.map(({ value }) => value).join());
  expect(new Set(found)).toEqual(new Set(['', 'app']));
  expect(listed(world)[0]?.subject).toMatchObject({ dashboardId: dashboard.id, widgetId: widget.id });
  expect(leading(listed(world)[0] as StoredInsight).field).toBeNull();
});

describe('a rule on ANOMALY', () => {
  const rule: AlertRuleInput = { on: 'ANOMALY', condition: 'ABOVE', threshold: 0.3 };
  const changesOf = async (world: EngineWorld) => {
    const changes: StoredAlert[] = [];
    const watch = await world.engine.watchAlerts(ann, null, null);
    (async () => {
      for await (const alert of watch) changes.push(alert);
    })();
    return changes;
  };
  const statesOf = (world: EngineWorld) => world.engine.alerts.list(ann, null).map(({ state }) => state);

  test('fires while the score of the value is above its threshold, and resolves after', async () => {
    const world = await start();
    await world.send(points(world.clock, noise(900, 1)));
    await withWidget(world, { alerts: [rule] });
    await live(world, noise(5, 2));
    expect(statesOf(world)).toEqual([]);
    const changes = await changesOf(world);
    await live(world, [150, ...noise(40, 4)]);
    expect(changes.map(({ state }) => state)).toEqual(['FIRING', 'INACTIVE']);
    expect(changes[0]?.value).toBeGreaterThan(0.3);
    expect(statesOf(world)).toEqual(['INACTIVE']);
  });

  test('is as it was while nothing is known, and clear where there are no points', async () => {
    const world = await start();
    await world.send(points(world.clock, noise(900, 1)));
    const { widget } = await withWidget(world, { alerts: [rule] });
    const changes = await changesOf(world);
    await live(world, [...noise(5, 2), 150]);
    await world.clock.advance(90 * secondMs);
    expect(changes.map(({ state }) => state)).toEqual(['FIRING', 'INACTIVE']);
    expect(world.engine.kpiAnalysis.scores(widget.id)?.of([])).toBeNull();
    expect(statesOf(world)).toEqual(['INACTIVE']);
  });

  test('does not flap where most panes have no points', async () => {
    const world = await start();
    const random = new Random(5);
    const begin = world.clock.now();
    const sparse = Array.from({ length: 180 }, (_, i): PointInput => {
      const timestamp = new Date(begin - (180 - i) * 5 * secondMs).toISOString();
      return { entityType: 'orders', serviceId: 'web', timestamp, data: { latency: 100 + random.normal() } };
    });
    await world.send(sparse);
    await withWidget(world, { alerts: [rule] });
    const changes = await changesOf(world);
    for (let i = 0; i < 30; i += 1) {
      await world.clock.advance(5 * secondMs);
      await world.send(points(world.clock, [i >= 5 && i < 11 ? 150 : 100 + random.normal()]));
    }
    expect(changes.map(({ state }) => state)).toEqual(['FIRING', 'INACTIVE']);
  });

  test('can be previewed', async () => {
    const world = await start();
    await world.send(points(world.clock, [...noise(600, 1), 150, ...noise(100, 2)]));
    const to = world.clock.now();
    const preview = await world.engine.alerts.preview(ann, { query: average, rule, from: to - 600_000, to });
    expect(preview.firings).toBe(1);
    expect(preview.transitions[0]).toMatchObject({ to: 'FIRING' });
  });
});

test('a restart goes on from what was learnt, and repeats nothing', async () => {
  const folder = tempFolder();
  onTestFinished(() => folder.remove());
  const options = { file: path.join(folder.path, 'pulseql.db'), clock: new FakeClock() };
  const first = await start(options);
  await first.send(points(options.clock, noise(900, 1)));
  const { widget } = await withWidget(first, band);
  await live(first, [...noise(5, 2), 150, 150, ...noise(12, 5)]);
  await settle(first);
  const before = listed(first);
  expect(before.map(isOpen)).toEqual([true]);
  await first.engine.stop();
  const again = await start(options);
  await untilLearnt(again, widget.id);
  await live(again, noise(200, 3));
  await settle(again);
  expect(listed(again).map((insight) => [insight.id, isOpen(insight)])).toEqual([[before[0]?.id, false]]);
});
