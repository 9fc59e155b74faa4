// Which feeds a point is offered to.
import { expect, test } from 'vitest';
import type { Feed } from '../../src/feeds/feed.ts';
import { somePoint } from '../support/batches.ts';
import { FeedWorld } from './feed-world.ts';

test('a feed that comes or goes between two points of one series is seen at once', async () => {
  const world = new FeedWorld();
  const first = world.open({ frequency: 'EVERY_POINT' }).readAll();
  await world.append([somePoint(1)]);
  const second = world.open({ frequency: 'EVERY_POINT' }).readAll();
  await world.append([somePoint(2)]);
  await first.feed.iterator.return();
  await world.append([somePoint(3)]);
  expect([first.numbers, second.numbers]).toEqual([
    [[1], [2]],
    [[2], [3]],
  ]);
});

test('the size is that of the feeds that are live, and leaving twice is leaving once', async () => {
  const world = new FeedWorld();
  const readers = [1, 2].map(() => world.open({ frequency: 'LOW' }));
  const replaying = world.open({ frequency: 'LOW', after: 0 });
  await world.append([somePoint(1)]);
  expect(world.index.size).toBe(2);
  const leave = world.index.add(replaying.feed);
  leave();
  leave();
  expect(world.index.size).toBe(2);
  for (const reader of [...readers, replaying]) await reader.feed.iterator.return();
  expect(world.index.size).toBe(0);
});

test('a feed of a service that has no point yet gets its first', async () => {
  const world = new FeedWorld();
  const reader = world.open({ frequency: 'EVERY_POINT', serviceId: 'later' }).readAll();
  await world.append([somePoint(1), somePoint(2, 'later'), somePoint(3, 'other')]);
  expect(reader.numbers).toEqual([[2]]);
});

test('a feed that has left is offered nothing more', async () => {
  const world = new FeedWorld();
  const [left, stays] = [world.open({ frequency: 'EVERY_POINT' }), world.open({ frequency: 'EVERY_POINT' })];
  await world.append([somePoint(1)]);
  await left.feed.iterator.return();
  const woken = new Set<Feed>();
  for (const point of world.points) world.index.offer(point, woken);
  expect([...woken]).toEqual([stays.feed]);
});
