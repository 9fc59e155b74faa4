// Rules on FORECAST: they see the value of a widget before it is there, and an insight says when it will be and how surely.
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AlertRuleInput } from '../../src/alerts/rule.ts';
import type { StoredInsight } from '../../src/engine/insights.ts';
import { isOpen, leading } from '../../src/insights/insight.ts';
import { descriptionOf, titleOf } from '../../src/insights/words.ts';
import { Random } from '../../src/sources/random.ts';
import { queryInput, widgetInput } from '../dashboards/inputs.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { ann, type EngineWorld, startWorld } from './engine-world.ts';

const secondMs = 1000;
const hourMs = 3600 * secondMs;
const hourly = queryInput({
  aggregation: { function: 'AVG', field: 'latency' },
  timeWindow: { size: 1, unit: 'HOUR' },
});
const all = {
  entityType: null,
  serviceId: null,
  types: ['FORECAST_BREACH'],
  minSeverity: null,
  state: null,
};
const above: AlertRuleInput = {
  on: 'FORECAST',
  condition: 'ABOVE',
  threshold: 260,
  within: { size: 12, unit: 'HOUR' },
  severity: 'HIGH',
};

async function start(options: { file?: string; clock?: FakeClock } = {}): Promise<EngineWorld> {
  const world = await startWorld({}, options);
  for (const { setting } of world.engine.analyzers.list()) {
    await world.engine.analyzers.update(ann, setting.id, { isActive: false }, null);
  }
  onTestFinished(() => world.engine.stop());
  return world;
}

/** One value an hour, the last of the hour that is just over. */
async function sendHours(world: EngineWorld, values: readonly number[], serviceId = 'web'): Promise<void> {
  const end = Math.floor(world.clock.now() / hourMs) * hourMs;
  await world.send(
    values.map((latency, i) => {
      const timestamp = new Date(end - (values.length - 1 - i) * hourMs - hourMs / 2).toISOString();
      return { entityType: 'orders', serviceId, timestamp, data: { latency } };
    }),
  );
}

/** Rises by one an hour up to 250. */
function rising(hours: number): number[] {
  const random = new Random(3);
  return Array.from({ length: hours }, (_, i) => 250 - (hours - 1 - i) + random.normal());
}

async function withRule(world: EngineWorld, rule: AlertRuleInput, query = hourly) {
  const input = { name: 'Shop', widgets: [widgetInput('Latency', { query, alerts: [rule] })] };
  const { dashboard } = await world.engine.createDashboard(ann, input);
  return dashboard;
}

/**
 * Two minutes of the clock make any forecast due. The threads that compute it take real time: meanwhile the clock moves
 * slowly, so that the next hour does not end before they are done.
 */
async function until(world: EngineWorld, isSo: () => boolean): Promise<void> {
  for (let i = 0; !isSo(); i += 1) {
    if (i > 2000) throw new Error('the condition was not met');
    await world.clock.advance(i < 12 ? 10 * secondMs : secondMs);
    await pause(10);
  }
}

/** Sends a value of the hour that is not over yet, and waits for the forecast that has this hour as its last. */
async function passHour(world: EngineWorld, latency: number): Promise<void> {
  const now = world.clock.now();
  const end = Math.ceil(now / hourMs) * hourMs;
  await world.send([
    { entityType: 'orders', serviceId: 'web', timestamp: new Date(now).toISOString(), data: { latency } },
  ]);
  await world.clock.advance(end - now);
  await until(world, () => forecastFrom(world) === end);
}

const insights = (world: EngineWorld) => world.engine.insights.list(ann, all);
const alerts = (world: EngineWorld) => world.engine.alerts.list(ann, null);
const open = (world: EngineWorld) => insights(world).filter(isOpen);
const breachAt = (insight: StoredInsight | undefined) =>
  insight === undefined ? undefined : leading(insight).situation.breach?.at;

