// Alerts in the engine: rules of dashboards over their windows, on a clock that a test moves.
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { StoredAlert } from '../../src/alerts/alert.ts';
import type { AlertRuleInput } from '../../src/alerts/rule.ts';
import type { PointInput } from '../../src/points/point.ts';
import type { WindowQueryInput } from '../../src/windows/window-query.ts';
import { queryInput, widgetInput } from '../dashboards/inputs.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { ann, type EngineWorld, startWorld } from './engine-world.ts';

const sum = { function: 'SUM', field: 'amount' } as const;
const minute = { size: 1, unit: 'MINUTE' } as const;
const tenSeconds = { size: 10, unit: 'SECOND' } as const;
const high: AlertRuleInput = { condition: 'ABOVE', threshold: 100 };

function order(clock: FakeClock, amount: number, asked: Partial<PointInput> = {}): PointInput {
  const timestamp = new Date(clock.now()).toISOString();
  return { entityType: 'orders', serviceId: 'web', timestamp, data: { amount }, ...asked };
}

async function withRules(
  world: EngineWorld,
  alerts: readonly AlertRuleInput[],
  query: Partial<WindowQueryInput> = { aggregation: sum },
) {
  const { dashboard } = await world.engine.createDashboard(ann, {
    name: 'Shop',
    widgets: [widgetInput('Revenue', { query: queryInput(query), alerts })],
  });
  await world.clock.advance(0);
  return dashboard;
}

/** Every change of state from now on, as text. */
async function watched(world: EngineWorld, after: string | null = null): Promise<string[]> {
  const changes: string[] = [];
  const watch = await world.engine.watchAlerts(ann, null, after);
  (async () => {
    for await (const alert of watch) changes.push(textOf(alert));
  })();
  await world.clock.advance(0);
  return changes;
}

function textOf({ group, state, value }: StoredAlert): string {
  const name = group.map((part) => part.value).join('/');
  return `${name === '' ? '' : `${name} `}${state} ${value}`;
}

async function start(options: { file?: string; clock?: FakeClock } = {}): Promise<EngineWorld> {
  const world = await startWorld({}, options);
  onTestFinished(() => world.engine.stop());
  return world;
}

