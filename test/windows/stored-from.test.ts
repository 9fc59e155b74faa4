// Retention and windows: a window that is watched shows what a new one would, and says which part of it is stored.
import { expect, test } from 'vitest';
import { timeSpan } from '../../src/base/time-span.ts';
import { query, sum } from './queries.ts';
import { WindowWorld } from './window-world.ts';

const hour = query({ timeWindow: timeSpan(1, 'HOUR') });
const minute = 60_000;

/** One point a minute, each stored when it happened. */
async function worldOf(minutes: number): Promise<WindowWorld> {
  const world = new WindowWorld({ maxAheadMs: 0 });
  for (let n = 0; n < minutes; n += 1) {
    await world.add({ v: 1 });
    await world.clock.advance(minute);
  }
  return world;
}

async function tick(world: WindowWorld): Promise<void> {
  for (let n = 0; n < 3; n += 1) {
    world.windows.tick(world.log.now());
    await world.clock.advance(0);
  }
}

test('a window all of whose points are stored is covered whole', async () => {
  const world = await worldOf(10);
  const { value } = await world.windows.value(hour);
  const { windowStart, windowEnd } = value;
  expect([value.count, value.covered]).toEqual([10, { from: windowStart, to: windowEnd, isComplete: true }]);
});

test('after retention has deleted all points a watched window and a new one show none', async () => {
  const world = await worldOf(10);
  const { window } = await world.windows.share(hour);
  expect(window.frame(world.log.now(), 1).value.count).toBe(10);
  await world.log.trim(world.log.now());
  await tick(world);
  const { value } = window.frame(world.log.now(), 1);
  expect([value.count, value.covered.isComplete]).toEqual([0, false]);
  const fresh = await world.windows.value({ ...hour, aggregation: sum });
  expect([fresh.value.count, fresh.value.value, fresh.value.covered]).toEqual([0, null, value.covered]);
});

test('after retention has deleted some, both show the others, and since when all are stored', async () => {
  const world = await worldOf(40);
  const { window } = await world.windows.share(hour);
  await world.log.trim(world.log.now() - 15.5 * minute);
  await tick(world);
  const { value } = window.frame(world.log.now(), 1);
  expect(value.count).toBe(world.points.length - (world.log.floor(0) - 1));
  expect(value.covered).toEqual({
    from: world.points[world.log.floor(0) - 1]?.receivedAt,
    to: value.windowEnd,
    isComplete: false,
  });
  expect((await world.windows.value({ ...hour, aggregation: sum })).value).toMatchObject({
    count: value.count,
    covered: value.covered,
  });
});

test('a window that begins after what was deleted is neither made again nor incomplete', async () => {
  const world = await worldOf(10);
  const short = query({ timeWindow: timeSpan(2, 'MINUTE') });
  const { window } = await world.windows.share(short);
  const { reads } = world.slow;
  await world.log.trim(world.log.now() - 6 * minute);
  await tick(world);
  expect(window.frame(world.log.now(), 1).value.covered.isComplete).toBe(true);
  expect(world.slow.reads).toBe(reads);
});
