// What the engine does for itself: saving its state, letting old points go.
import { describe, expect, test } from 'vitest';
import { somePoint, somePoints } from '../support/batches.ts';
import { ann, startWorld } from './engine-world.ts';

const dayMs = 86_400_000;

describe('the state', () => {
  test('is saved every ten seconds where points have come, and at the end', async () => {
    const { engine, clock, storage, send } = await startWorld();
    const savedAt = async () => (await storage.store.loadState('catalogue'))?.offset;
    await send(somePoints(3));
    await clock.advance(9999);
    expect(await savedAt()).toBeUndefined();
    await clock.advance(1);
    expect(await savedAt()).toBe(3);
    await send(somePoints(2));
    await engine.stop();
    expect(await savedAt()).toBe(5);
  });

  test('is not written again where nothing has come', async () => {
    const { engine, clock, storage, send } = await startWorld();
    const commits: string[] = [];
    const commit = storage.store.commit.bind(storage.store);
    storage.store.commit = (lease, changes) => {
      commits.push(...changes.flatMap((change) => (change.kind === 'state' ? [change.name] : [])));
      return commit(lease, changes);
    };
    await send([somePoint()]);
    await clock.advance(600_000);
    expect(commits).toEqual(['catalogue', 'insights/1', 'insights']);
    await engine.stop();
  });

  test('is tried again where saving it failed', async () => {
    const { engine, clock, storage, logger, send } = await startWorld();
    const commit = storage.store.commit.bind(storage.store);
    storage.store.commit = () => Promise.reject(new Error('no room'));
    await send([somePoint()]);
    await clock.advance(10_000);
    expect(logger.messages).toEqual(['error: saving its state failed; the engine tries again later']);
    expect(engine.counters.unforeseen).toBe(1);
    storage.store.commit = commit;
    await clock.advance(10_000);
    expect((await storage.store.loadState('catalogue'))?.offset).toBe(1);
    await engine.stop();
  });
});

describe('points older than the retention', () => {
  test('go within a minute, and series of which nothing is left with them', async () => {
    const { engine, clock, storage, send, logger } = await startWorld({ retentionMs: dayMs });
    await send([...somePoints(2), somePoint(1, 'old')]);
    clock.pass(dayMs / 2);
    await send(somePoints(1));
    clock.pass(dayMs / 2);
    await clock.advance(60_000);
    expect([storage.log.floor(0), storage.log.head(0)]).toEqual([4, 4]);
    expect(engine.series(ann, null, null)).toMatchObject([{ serviceId: 'web', pointCount: 3 }]);
    expect(logger.messages).toEqual(['info: let points go that were older than the retention']);
    await engine.stop();
  });

  test('are not there for a series though the log had let them go before', async () => {
    const { engine, clock, storage, send, logger } = await startWorld({ retentionMs: dayMs });
    await send([somePoint(1, 'old')]);
    clock.pass(dayMs);
    await clock.advance(1000);
    await storage.log.trim(clock.now());
    await clock.advance(60_000);
    expect([engine.series(ann, null, null), logger.messages]).toEqual([[], []]);
    await engine.stop();
  });
});