describe('a rule', () => {
  test('fires when its condition holds, resolves when it does not, and each change is told', async () => {
    const world = await start();
    const { id, widgets } = await withRules(world, [high]);
    const changes = await watched(world);
    await world.clock.advance(5000);
    expect(changes).toEqual([]);
    await world.send([order(world.clock, 150)]);
    await world.clock.advance(1000);
    expect([changes, world.engine.status().alertsFiring]).toEqual([['FIRING 150'], 1]);
    const [alert] = world.engine.alerts.ofWidget(ann, id, widgets[0]?.id ?? '');
    expect(alert).toMatchObject({ state: 'FIRING', value: 150, resolvedAt: null, rule: { threshold: 100 } });
    await world.clock.advance(61_000);
    expect(changes).toEqual(['FIRING 150', 'INACTIVE null']);
    expect(world.engine.status().alertsFiring).toBe(0);
  });

  test('waits for as long as it says before it fires, and before it resolves', async () => {
    const world = await start();
    await withRules(world, [{ ...high, for: tenSeconds, keepFiringFor: minute }], {
      aggregation: { function: 'LAST', field: 'amount' },
    });
    const changes = await watched(world);
    await world.send([order(world.clock, 150)]);
    await world.clock.advance(10_999);
    expect(changes).toEqual(['PENDING 150']);
    await world.clock.advance(1);
    expect(changes).toEqual(['PENDING 150', 'FIRING 150']);
    for (const amount of [50, 150, 50]) {
      await world.send([order(world.clock, amount)]);
      await world.clock.advance(20_000);
    }
    expect(changes).toEqual(['PENDING 150', 'FIRING 150']);
    await world.clock.advance(42_000);
    expect(changes.map((text) => text.split(' ')[0])).toEqual(['PENDING', 'FIRING', 'INACTIVE']);
  });

  test('looks at every group, also at those that the widget does not show', async () => {
    const world = await start();
    await withRules(world, [high], { aggregation: sum, groupBy: ['serviceId'], top: 1 });
    const changes = await watched(world);
    await world.send([
      order(world.clock, 500),
      order(world.clock, 200, { serviceId: 'app' }),
      order(world.clock, 5, { serviceId: 'desk' }),
    ]);
    await world.clock.advance(1000);
    expect(changes).toEqual(['web FIRING 500', 'app FIRING 200']);
  });

  test('on a formula looks at its value', async () => {
    const world = await start();
    await withRules(world, [{ condition: 'ABOVE', threshold: 40 }], {
      aggregation: null,
      formula: '100 * large / all',
      operands: [
        { name: 'large', aggregation: { function: 'COUNT' }, filters: [{ field: 'amount', op: 'GT', values: [10] }] },
        { name: 'all', aggregation: { function: 'COUNT' } },
      ],
    });
    const changes = await watched(world);
    await world.send([5, 6, 7].map((amount) => order(world.clock, amount)));
    await world.clock.advance(1000);
    expect(changes).toEqual([]);
    await world.send([11, 12, 13].map((amount) => order(world.clock, amount)));
    await world.clock.advance(1000);
    expect(changes).toEqual(['FIRING 50']);
  });

  test('that asks for it fires where there is no data, also of a group that had some', async () => {
    const world = await start();
    await withRules(world, [{ ...high, onNoData: true }], { aggregation: sum, groupBy: ['serviceId'] });
    const changes = await watched(world);
    await world.send([order(world.clock, 5)]);
    await world.clock.advance(62_000);
    expect(changes).toEqual(['web NO_DATA null']);
    await world.send([order(world.clock, 500)]);
    await world.clock.advance(62_000);
    expect(changes.slice(1)).toEqual(['web FIRING 500', 'web NO_DATA null']);
  });
});

describe('a definition that changes', () => {
  test('keeps the state of rules that say the same, and ends those that are gone', async () => {
    const world = await start();
    const dashboard = await withRules(world, [high, { ...high, threshold: 10 }]);
    const changes = await watched(world);
    await world.send([order(world.clock, 150)]);
    await world.clock.advance(1000);
    expect(changes).toEqual(['FIRING 150', 'FIRING 150']);
    const widget = widgetInput('Revenue', {
      query: queryInput({ aggregation: sum }),
      alerts: [{ ...high, threshold: 10 }],
    });
    await world.engine.editing(ann).updateWidget('ann', dashboard.widgets[0]?.id ?? '', widget, null);
    await world.clock.advance(2000);
    expect(changes).toEqual(['FIRING 150', 'FIRING 150', 'INACTIVE 150']);
    expect(world.engine.alerts.list(ann, null).map(({ rule, state }) => [rule.threshold, state])).toEqual([
      [10, 'FIRING'],
    ]);
  });

  test('to inactive ends alerts, and back takes them up again', async () => {
    const world = await start();
    const { id } = await withRules(world, [high]);
    const changes = await watched(world);
    await world.send([order(world.clock, 150)]);
    await world.clock.advance(1000);
    await world.engine.editing(ann).update('ann', id, { isActive: false }, null);
    await world.clock.advance(5000);
    await world.engine.editing(ann).update('ann', id, { isActive: true }, null);
    await world.clock.advance(2000);
    expect(changes).toEqual(['FIRING 150', 'INACTIVE 150', 'FIRING 150']);
  });

  test('to nothing forgets alerts, once who watches has heard that they are inactive', async () => {
    const world = await start();
    const { id } = await withRules(world, [high]);
    const changes = await watched(world);
    await world.send([order(world.clock, 150)]);
    await world.clock.advance(1000);
    await world.engine.editing(ann).delete(id);
    await world.clock.advance(1000);
    expect(changes).toEqual(['FIRING 150', 'INACTIVE 150']);
    expect(world.engine.alerts.list(ann, null)).toEqual([]);
  });
});

