// Memory of all windows together: counted as it is, given back by windows without users, refused past the budget.
import { describe, expect, test } from 'vitest';
import { isPulseError } from '../../src/base/errors.ts';
import { timeSpan } from '../../src/base/time-span.ts';
import { groupText, maxGroupValueLength } from '../../src/windows/group-key.ts';
import { watchKpi } from '../../src/windows/kpi-watch.ts';
import type { WindowQuery } from '../../src/windows/window-query.ts';
import { waitUntil } from '../support/inbox.ts';
import { query } from './queries.ts';
import { WindowWorld } from './window-world.ts';

const megabyte = 1_000_000;
// One window of these tests takes two to eight MB.
const budget = 16 * megabyte;

/** A quantile of 500 groups, different for each length. */
function large(minutes: number): WindowQuery {
  const aggregation = { function: 'QUANTILE', field: 'v', quantile: 0.9 } as const;
  return query({ aggregation, groupBy: ['k'], timeWindow: timeSpan(minutes, 'MINUTE') });
}

async function worldOf(maxTotalWindowBytes: number): Promise<WindowWorld> {
  const world = new WindowWorld({ maxTotalWindowBytes });
  const points = Array.from({ length: 2000 }, (_, n) => world.point({ v: 1 + (n % 7), k: `group ${n % 500}` }, n * 20));
  await world.append(points);
  return world;
}

describe('past the budget of all windows', () => {
  test('a window that nobody uses is evicted for a new one, the least recently used first', async () => {
    const world = await worldOf(budget);
    for (let minutes = 1; minutes <= 12; minutes += 1) {
      await world.windows.value(large(minutes));
      await world.clock.advance(10);
    }
    expect(world.windows.bytes).toBeLessThanOrEqual(budget);
    expect(world.windows.size).toBeLessThan(12);
    const { reads } = world.slow;
    await world.windows.value(large(12));
    expect(world.slow.reads).toBe(reads);
    await world.windows.value(large(1));
    expect(world.slow.reads).toBeGreaterThan(reads);
  });

  test('a new window is LIMIT_EXCEEDED with the budget while all others are in use, which keep their values', async () => {
    const world = await worldOf(budget);
    const shares = [await world.windows.share(large(1))];
    const failure = await (async () => {
      for (let minutes = 2; minutes < 20; minutes += 1) shares.push(await world.windows.share(large(minutes)));
    })().catch((error: unknown) => error);
    expect(isPulseError(failure, 'LIMIT_EXCEEDED')).toBe(true);
    expect(failure).toMatchObject({ message: expect.stringContaining(String(budget)), limit: budget });
    expect(world.windows.bytes).toBeLessThanOrEqual(budget);
    for (const { window } of shares) expect(window.frame(world.log.now(), 1).value.count).toBeGreaterThan(0);
    for (const { release } of shares) release();
    await world.windows.share(large(30));
  });

  test('windows that grow while they are watched: the newest ends with LIMIT_EXCEEDED, older ones keep their values', async () => {
    const world = new WindowWorld({ maxTotalWindowBytes: budget });
    const first = await world.windows.share(large(60));
    const { windows, tickers, log } = world;
    const watch = watchKpi({ windows, tickers, log, epoch: 1, query: large(61), everySeconds: 1, history: 0 });
    await watch.next();
    const ended = (async () => {
      for await (const _ of watch);
    })().catch((error: unknown) => error);
    for (let n = 0; n < 20; n += 1) {
      const groups = Array.from({ length: 500 }, (_, k) => world.point({ v: 5, k: `group ${k}` }, n * 60_000));
      await world.append(groups);
      world.windows.tick(log.now());
      tickers.tick(log.now());
      await world.clock.advance(0);
    }
    expect(await ended).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: budget });
    expect(world.windows.bytes).toBeLessThanOrEqual(budget);
    expect(first.window.frame(log.now(), 1).value.count).toBe(10_000);
  });

  test('nothing is counted any more once all windows are gone', async () => {
    const world = await worldOf(100 * megabyte);
    for (let minutes = 1; minutes <= 3; minutes += 1) await world.windows.value(large(minutes));
    world.windows.tick(world.log.now());
    expect(world.windows.bytes).toBeGreaterThan(megabyte);
    await world.clock.advance(61_000);
    world.windows.tick(world.log.now());
    expect([world.windows.size, world.windows.bytes]).toEqual([0, 0]);
  });
});

test('a client that leaves while its window is filled stops the filling, unless another one waits for it', async () => {
  const world = new WindowWorld();
  world.slow.pagePoints = 10;
  await world.append(Array.from({ length: 100 }, (_, n) => world.point({ v: n, k: 'a' }, n)));
  world.slow.hold();
  const leaving = new AbortController();
  const first = world.windows.share(query(), leaving.signal).catch((error: unknown) => error);
  const other = world.windows.share(query());
  await waitUntil('the log is asked', () => world.slow.reads === 1);
  leaving.abort(new Error('left'));
  expect(await first).toMatchObject({ message: 'left' });
  world.slow.releaseAll();
  (await other).release();
  world.slow.hold();
  const { reads } = world.slow;
  const again = new AbortController();
  const alone = world.windows.share(large(5), again.signal).catch((error: unknown) => error);
  await waitUntil('the log is asked', () => world.slow.reads === reads + 1);
  again.abort(new Error('left too'));
  expect(await alone).toMatchObject({ message: 'left too' });
  expect(world.windows.size).toBe(1);
  world.slow.releaseAll();
  await world.clock.advance(0);
  expect(world.slow.reads).toBe(reads + 1);
});

describe('the value of a group', () => {
  const long = (last: string) => 'x'.repeat(900_000) + last;

  test('is cut to 256 characters, and long values that differ stay apart', () => {
    const [a, b] = [groupText([long('a')]), groupText([long('b')])];
    expect([a.length, b.length]).toEqual([maxGroupValueLength + 1, maxGroupValueLength + 1]);
    expect(a).not.toBe(b);
    expect(groupText([long('a')])).toBe(a);
    expect(groupText(['x'.repeat(256)])).toBe(`=${'x'.repeat(256)}`);
  });

  test('takes its part of the budget', async () => {
    const bytesWith = async (length: number) => {
      const world = new WindowWorld();
      await world.append(Array.from({ length: 300 }, (_, n) => world.point({ v: 1, k: `${n}`.padEnd(length) })));
      await world.windows.share(query({ groupBy: ['k'] }));
      world.windows.tick(world.log.now());
      return world.windows.bytes;
    };
    expect((await bytesWith(256)) - (await bytesWith(16))).toBeGreaterThanOrEqual(300 * 240);
  });
});

test('a page of the log that arrives after its window was dropped counts nothing', async () => {
  const world = new WindowWorld();
  await world.append(Array.from({ length: 2000 }, (_, n) => world.point({ v: n, k: `group ${n % 900}` }, n)));
  world.slow.hold();
  const leaving = new AbortController();
  const left = world.windows.share(large(5), leaving.signal).catch((error: unknown) => error);
  await waitUntil('the log is asked', () => world.slow.reads === 1);
  leaving.abort(new Error('left'));
  await left;
  world.slow.releaseAll();
  await world.clock.advance(0);
  world.windows.tick(world.log.now());
  expect([world.windows.size, world.windows.bytes]).toEqual([0, 0]);
});
