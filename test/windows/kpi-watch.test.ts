// A KPI that is watched: a snapshot, then what changes.
import { describe, expect, test } from 'vitest';
import { timeSpan } from '../../src/base/time-span.ts';
import { type KpiUpdate, type KpiWatchOptions, watchKpi } from '../../src/windows/kpi-watch.ts';
import { expectHistory } from './brute-force.ts';
import { query } from './queries.ts';
import { WindowWorld } from './window-world.ts';

class Watcher {
  readonly updates: KpiUpdate[] = [];
  failure: unknown;
  isDone = false;
  readonly iterator;

  constructor({ windows, tickers, log }: WindowWorld, asked: Partial<KpiWatchOptions> = {}) {
    this.iterator = watchKpi({
      windows,
      tickers,
      log,
      epoch: 1,
      query: query(),
      everySeconds: 1,
      history: 0,
      ...asked,
    });
  }

  /** Takes updates as they come. */
  read(): this {
    this.iterator.next().then(
      ({ value, done }) => {
        this.isDone = done === true;
        if (value === undefined) return;
        this.updates.push(value);
        this.read();
      },
      (error: unknown) => {
        this.failure = error;
      },
    );
    return this;
  }

  get counts(): number[] {
    return this.updates.map(({ frame }) => frame.value.count);
  }
}

async function watched(asked: Partial<KpiWatchOptions> = {}) {
  const world = new WindowWorld();
  await world.add({ v: 1 });
  const stopTicking = world.startTicking();
  const watcher = new Watcher(world, asked).read();
  await world.clock.advance(0);
  return { world, watcher, stopTicking };
}

test('first comes a snapshot at once, then an update only where something is different', async () => {
  const { world, watcher } = await watched();
  expect(watcher.updates.map(({ isSnapshot }) => isSnapshot)).toEqual([true]);
  await world.clock.advance(3000);
  expect(watcher.counts).toEqual([1]);
  await world.add({ v: 1 });
  await world.add({ v: 1 });
  await world.clock.advance(3000);
  expect(watcher.counts).toEqual([1, 3]);
  expect(watcher.updates[1]).toMatchObject({ isSnapshot: false, buckets: [] });
});

test('a window that runs empty is told of, and so is the one before it', async () => {
  const { world, watcher } = await watched();
  await world.clock.advance(300_000);
  expect(watcher.updates.map(({ frame: { value } }) => [value.count, value.previous])).toEqual([
    [1, 0],
    [0, 1],
    [0, 0],
  ]);
});

test('updates come at most once in the time asked for', async () => {
  const { world, watcher } = await watched({ everySeconds: 5 });
  const times: number[] = [];
  for (let second = 1; second <= 12; second += 1) {
    await world.add({ v: 1 });
    const before = watcher.updates.length;
    await world.clock.advance(1000);
    if (watcher.updates.length > before) times.push(second);
  }
  expect(times).toEqual([5, 10]);
  expect(watcher.counts).toEqual([1, 6, 11]);
});

test('a slow reader gets the latest, once', async () => {
  const world = new WindowWorld();
  await world.add({ v: 1 });
  world.startTicking();
  const watcher = new Watcher(world);
  for (let i = 0; i < 5; i += 1) {
    await world.add({ v: 1 });
    await world.clock.advance(1000);
  }
  watcher.read();
  await world.clock.advance(3000);
  expect(watcher.counts).toEqual([6]);
});

test('with a history the snapshot has every step, an update the ones that are new or different', async () => {
  const { world, watcher } = await watched({ history: 6, query: query({ timeWindow: timeSpan(1, 'MINUTE') }) });
  await world.add({ v: 1 }, 35_000);
  await world.clock.advance(1000);
  await world.clock.advance(30_000);
  // What a client holds that replaces steps by their start is what a newcomer is sent.
  const held = new Map(
    watcher.updates.flatMap(({ buckets }) => buckets.map((bucket) => [bucket.start, bucket] as const)),
  );
  const newcomer = new Watcher(world, { history: 6 }).read();
  await world.clock.advance(0);
  const all = newcomer.updates[0]?.buckets ?? [];
  expect(all.map(({ start }) => held.get(start))).toEqual(all);
  expectHistory(query(), all, world.points, { now: world.log.now(), asked: 6 });
  const [snapshot, late, ...moved] = watcher.updates.map(({ buckets }) => buckets);
  expect(snapshot).toHaveLength(6);
  // A late point changes its own step; the second that passed began another.
  expect(late?.map((bucket) => bucket.count)).toEqual([1, 0]);
  // In half a minute three steps begin; the late point leaves the window without a step being different.
  expect(moved.map((buckets) => buckets.length).filter((length) => length > 0)).toEqual([1, 1, 1]);
  expect(moved.length).toBeGreaterThan(3);
});

describe('what goes wrong', () => {
  test('with the fill ends the watch with the error', async () => {
    const world = new WindowWorld();
    await world.add({ v: 1 });
    world.slow.failure = new Error('block 1 is damaged');
    const watcher = new Watcher(world).read();
    await world.clock.advance(0);
    expect(watcher.failure).toEqual(new Error('block 1 is damaged'));
    expect([world.windows.size, world.clock.timers]).toEqual([0, 0]);
  });

  test('with a window that is made anew ends it too', async () => {
    const { world, watcher } = await watched();
    world.slow.failure = new Error('block 1 is damaged');
    world.windows.discard('orders');
    await world.clock.advance(1000);
    expect(watcher.failure).toEqual(new Error('block 1 is damaged'));
  });
});

test('a watch goes on over a window that is made anew', async () => {
  const { world, watcher } = await watched();
  world.windows.discard('orders');
  await world.clock.advance(1000);
  await world.add({ v: 1 });
  await world.clock.advance(1000);
  expect(watcher.counts).toEqual([1, 2]);
});

test('who leaves lets his window go, also where it is still being filled', async () => {
  const { world, watcher, stopTicking } = await watched();
  await watcher.iterator.return();
  world.slow.hold();
  const early = new Watcher(world, { query: query({ serviceId: 'web' }) }).read();
  await early.iterator.return();
  world.slow.releaseAll();
  await world.clock.advance(60_000);
  world.windows.dropIdle();
  expect([world.windows.size, world.tickers.size, watcher.isDone, early.isDone]).toEqual([0, 0, true, true]);
  stopTicking();
  expect([world.clock.timers, world.tickErrors]).toEqual([0, []]);
});
