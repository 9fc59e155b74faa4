// All windows: shared, filled from the log, bounded, thrown away.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { timeSpan } from '../../src/base/time-span.ts';
import type { WindowQuery } from '../../src/windows/window-query.ts';
import type { WindowShare } from '../../src/windows/windows.ts';
import { somePoints } from '../support/batches.ts';
import { waitUntil } from '../support/inbox.ts';
import { expectExact } from './brute-force.ts';
import { data, queries, query, sum } from './queries.ts';
import { WindowWorld } from './window-world.ts';

function countOf({ windows }: WindowWorld, of: WindowQuery = query()): Promise<number> {
  return windows.value(of).then(({ value }) => value.count);
}

describe('who asks the same', () => {
  test('shares one window, which is filled once', async () => {
    const world = new WindowWorld();
    await world.append(somePoints(5));
    const [a, b] = await Promise.all([world.windows.share(query()), world.windows.share({ ...query() })]);
    const later = await world.windows.share(query());
    expect([b.window, later.window]).toEqual([a.window, a.window]);
    expect(b.window).toBe(a.window);
    expect([world.windows.size, world.slow.reads]).toEqual([1, 1]);
  });

  test('in other units of the same length is the same, with anything else different it is another', async () => {
    const world = new WindowWorld();
    await world.windows.share(query({ timeWindow: timeSpan(1, 'MINUTE') }));
    await world.windows.share(query({ timeWindow: timeSpan(60, 'SECOND') }));
    expect(world.windows.size).toBe(1);
    const others: Partial<WindowQuery>[] = [
      { serviceId: 'web' },
      { aggregation: sum },
      { timeWindow: timeSpan(2, 'MINUTE') },
      { groupBy: ['k'] },
      { groupBy: ['k'], top: 3 },
      { where: { field: 'v', op: 'EXISTS', values: [] } },
      { filters: [{ field: 'v', op: 'EXISTS', values: [] }] },
      { entityType: 'visits' },
    ];
    for (const other of others) await world.windows.share(query(other));
    expect(world.windows.size).toBe(1 + others.length);
  });
});

type Step =
  | { readonly do: 'append'; readonly points: readonly { back: number; data: JsonObject; serviceId: string }[] }
  | { readonly do: 'ask'; readonly which: number }
  | { readonly do: 'release' }
  | { readonly do: 'advance'; readonly by: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('append' as const),
        points: fc.array(
          fc.record({
            back: fc.double({ min: -0.02, max: 2.2, noNaN: true }),
            data,
            serviceId: fc.constantFrom('web', 'app'),
          }),
          { minLength: 1, maxLength: 8 },
        ),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('ask' as const), which: fc.nat(2) }) },
    { weight: 3, arbitrary: fc.constant<Step>({ do: 'release' }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('advance' as const), by: fc.constantFrom(0.001, 0.1, 0.7, 2) }),
    },
  ),
  { maxLength: 25 },
);