describe('a restart', () => {
  async function restarted(seconds: number, rule: AlertRuleInput, amount: number) {
    const folder = tempFolder();
    onTestFinished(() => folder.remove());
    const file = path.join(folder.path, 'pulseql.db');
    const clock = new FakeClock();
    const first = await startWorld({}, { file, clock });
    await withRules(first, [rule]);
    const settle = async (world: EngineWorld, ms: number) => {
      for (let left = ms; left > 0; left -= 1000) {
        await clock.advance(1000);
        // The file answers in its own time: until the window is filled, and what was decided is committed.
        await world.engine.kpis.value(ann, queryInput({ aggregation: sum }));
        await world.storage.store.commit(world.storage.ownership.lease(0), []);
      }
      return world.engine.alerts.list(ann, null);
    };
    await settle(first, 1000);
    await first.send([order(clock, amount)]);
    const before = await settle(first, seconds * 1000);
    await first.engine.stop();
    const again = await startWorld({}, { file, clock });
    onTestFinished(() => again.engine.stop());
    return { before, world: again, alertsIn: (ms: number) => settle(again, ms) };
  }

  test('in PENDING goes on waiting from when it began', async () => {
    const { before, world, alertsIn } = await restarted(5, { ...high, for: tenSeconds }, 150);
    expect(before).toMatchObject([{ state: 'PENDING' }]);
    expect(world.engine.alerts.list(ann, null)).toEqual(before);
    expect(await alertsIn(3000)).toMatchObject([{ state: 'PENDING', since: before[0]?.since }]);
    expect(await alertsIn(5000)).toMatchObject([{ state: 'FIRING', firedAt: (before[0]?.since ?? 0) + 10_000 }]);
  });

  test('in FIRING goes on firing without a second alarm, and resolves', async () => {
    const { before, alertsIn } = await restarted(3, high, 150);
    expect(before).toMatchObject([{ state: 'FIRING' }]);
    expect(await alertsIn(10_000)).toEqual(before);
    const [resolved] = await alertsIn(60_000);
    expect(resolved).toMatchObject({ state: 'INACTIVE', firedAt: before[0]?.firedAt });
  });
});

test('an alert whose dashboard is switched off and on while changes are on their way is as its window says', async () => {
  const world = await start();
  const { id } = await withRules(world, [high]);
  await world.send([order(world.clock, 150)]);
  await world.clock.advance(1000);
  const [alert] = world.engine.alerts.list(ann, null) as [StoredAlert];
  const editing = world.engine.editing(ann);
  await Promise.all([
    ...Array.from({ length: 3 }, () => world.engine.alerts.acknowledge(ann, alert.id)),
    editing.update('ann', id, { isActive: false }, null),
    editing.update('ann', id, { isActive: true }, null),
  ]);
  await world.clock.advance(3000);
  expect(world.engine.alerts.list(ann, null)).toMatchObject([{ state: 'FIRING' }]);
});

test('a widget that groups otherwise ends the alerts of the groups before', async () => {
  const world = await start();
  const { widgets } = await withRules(world, [{ ...high, minCount: 1 }], { aggregation: sum, groupBy: ['serviceId'] });
  await world.send([order(world.clock, 150)]);
  await world.clock.advance(1000);
  const rules = widgets[0]?.alertRules ?? [];
  const widget = widgetInput('Revenue', { query: queryInput({ aggregation: sum }), alerts: rules });
  await world.engine.editing(ann).updateWidget('ann', widgets[0]?.id ?? '', widget, null);
  await world.clock.advance(2000);
  expect(world.engine.alerts.list(ann, null).map(({ group, state }) => [group.length, state])).toEqual([[0, 'FIRING']]);
});

