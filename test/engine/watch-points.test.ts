// Subscriptions to points as the API opens them.
import { describe, expect, test } from 'vitest';
import type { WatchPointsInput } from '../../src/engine/watch-points.ts';
import { somePoint, somePoints } from '../support/batches.ts';
import { ann, startWorld } from './engine-world.ts';

const input: WatchPointsInput = {
  entityType: 'orders',
  serviceId: null,
  filters: null,
  where: null,
  frequency: 'EVERY_POINT',
  after: null,
  last: null,
  heartbeat: null,
};

test('a cursor goes on where it was, through what came since to what comes', async () => {
  const { engine, send } = await startWorld();
  await send(somePoints(3));
  const feed = engine.watchPoints(ann, { ...input, after: engine.cursorOf('orders', 2) });
  const first = await feed.next();
  expect(first.value?.points.map(({ data }) => data['n'])).toEqual([2]);
  const next = feed.next();
  await send(somePoints(2, 3));
  expect((await next).value?.points.map(({ data }) => data['n'])).toEqual([3, 4]);
  await engine.stop();
});

test('filters and conditions hold together, and what is delivered is counted', async () => {
  const { engine, send } = await startWorld();
  const feed = engine.watchPoints(ann, {
    ...input,
    serviceId: 'web',
    filters: [{ field: 'n', op: 'GT', values: [2] }],
    where: { not: { field: 'n', op: 'EQ', values: [4] } },
    last: 10,
  });
  await send([...somePoints(6), somePoint(5, 'app')]);
  expect((await feed.next()).value?.points.map(({ data }) => data['n'])).toEqual([3, 5]);
  expect(engine.status().performance.deliveredMessages).toBe(1);
  await engine.stop();
});

describe('what cannot be subscribed to', () => {
  test.each<[Partial<WatchPointsInput>, string]>([
    [{ entityType: '' }, 'entityType'],
    [{ filters: [{ field: '', op: 'EQ', values: [1] }] }, 'filters.0.field'],
    [{ where: {} }, 'where'],
    [{ last: -1 }, 'last'],
    [{ last: 1001 }, 'last'],
    [{ heartbeat: { size: 0, unit: 'SECOND' } }, 'heartbeat'],
    [{ heartbeat: { size: 2, unit: 'HOUR' } }, 'heartbeat'],
  ])('%j is an issue, and leaves nothing behind', async (asked, path) => {
    const { engine, clock } = await startWorld();
    const before = clock.timers;
    expect(() => engine.watchPoints(ann, { ...input, ...asked })).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', issues: [expect.objectContaining({ path: path.split('.') })] }),
    );
    expect([engine.status().subscriptions, clock.timers]).toEqual([0, before]);
    await engine.stop();
  });

  test('is a place and a number of points at once, or a cursor that is none of this log or past its end', async () => {
    const { engine, send } = await startWorld();
    const other = await startWorld();
    await send(somePoints(1));
    await other.send(somePoints(1));
    const cursor = engine.cursorOf('orders', 1);
    for (const asked of [
      { after: cursor, last: 5 },
      { after: 'nonsense' },
      { after: other.engine.cursorOf('orders', 1) },
      { after: engine.cursorOf('orders', 2) },
    ]) {
      expect(() => engine.watchPoints(ann, { ...input, ...asked })).toThrow(
        expect.objectContaining({ code: 'BAD_USER_INPUT' }),
      );
    }
    await Promise.all([engine.stop(), other.engine.stop()]);
  });
});