test('a window that is filled from the log while points come is the same as one that saw them all', async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.tuple(queries, queries, queries),
      fc.integer({ min: 1, max: 9 }),
      async (all, of, page) => {
        const asked = of.map((one, i) => ({ ...one, serviceId: i === 0 ? 'web' : null }));
        const world = new WindowWorld({ fillTimeoutMs: 1e12 });
        world.slow.pagePoints = page;
        world.slow.hold();
        const { ms } = asked[0]?.timeWindow ?? timeSpan(1, 'MINUTE');
        const waiting: Promise<WindowShare>[] = [];
        for (const step of all) {
          if (step.do === 'append') {
            const points = step.points.map(({ back, data: fields, serviceId }) =>
              world.point(fields, Math.max(-10_000, Math.floor(back * ms)), serviceId),
            );
            await world.append(points);
          } else if (step.do === 'ask') waiting.push(world.windows.share(asked[step.which] ?? query()));
          else if (step.do === 'release') world.slow.release();
          else await world.clock.advance(Math.ceil(step.by * ms));
        }
        world.slow.releaseAll();
        for (const share of [
          ...(await Promise.all(waiting)),
          ...(await Promise.all(asked.map((one) => world.windows.share(one)))),
        ]) {
          expectExact(share.window.query, share.window.frame(world.log.now(), 1).value, world.points, world.log.now());
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('nobody sees a window before it has all its points', async () => {
  const world = new WindowWorld();
  await world.append(somePoints(20));
  world.slow.pagePoints = 6;
  world.slow.hold();
  const counts: number[] = [];
  countOf(world).then((count) => counts.push(count));
  for (let i = 0; i < 3; i += 1) {
    await world.append(somePoints(1));
    world.slow.release();
    await world.clock.advance(0);
    expect(counts).toEqual([]);
  }
  world.slow.releaseAll();
  await waitUntil('the window to be filled', () => counts.length > 0);
  expect(counts).toEqual([23]);
});

describe('a window that takes long to fill', () => {
  test('is an error for who waits, goes on being filled, and is there for who asks again', async () => {
    const world = new WindowWorld({ fillTimeoutMs: 10_000 });
    await world.append(somePoints(20));
    world.slow.hold();
    const failures: unknown[] = [];
    countOf(world).catch((error) => failures.push(error));
    await world.clock.advance(9999);
    expect(failures).toEqual([]);
    await world.clock.advance(1);
    expect(failures).toMatchObject([{ code: 'TIMEOUT', message: expect.stringContaining('10 s') }]);
    world.slow.releaseAll();
    expect(await countOf(world)).toBe(20);
    expect([world.slow.reads, world.clock.timers]).toEqual([1, 0]);
  });

  test('is an error where the log cannot be read, and is read anew for who asks again', async () => {
    const world = new WindowWorld();
    await world.append(somePoints(3));
    world.slow.failure = new Error('block 1 to 3 is damaged');
    await expect(countOf(world)).rejects.toThrow('is damaged');
    expect([world.windows.size, world.clock.timers]).toEqual([0, 0]);
    world.slow.failure = null;
    expect(await countOf(world)).toBe(3);
  });
});

describe('windows that nobody needs', () => {
  test('go half a minute after the last use, not while somebody has a share', async () => {
    const world = new WindowWorld();
    await world.windows.value(query());
    const share = await world.windows.share(query({ aggregation: sum }));
    await world.clock.advance(29_999);
    world.windows.dropIdle();
    expect(world.windows.size).toBe(2);
    await world.clock.advance(1);
    world.windows.dropIdle();
    expect(world.windows.size).toBe(1);
    share.release();
    share.release();
    await world.clock.advance(29_999);
    world.windows.dropIdle();
    expect(world.windows.size).toBe(1);
    await world.clock.advance(1);
    world.windows.dropIdle();
    expect(world.windows.size).toBe(0);
    await world.append(somePoints(2));
    expect(await countOf(world)).toBe(2);
  });

  test('make room where there are too many; where all are needed there is an error', async () => {
    const world = new WindowWorld({ maxWindows: 2 });
    const share = await world.windows.share(query());
    await world.windows.value(query({ serviceId: 'web' }));
    const third = query({ serviceId: 'app' });
    await expect(world.windows.value(third)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 2 });
    expect((await world.windows.value(query())).value.count).toBe(0);
    await world.clock.advance(60_000);
    await world.windows.value(third);
    expect(world.windows.size).toBe(2);
    share.release();
  });
});

describe('windows that are thrown away', () => {
  test('are made anew from the log, and who has a share sees the new one', async () => {
    const world = new WindowWorld();
    await world.append(somePoints(4));
    const share = await world.windows.share(query());
    const before = share.window.frame(world.log.now(), 1);
    world.slow.hold();
    world.windows.discard('orders');
    await world.append(somePoints(2));
    // Until then the old one is shown: it has all points up to the moment in which it was thrown away.
    expect(share.window.frame(world.log.now(), 1).value.count).toBe(4);
    world.slow.releaseAll();
    await world.clock.advance(0);
    await world.append(somePoints(1));
    const after = share.window.frame(world.log.now(), 1);
    expect(after.value.count).toBe(7);
    expect(after.sequence).toBeGreaterThan(before.sequence);
    expect([await countOf(world), world.windows.size]).toEqual([7, 1]);
  });

  test('are those of the entity type, and are made when they are next asked for where nobody has a share', async () => {
    const world = new WindowWorld();
    await world.append(somePoints(4));
    const visits = await world.windows.share(query({ entityType: 'visits' }));
    const { window } = visits;
    await countOf(world);
    world.windows.discard('orders');
    expect([world.windows.size, visits.window === window]).toEqual([1, true]);
    await world.append(somePoints(1));
    expect(await countOf(world)).toBe(5);
  });

  test('and cannot be made anew are an error for who has a share, not a figure that stands still', async () => {
    const world = new WindowWorld();
    await world.append(somePoints(4));
    const share = await world.windows.share(query());
    world.slow.failure = new Error('block 1 to 4 is damaged');
    world.windows.discard('orders');
    await world.clock.advance(0);
    expect(() => share.window.frame(world.log.now(), 1)).toThrow('is damaged');
    world.slow.failure = null;
    expect(await countOf(world)).toBe(4);
    share.release();
    expect(world.windows.size).toBe(1);
  });
});

test('the history of a window is that of its points', async () => {
  const world = new WindowWorld();
  for (const back of [500, 10_500, 10_600, 50_500]) await world.add({}, back);
  const buckets = await world.windows.history(query(), 6);
  expect(buckets.map((bucket) => bucket.count)).toEqual([1, 0, 0, 0, 2, 1]);
});