describe('who watches', () => {
  test('first hears of what fires now, or of every change behind a cursor', async () => {
    const world = await start();
    await withRules(world, [high, { ...high, threshold: 1000 }]);
    await world.send([order(world.clock, 150)]);
    await world.clock.advance(1000);
    const [alert] = world.engine.alerts.list(ann, null) as [StoredAlert];
    const cursor = world.engine.alerts.cursorOf(alert);
    await world.clock.advance(62_000);
    await world.send([order(world.clock, 200)]);
    await world.clock.advance(1000);
    expect(await watched(world)).toEqual(['FIRING 200']);
    expect(await watched(world, cursor)).toEqual(['INACTIVE null', 'FIRING 200']);
    await expect(world.engine.watchAlerts(ann, null, 'nonsense')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await expect(world.engine.watchAlerts(ann, null, world.engine.cursorOf('orders', 1))).rejects.toThrow(
      'not one of alerts',
    );
  });

  test('behind a cursor so old that it has gone hears of what fires now', async () => {
    const world = await start();
    await withRules(world, [high]);
    await world.send([order(world.clock, 150)]);
    await world.clock.advance(1000);
    const cursor = world.engine.alerts.cursorOf(world.engine.alerts.list(ann, null)[0] as StoredAlert);
    await world.clock.advance(62_000);
    for (const amount of [200, 300]) {
      await world.send([order(world.clock, amount)]);
      await world.clock.advance(62_000);
    }
    await world.engine.alerts.trim(world.clock.now() + 1);
    await world.send([order(world.clock, 400)]);
    await world.clock.advance(1000);
    expect(await watched(world, cursor)).toEqual(['FIRING 400']);
  });

  test('sees and acknowledges only what he may read', async () => {
    const world = await start();
    await withRules(world, [high]);
    await world.send([order(world.clock, 150)]);
    await world.clock.advance(1000);
    const guest = { id: 'guest', rights: { read: ['visits'], ingest: false, edit: false } };
    const [alert] = world.engine.alerts.list(ann, null) as [StoredAlert];
    expect(world.engine.alerts.list(guest, null)).toEqual([]);
    await expect(world.engine.alerts.acknowledge(guest, alert.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await world.engine.alerts.acknowledge(ann, alert.id)).toMatchObject({
      acknowledgedBy: 'ann',
      state: 'FIRING',
    });
  });
});

const amounts = fc.array(
  fc.record({
    seconds: fc.integer({ min: 0, max: 40 }),
    ms: fc.integer({ min: 0, max: 999 }),
    amount: fc.integer({ min: 0, max: 150 }),
    serviceId: fc.constantFrom('web', 'app'),
  }),
  { maxLength: 25 },
);
const someRules: fc.Arbitrary<AlertRuleInput> = fc.record({
  on: fc.constantFrom('VALUE', 'COUNT', 'CHANGE_PERCENT'),
  condition: fc.constantFrom('ABOVE', 'BELOW'),
  threshold: fc.integer({ min: 0, max: 120 }),
  minCount: fc.constantFrom(null, 2),
  for: fc.constantFrom(null, tenSeconds),
  keepFiringFor: fc.constantFrom(null, tenSeconds),
  onNoData: fc.boolean(),
});
const someQueries: fc.Arbitrary<Partial<WindowQueryInput>> = fc.constantFrom(
  { aggregation: sum, timeWindow: { size: 30, unit: 'SECOND' } },
  { aggregation: { function: 'AVG', field: 'amount' }, timeWindow: minute },
  {
    aggregation: { function: 'MAX', field: 'amount' },
    groupBy: ['serviceId'],
    timeWindow: { size: 20, unit: 'SECOND' },
  },
);

test('a preview has the same transitions as the rule had live, on the same points', async () => {
  await fc.assert(
    fc.asyncProperty(amounts, someRules, someQueries, async (sent, rule, query) => {
      const world = await startWorld();
      try {
        const from = world.clock.now();
        const { widgets } = await withRules(world, [rule], query);
        const live: string[] = [];
        const watch = await world.engine.watchAlerts(ann, null, null);
        (async () => {
          for await (const alert of watch) live.push(`${alert.since} ${textOf(alert)}`);
        })();
        for (const { seconds, ms, amount, serviceId } of sent) {
          await world.clock.advance(seconds * 1000 + ms);
          // What comes in the very moment of a look is seen by the next one.
          if (world.clock.now() % 1000 === 0) await world.clock.advance(1);
          await world.send([order(world.clock, amount, { serviceId })]);
        }
        await world.clock.advance(90_000);
        const to = world.clock.now();
        const preview = await world.engine.alerts.preview(ann, { query: queryInput(query), rule, from: from + 1, to });
        const previewed = preview.transitions.map(({ at, group, to: state, value }) => {
          const name = group.map((part) => part.value).join('/');
          return `${at} ${name === '' ? '' : `${name} `}${state} ${value}`;
        });
        expect(widgets).toHaveLength(1);
        expect([preview.truncated, previewed.sort()]).toEqual([null, live.sort()]);
      } finally {
        await world.engine.stop();
      }
    }),
    { numRuns: 60 },
  );
});

test('a preview counts firings and their seconds, and says where it is cut short', async () => {
  const world = await startWorld({ maxScanned: 5 });
  onTestFinished(() => world.engine.stop());
  const from = world.clock.now();
  for (let i = 0; i < 8; i += 1) {
    await world.send([order(world.clock, i % 2 === 0 ? 150 : 1)]);
    await world.clock.advance(120_000);
  }
  const query = queryInput({ aggregation: sum });
  const whole = await world.engine.alerts.preview(ann, { query, rule: high, from, to: from + 300_000 });
  expect(whole).toMatchObject({ firings: 2, truncated: null });
  expect(whole.firingSeconds).toBeGreaterThan(118);
  expect(whole.firingSeconds).toBeLessThan(124);
  const cut = await world.engine.alerts.preview(ann, { query, rule: high, from, to: null });
  expect(cut.truncated).toMatch(/^only from .*: more than \d+ stored points, 5 that pass/);
  // What is left is the newest: it ends with the last firing.
  const all = await world.engine.alerts.preview(ann, {
    query,
    rule: high,
    from: world.clock.now() - 301_000,
    to: null,
  });
  expect(all.truncated).toBeNull();
  expect(cut.firings).toBeGreaterThan(0);
  expect(cut.transitions.at(-1)).toEqual(all.transitions.at(-1));
  await expect(
    world.engine.alerts.preview(ann, { query, rule: high, from: world.clock.now() + 1, to: null }),
  ).rejects.toThrow('must be before to');
});

test('what a preview holds counts as memory of windows: past it LIMIT_EXCEEDED, and nothing once it has ended', async () => {
  const maxTotalWindowBytes = 200_000;
  const world = await startWorld({ maxTotalWindowBytes });
  onTestFinished(() => world.engine.stop());
  const from = world.clock.now();
  const data = (n: number) => ({ amount: 1, customer: `${n}`.repeat(100) });
  const send = () => world.send(Array.from({ length: 500 }, (_, n) => order(world.clock, n, { data: data(n) })));
  for (let i = 0; i < 4; i += 1) {
    await world.clock.advance(10_000);
    await send();
  }
  const preview = (groupBy: string[], since: number) =>
    world.engine.alerts.preview(ann, {
      query: queryInput({ aggregation: sum, groupBy }),
      rule: high,
      from: since,
      to: null,
    });
  await expect(preview(['customer'], from)).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
    limit: maxTotalWindowBytes,
  });
  await world.clock.advance(600_000);
  await send();
  expect((await preview([], world.clock.now() - 1000)).firings).toBe(1);
});
