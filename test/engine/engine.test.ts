// The engine as a whole: it starts, and when it stops nothing is left.
import { describe, expect, test } from 'vitest';
import type { LiveIterator } from '../../src/base/live-iterator.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { openMemoryStore } from '../../src/store/memory-store.ts';
import { somePoint, somePoints } from '../support/batches.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ann, startWorld } from './engine-world.ts';

const query = {
  entityType: 'orders',
  aggregation: { function: 'COUNT' },
  timeWindow: { size: 1, unit: 'MINUTE' },
} as const;
const points = {
  entityType: 'orders',
  serviceId: null,
  filters: null,
  where: null,
  after: null,
  last: null,
  heartbeat: null,
};
const second = { size: 1, unit: 'SECOND' } as const;

/** One subscription of each kind, with all timers that it can have. */
async function subscribe(engine: Engine): Promise<LiveIterator<unknown>[]> {
  const widgets = [{ name: 'w', type: 'NUMBER' as const, query }];
  const { dashboard } = await engine.createDashboard(ann, { name: 'a', widgets });
  return [
    engine.watchPoints(ann, { ...points, frequency: 'LOW', heartbeat: second }),
    engine.watchPoints(ann, { ...points, frequency: 'EVERY_POINT', last: 10, heartbeat: second }),
    engine.watchKpi(ann, { query, every: null, history: 10 }),
    engine.watchDashboard(dashboard.id, null, null),
    engine.watchStatus(second),
  ];
}

describe('stop()', () => {
  test('ends every subscription whose reader waits, and leaves no timer', async () => {
    const { engine, clock, send } = await startWorld();
    const iterators = await subscribe(engine);
    const readings = iterators.map(async (iterator) => {
      let updates = 0;
      for await (const _ of iterator) updates += 1;
      return updates;
    });
    await send(somePoints(3));
    await send(somePoints(3));
    await clock.advance(1000);
    engine.simulate(ann, { entityType: 'orders', serviceId: 'sim', count: 1000, interval: null });
    expect([engine.status().subscriptions, clock.timers > 3]).toEqual([5, true]);
    await engine.stop();
    for (const updates of await Promise.all(readings)) expect(updates).toBeGreaterThan(0);
    expect([clock.timers, engine.status().subscriptions]).toEqual([0, 0]);
  });

  test('ends those too whose reader is away, and leaves no timer of theirs', async () => {
    const { engine, clock, send } = await startWorld();
    const before = clock.timers;
    const iterators = await subscribe(engine);
    await send(somePoints(3));
    for (const iterator of iterators) await iterator.next();
    await send(somePoints(3));
    expect(clock.timers - before).toBe(3);
    await engine.stop();
    expect([clock.timers, engine.status().subscriptions]).toEqual([0, 0]);
    for (const iterator of iterators) expect(await iterator.next()).toEqual({ value: undefined, done: true });
  });

  test('waits until the store is closed, also where it is called again meanwhile', async () => {
    const clock = new FakeClock();
    const storage = openMemoryStore({ clock, maxBytes: 1e6 });
    let isClosed = false;
    const close = async () => {
      await storage.close();
      isClosed = true;
    };
    const { engine } = await startWorld({}, { clock, storage: { ...storage, close } });
    const stopping = engine.stop();
    await engine.stop();
    expect(isClosed).toBe(true);
    await stopping;
  });

  test('is the end: nothing is taken or started afterwards, and what is opened is done', async () => {
    const { engine, clock } = await startWorld();
    const { dashboard } = await engine.createDashboard(ann, { name: 'a', widgets: [] });
    await engine.stop();
    expect(engine.isReady).toBe(false);
    const stopped = expect.objectContaining({ code: 'STOPPED' });
    await expect(engine.ingest(ann, [somePoint()], null)).rejects.toEqual(stopped);
    await expect(engine.ingestLines(ann, Buffer.from('{}'), null)).rejects.toEqual(stopped);
    await expect(engine.ingestOwn([somePoint()])).rejects.toEqual(stopped);
    expect(() => engine.simulate(ann, { entityType: 'a', serviceId: 'b', count: 5, interval: null })).toThrow(stopped);
    for (const iterator of [
      engine.watchPoints(ann, { ...points, frequency: 'LOW', heartbeat: second }),
      engine.watchKpi(ann, { query, every: null, history: null }),
      engine.watchDashboard(dashboard.id, null, null),
      engine.watchStatus(null),
    ]) {
      expect(await iterator.next()).toEqual({ value: undefined, done: true });
    }
    await clock.advance(0);
    expect([clock.timers, engine.status().subscriptions]).toEqual([0, 0]);
  });
});

test('a reader who leaves leaves no timer and no subscription', async () => {
  const { engine, clock, send } = await startWorld();
  const before = clock.timers;
  const iterators = await subscribe(engine);
  await send(somePoints(3));
  await send(somePoints(3));
  for (const iterator of iterators.slice(2)) await iterator.next();
  for (const iterator of iterators) await iterator.return();
  expect([clock.timers, engine.status().subscriptions]).toEqual([before, 0]);
  await engine.stop();
});

test('a mark that is written while another is on its way is there afterwards', async () => {
  const { engine } = await startWorld();
  await engine.writeMark('demo', { state: 'filling' });
  await Promise.all(['running', 'ended'].map((state) => engine.writeMark('demo', { state })));
  expect(await engine.readMark('demo')).toEqual({ state: 'ended' });
  await engine.stop();
});

test('marks are notes that the process finds again', async () => {
  const { engine } = await startWorld();
  expect(await engine.readMark('demo')).toBeUndefined();
  await engine.writeMark('demo', { state: 'running' });
  await engine.writeMark('demo', { state: 'ended' });
  expect(await engine.readMark('demo')).toEqual({ state: 'ended' });
  await engine.stop();
});