describe('a rule on FORECAST', () => {
  test('fires on what is forecast for the end of `within`, and an insight says when and how surely', async () => {
    const world = await start();
    await sendHours(world, rising(200));
    await withRule(world, above);
    await until(world, () => alerts(world).length > 0 && insights(world).length > 0);
    const [alert] = alerts(world);
    expect(alert).toMatchObject({ state: 'FIRING', rule: { on: 'FORECAST', threshold: 260 } });
    expect(alert?.value).toBeGreaterThan(260);
    expect(alert?.value).toBeLessThan(268);
    const [insight] = insights(world) as [StoredInsight];
    const { situation, steps } = leading(insight);
    expect(situation).toMatchObject({ type: 'FORECAST_BREACH', severity: 'HIGH', state: 'OPEN' });
    expect(situation.confidence).toBeGreaterThan(0.6);
    // From 250 by one an hour.
    const hours = ((breachAt(insight) ?? 0) - world.clock.now()) / hourMs;
    expect(hours).toBeGreaterThan(7);
    expect(hours).toBeLessThan(12);
    expect(steps.filter(({ observed }) => observed !== null)).toHaveLength(60);
    expect(steps.filter(({ expected }) => expected !== null).length).toBeGreaterThanOrEqual(12);
    expect(titleOf(insight)).toMatch(/forecast to be above 260 by \d{4}-/);
    expect(descriptionOf(insight)).toMatch(
      /^From [\d.]+ it is forecast to be above 260 by .* UTC: [\d.]+ \([\d.]+ to [\d.]+\) then\. The probability is up to \d+ % within the rule's horizon\.$/,
    );
  });

  test('is quiet where the value is forecast to stay on its side', async () => {
    const world = await start();
    await sendHours(world, rising(200));
    await withRule(world, { ...above, threshold: 300 });
    await until(world, () => world.engine.kpiForecasts.at(firstWidget(world), world.clock.now()) !== null);
    await world.clock.advance(5 * secondMs);
    expect(alerts(world)).toEqual([]);
    expect(insights(world)).toEqual([]);
  });

  test('holds its state as long as there is too little to forecast from', async () => {
    const world = await start();
    await sendHours(world, [500, 500]);
    await withRule(world, { ...above, threshold: 100 });
    await until(world, () => world.engine.kpiForecasts.at(firstWidget(world), world.clock.now()) !== null);
    await world.clock.advance(5 * secondMs);
    expect(alerts(world)).toEqual([]);
  });

  test('sees each group on its own', async () => {
    const world = await start();
    await sendHours(world, rising(200), 'web');
    await sendHours(
      world,
      rising(200).map((value) => value / 2),
      'app',
    );
    await withRule(world, above, { ...hourly, serviceId: null, groupBy: ['serviceId'] });
    await until(world, () => alerts(world).length > 0 && insights(world).length > 0);
    expect(alerts(world).map(({ group }) => group)).toEqual([[{ field: 'serviceId', value: 'web' }]]);
    expect(insights(world).map(({ subject }) => subject.group)).toEqual([[{ field: 'serviceId', value: 'web' }]]);
  });

  test('learns what came late, before and after it began', async () => {
    const world = await start();
    await withRule(world, above);
    await until(world, () => world.engine.kpiForecasts.at(firstWidget(world), world.clock.now()) !== null);
    await sendHours(world, rising(200));
    await world.clock.advance(hourMs);
    await until(world, () => open(world).length > 0);
  });
});

describe('what is forecast to be crossed', () => {
  test('moves with new values, and is resolved once the value has crossed the threshold', async () => {
    const world = await start();
    await sendHours(world, rising(200));
    await withRule(world, above);
    await until(world, () => open(world).length > 0);
    const [first] = open(world);
    await passHour(world, 256);
    await passHour(world, 257);
    await until(world, () => (breachAt(insights(world)[0]) ?? 0) < (breachAt(first) ?? 0));
    expect(insights(world).map(({ id }) => id)).toEqual([first?.id]);
    await passHour(world, 290);
    await until(world, () => open(world).length === 0);
    expect(leading(insights(world)[0] as StoredInsight).situation.life.map(({ kind }) => kind)).toEqual([
      'OPENED',
      'RESOLVED',
    ]);
  });

  test('changes at once with its rule, and is over where it is not to come any more', async () => {
    const world = await start();
    await sendHours(world, rising(200));
    const dashboard = await withRule(world, above);
    await until(world, () => open(world).length > 0);
    const [widget] = dashboard.widgets as [(typeof dashboard.widgets)[0]];
    const changed = async (rule: Partial<AlertRuleInput>) => {
      const alerts = [{ ...above, ...rule, id: widget.alertRules[0]?.id }];
      const edit = widgetInput('Latency', { query: hourly, alerts });
      await world.engine.editing(ann).updateWidget('ann', widget.id, edit, null);
      await world.clock.advance(0);
    };
    await changed({ severity: 'CRITICAL' });
    await until(world, () => insights(world).some((one) => leading(one).situation.severity === 'CRITICAL'));
    await changed({ threshold: 500 });
    await until(world, () => open(world).length === 0);
    expect(insights(world)).toHaveLength(1);
  });

  test('is over once its rule is gone', async () => {
    const world = await start();
    await sendHours(world, rising(200));
    const dashboard = await withRule(world, above);
    await until(world, () => open(world).length > 0);
    await world.engine.editing(ann).update('ann', dashboard.id, { isActive: false }, null);
    await until(world, () => open(world).length === 0);
    expect(insights(world)).toHaveLength(1);
  });

  test('is the same after a restart', async () => {
    const folder = tempFolder();
    onTestFinished(() => folder.remove());
    const clock = new FakeClock();
    const file = path.join(folder.path, 'data.db');
    const before = await start({ file, clock });
    await sendHours(before, rising(200));
    await withRule(before, above);
    await until(before, () => open(before).length > 0);
    const [insight] = open(before);
    await before.engine.stop();
    const after = await start({ file, clock });
    expect(open(after).map(({ id }) => id)).toEqual([insight?.id]);
    await until(after, () => after.engine.kpiForecasts.at(firstWidget(after), clock.now()) !== null);
    expect(insights(after).map(({ id }) => id)).toEqual([insight?.id]);
    expect(open(after)).toHaveLength(1);
  });
});

/** End of the last hour that the latest forecast was made from; undefined: there is none yet. */
function forecastFrom(world: EngineWorld): number | undefined {
  // A time before the forecast stands for its beginning.
  return world.engine.kpiForecasts.at(firstWidget(world), 0)?.version;
}

function firstWidget({ engine }: EngineWorld): string {
  return engine.dashboards.list()[0]?.dashboard.widgets[0]?.id ?? '';
}
