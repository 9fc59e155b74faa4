// The engine under a wall clock that is wrong: what was seen to go wrong once must not again.
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { PointsQuery } from '../../src/engine/point-pages.ts';
import { everyPoint } from '../../src/points/condition.ts';
import type { PointInput } from '../../src/points/point.ts';
import { queryInput, widgetInput } from '../dashboards/inputs.ts';
import { somePoint, somePoints } from '../support/batches.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { ann, type EngineWorld, startWorld, viewer } from './engine-world.ts';

const secondMs = 1000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const yearMs = 365 * dayMs;
const sum = { function: 'SUM', field: 'amount' } as const;

async function start(options: { file?: string; clock?: FakeClock } = {}): Promise<EngineWorld> {
  const world = await startWorld({}, options);
  onTestFinished(() => world.engine.stop());
  return world;
}

function step({ clock }: EngineWorld, ms: number): void {
  clock.setNow(clock.now() + ms);
}

/** At a time that may be another than what the machine's clock shows. */
function order(time: number, amount = 1): PointInput {
  return { entityType: 'orders', serviceId: 'web', timestamp: new Date(time).toISOString(), data: { amount } };
}

function allOf(entityType: string): PointsQuery {
  const none = { serviceId: null, from: null, to: null, after: null, last: null, before: null };
  return { entityType, filter: everyPoint, first: 9, ...none };
}

async function revenue({ engine }: EngineWorld): Promise<number | null> {
  return (await engine.kpis.value(ann, queryInput({ aggregation: sum }))).value.value;
}

describe('a clock that is wrong for a while', () => {
  test.each([40 * dayMs, 10 * yearMs])('by %d ms deletes nothing', async (ms) => {
    const world = await start();
    await world.send(somePoints(3));
    step(world, ms);
    await world.clock.advance(70 * secondMs);
    step(world, -ms);
    await world.clock.advance(3 * 60 * secondMs);
    expect(world.storage.log.floor(0)).toBe(1);
    expect(world.engine.series(ann, null, null)).toHaveLength(1);
  });

  test('also where it stays wrong for days, and over a restart', async () => {
    const folder = tempFolder();
    const options = { file: path.join(folder.path, 'store.db'), clock: new FakeClock() };
    const before = await startWorld({}, options);
    await before.send(somePoints(3));
    step(before, 10 * yearMs);
    await before.clock.advance(700 * secondMs);
    expect(before.engine.now()).toBe(before.clock.now());
    await before.engine.stop();
    const world = await start(options);
    world.clock.pass(2 * dayMs);
    await world.clock.advance(120 * secondMs);
    expect(world.storage.log.floor(0)).toBe(1);
  });

  test('does not stop points from counting in live windows', async () => {
    const world = await start();
    const { clock } = world;
    step(world, 10 * yearMs);
    await clock.advance(30 * secondMs);
    await world.send([somePoint(1), order(clock.now() - 10 * yearMs, 5)]);
    step(world, -10 * yearMs);
    await clock.advance(secondMs);
    await world.send([order(clock.now(), 7)]);
    await clock.advance(secondMs);
    expect(await revenue(world)).toBe(12);
    expect(world.points.every(({ timestamp }) => Math.abs(timestamp - clock.now()) < 60 * secondMs)).toBe(true);
  });

  test.each([hourMs, -hourMs])('by %d ms lets windows slide, alerts be, and correct producers in', async (ms) => {
    const world = await start();
    const { clock } = world;
    await world.engine.createDashboard(ann, {
      name: 'Shop',
      widgets: [
        widgetInput('Revenue', {
          query: queryInput({ aggregation: sum }),
          alerts: [{ condition: 'BELOW', threshold: 1, for: { size: 5, unit: 'SECOND' } }],
        }),
      ],
    });
    await world.send([order(clock.now())]);
    for (let second = 0; second < 40; second += 1) {
      if (second === 10) step(world, ms);
      if (second === 20) step(world, -ms);
      const right = second >= 10 && second < 20 ? clock.now() - ms : clock.now();
      const { rejected } = await world.engine.ingest(ann, [order(right)], null);
      expect(rejected).toEqual([]);
      await clock.advance(secondMs);
      expect(world.engine.status().alertsFiring).toBe(0);
    }
    expect(await revenue(world)).toBe(41);
  });

  test('makes no point key be accepted twice', async () => {
    const world = await start();
    const keyed = { ...somePoint(), key: 'k' };
    await world.send([keyed]);
    for (const ms of [25 * hourMs, -50 * hourMs, 10 * yearMs]) {
      step(world, ms);
      await world.clock.advance(800 * secondMs);
      expect((await world.engine.ingest(ann, [keyed], null)).duplicates).toBe(1);
    }
  });

  test('is warned of when it is stepped, when that is taken over, and when it is right again', async () => {
    const world = await start();
    const warnings = () => world.logger.messages.filter((text) => text.includes('clock'));
    step(world, hourMs);
    await world.clock.advance(5 * secondMs);
    step(world, -hourMs);
    await world.clock.advance(5 * secondMs);
    step(world, -hourMs);
    await world.clock.advance(700 * secondMs);
    expect(warnings()).toEqual([
      expect.stringMatching(/^warn: the wall clock was stepped, which is not believed until .*: set the clock right/),
      'warn: the wall clock shows the believed time again',
      expect.stringMatching(/^warn: the wall clock was stepped/),
      'warn: the step of the wall clock is taken over; until the wall clock has caught up, time runs at half its rate',
    ]);
  });
});

