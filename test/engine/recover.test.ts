// After a restart: what the engine knew, from the saved state and the log.
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openMemoryStore } from '../../src/store/memory-store.ts';
import { somePoint, somePoints } from '../support/batches.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { ann, type EngineWorld, startWorld } from './engine-world.ts';

const query = {
  entityType: 'orders',
  aggregation: { function: 'SUM', field: 'n' },
  timeWindow: { size: 1, unit: 'HOUR' },
} as const;

/** What must be the same after a restart. */
async function knowledge({ engine }: EngineWorld) {
  const { value, count } = (await engine.kpis.value(ann, query)).value;
  return { series: engine.series(ann, null, null), value, count, dashboards: engine.dashboards.list() };
}

describe('over a file', () => {
  test('after a stop, and after a crash, all is as it was: what the saved state lacks is read from the log', async () => {
    const folder = tempFolder();
    onTestFinished(() => folder.remove());
    const options = { file: path.join(folder.path, 'pulseql.db'), clock: new FakeClock() };
    const first = await startWorld({}, options);
    await first.send([...somePoints(600), somePoint(1, 'app'), { ...somePoint(2), data: { deep: { b: true } } }]);
    await first.engine.createDashboard(ann, { name: 'Shop', widgets: [] });
    const stopped = await knowledge(first);
    await first.engine.stop();

    const second = await startWorld({}, options);
    expect(await knowledge(second)).toEqual(stopped);
    expect((await second.storage.store.loadState('catalogue'))?.offset).toBe(602);
    await second.send([...somePoints(700, 600), somePoint(3, 'new')]);
    const crashed = await knowledge(second);
    // The store is closed without the engine having saved anything.
    expect((await second.storage.store.loadState('catalogue'))?.offset).toBe(602);
    await second.storage.close();

    const third = await startWorld({}, options);
    expect(await knowledge(third)).toEqual(crashed);
    expect(crashed.series.map(({ serviceId, pointCount }) => [serviceId, pointCount])).toEqual([
      ['app', 1],
      ['new', 1],
      ['web', 1301],
    ]);
    expect(third.engine.counters.processed).toBe(0);
    await third.engine.stop();
  });
});

describe('over a store in memory', () => {
  /** An engine that is left as it is, and another one over the same store. */
  async function restarted(before: EngineWorld): Promise<EngineWorld> {
    return startWorld({}, { clock: before.clock, storage: before.storage });
  }

  async function fivePoints(): Promise<EngineWorld> {
    const clock = new FakeClock();
    const before = await startWorld({}, { clock, storage: openMemoryStore({ clock, maxBytes: 1e9 }) });
    await before.send(somePoints(5));
    return before;
  }

  test('a crash before anything was saved loses nothing', async () => {
    const before = await fivePoints();
    expect(await knowledge(await restarted(before))).toEqual(await knowledge(before));
  });

  test('the saved state is used, and only the points behind it are noted', async () => {
    const before = await fivePoints();
    await save(before, {});
    expect((await knowledge(await restarted(before))).series).toMatchObject([{ pointCount: 2 }]);
  });

  test.each([
    ['of another format', { format: 99 }, 0],
    ['ahead of the log', { offset: 6 }, 0],
    ['that cannot be read', { bytes: Buffer.from('[{"number":1,"fields":[]},{"number":2,"fields":5}]') }, 1],
  ])('a saved state %s is computed again from the log', async (_, change, warnings) => {
    const before = await fivePoints();
    await save(before, change);
    const after = await restarted(before);
    expect(await knowledge(after)).toEqual(await knowledge(before));
    expect(after.logger.messages.filter((message) => message.startsWith('warn'))).toHaveLength(warnings);
  });

  async function save({ storage }: EngineWorld, change: { format?: number; offset?: number; bytes?: Uint8Array }) {
    const state = { name: 'catalogue', partition: 0, offset: 3, epoch: 1, format: 1, bytes: Buffer.from('[]') };
    await storage.store.commit(storage.ownership.lease(0), [{ kind: 'state', ...state, ...change }]);
  }

  test('what is replayed wakes nobody and is not counted as processed', async () => {
    const after = await restarted(await fivePoints());
    const feed = after.engine.watchPoints(ann, {
      entityType: 'orders',
      serviceId: null,
      filters: null,
      where: null,
      frequency: 'EVERY_POINT',
      after: null,
      last: null,
      heartbeat: null,
    });
    const next = feed.next();
    expect(after.engine.counters.processed).toBe(0);
    await after.send([somePoint(5)]);
    expect((await next).value?.points.map(({ data }) => data['n'])).toEqual([5]);
    expect(after.engine.counters.processed).toBe(1);
  });
});