test('points that came while the time was in doubt count in windows that were there, and are filled from the log', async () => {
  const world = await start();
  const { clock } = world;
  const query = queryInput({ aggregation: sum, timeWindow: { size: 10, unit: 'MINUTE' } });
  const watch = world.engine.watchKpi(ann, { query, every: null, history: null });
  expect((await watch.next()).value).toBeDefined();
  step(world, 3 * hourMs);
  for (let second = 0; second < 650; second += 10) {
    await world.send([order(clock.now())]);
    await clock.advance(10 * secondMs);
  }
  expect(world.engine.now()).toBe(clock.now());
  expect((await world.engine.kpis.value(ann, query)).value.value).toBe(59);
  await watch.return?.();
});

describe('a store whose newest arrival lies in the future', () => {
  test('opens, serves by the wall clock, and keeps the times of points that brought none', async () => {
    const folder = tempFolder();
    const right = Date.UTC(2026, 10, 24, 12);
    const options = { file: path.join(folder.path, 'store.db'), clock: new FakeClock(right + 10 * yearMs) };
    const before = await startWorld({}, options);
    await before.send(somePoints(1));
    await before.engine.stop();
    options.clock.setNow(right);
    let world = await startWorld({}, options);
    expect(world.logger.messages[0]).toMatch(/^warn: the newest stored point arrived in the future/);
    const { entityType, serviceId, data } = order(0, 3);
    await world.send([
      { entityType, serviceId, data },
      { entityType, serviceId, data, timestamp: null },
    ]);
    await world.engine.ingestLines(ann, Buffer.from(`${JSON.stringify({ entityType, serviceId, data })} \n`), null);
    await world.clock.advance(secondMs);
    expect(await revenue(world)).toBe(9);
    const times = world.points.map(({ timestamp }) => timestamp);
    expect(times).toEqual([right, right, right]);
    expect(world.points.every(({ receivedAt }) => receivedAt >= right + 10 * yearMs)).toBe(true);
    expect(world.engine.status().clock.newestArrivalAheadSeconds).toBeGreaterThan(9 * 365 * 86_400);
    await world.engine.stop();
    world = await start(options);
    const { points } = await world.engine.points(ann, allOf(entityType));
    expect(points.slice(-3).map(({ point }) => point.timestamp)).toEqual(times);
    expect(await revenue(world)).toBe(9);
  });
});

describe('the step', () => {
  test('is taken over at once by who may administer the server, and by nobody else', async () => {
    const world = await start();
    step(world, hourMs);
    await world.clock.advance(secondMs);
    expect(world.engine.status().clock).toMatchObject({ isStepped: true, aheadSeconds: -3600 });
    expect(() => world.engine.acceptClock(ann)).toThrow(/^you may not administer this server; only clients on/);
    const taken = world.engine.acceptClock(viewer({ administer: true }));
    expect(taken).toMatchObject({ isStepped: false, aheadSeconds: 0, now: world.clock.now() });
    expect(taken.deletionTime).toBe(world.clock.now());
  });
});
