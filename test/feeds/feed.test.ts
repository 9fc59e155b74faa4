// Feeds: how often, how much, from where, and that nothing is lost or said twice.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FeedQuery, FeedUpdate } from '../../src/feeds/feed.ts';
import { frequencies, intervalMs } from '../../src/feeds/frequency.ts';
import { compileFilter } from '../../src/points/compile-filter.ts';
import { everyPoint, type PointFilter } from '../../src/points/condition.ts';
import type { StoredPoint } from '../../src/points/point.ts';
import { somePoint, somePoints } from '../support/batches.ts';
import { FeedWorld, type Reader } from './feed-world.ts';

const timed = frequencies.filter((frequency) => frequency !== 'EVERY_POINT');
const isOdd: PointFilter = { filters: [{ field: 'odd', op: 'EQ', values: [true] }], where: null };

function range(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}

describe.each(timed)('%s', (frequency) => {
  const interval = intervalMs[frequency];

  test('hears of the first point at once, then at the end of each interval in which something came', async () => {
    const world = new FeedWorld();
    const reader = world.open({ frequency }).readAll();
    await world.clock.advance(interval * 0.3);
    const begin = interval * 0.3;
    await world.append([somePoint(1)]);
    await world.clock.advance(interval * 0.2);
    await world.append([somePoint(2)]);
    expect(reader.numbers).toEqual([[1]]);
    await world.clock.advance(interval);
    await world.append([somePoint(3)]);
    expect(reader.numbers).toEqual([[1], [2]]);
    await world.clock.advance(interval);
    expect(reader.numbers).toEqual([[1], [2], [3]]);
    // Then nothing comes for more than two whole intervals.
    await world.clock.advance(interval * 2.9);
    await world.append([somePoint(4)]);
    await world.append([somePoint(5)]);
    await world.clock.advance(interval * 2);
    expect(reader.numbers).toEqual([[1], [2], [3], [4, 5]]);
    expect(reader.times).toEqual([0, 1, 2, 6].map((i) => begin + i * interval));
  });

  test('keeps the latest points that fit and counts the ones it leaves out', async () => {
    const world = new FeedWorld();
    const reader = world.open({ frequency }).readAll();
    await world.append(somePoints(120));
    await world.append(somePoints(30, 120));
    await world.append(somePoints(45, 150));
    await world.clock.advance(interval);
    expect(reader.numbers).toEqual([range(70, 50), range(145, 50)]);
    expect(reader.skipped).toEqual([70, 25]);
  });

  test('the last point always arrives, though no other comes after it', async () => {
    const world = new FeedWorld();
    const reader = world.open({ frequency }).readAll();
    for (let n = 0; n < 7; n += 1) await world.append([somePoint(n)]);
    await world.clock.advance(interval);
    expect(reader.numbers).toEqual([[0], range(1, 6)]);
    expect(reader.updates.at(-1)?.offset).toBe(7);
    expect(world.clock.timers).toBe(0);
  });

  test('a slow reader finds the latest of what came meanwhile, and then waits for an interval to end', async () => {
    const world = new FeedWorld();
    const reader = world.open({ frequency });
    await world.append(somePoints(10));
    await world.clock.advance(interval * 2.5);
    await world.append(somePoints(60, 10));
    reader.readAll();
    await world.clock.advance(0);
    expect([reader.numbers, reader.skipped]).toEqual([[range(20, 50)], [20]]);
    await world.append([somePoint(70)]);
    expect(reader.updates).toHaveLength(1);
    await world.clock.advance(interval);
    expect(reader.numbers.at(-1)).toEqual([70]);
  });
});

describe('EVERY_POINT', () => {
  test('is one update a commit, split at the batch size, with nothing left out', async () => {
    const world = new FeedWorld();
    const reader = world.open({ frequency: 'EVERY_POINT' }).readAll();
    await world.append(somePoints(3));
    await world.append(somePoints(120, 3));
    await world.append(somePoints(50, 123));
    expect(reader.numbers).toEqual([range(0, 3), range(3, 50), range(53, 50), range(103, 20), range(123, 50)]);
    expect(reader.skipped).toEqual([0, 0, 0, 0, 0]);
    expect(reader.times).toEqual([0, 0, 0, 0, 0]);
  });

  test('keeps commits apart for a reader that is slow', async () => {
    const world = new FeedWorld();
    const reader = world.open({ frequency: 'EVERY_POINT' });
    for (const [count, from] of [
      [2, 0],
      [60, 2],
      [1, 62],
    ] as const) {
      await world.append(somePoints(count, from));
    }
    reader.readAll();
    await world.clock.advance(0);
    expect(reader.numbers).toEqual([range(0, 2), range(2, 50), range(52, 10), [62]]);
  });

  test('leaves out the oldest for a reader that is too slow, and counts them', async () => {
    const world = new FeedWorld();
    const reader = world.open({ frequency: 'EVERY_POINT' });
    for (let i = 0; i < 6; i += 1) await world.append(somePoints(45, i * 45));
    reader.readAll();
    await world.clock.advance(0);
    // 270 came, 200 wait: the oldest 70 have gone, which is the first commit and 25 points of the second.
    expect(reader.numbers).toEqual([range(70, 20), range(90, 45), range(135, 45), range(180, 45), range(225, 45)]);
    expect(reader.skipped).toEqual([70, 0, 0, 0, 0]);
    await world.append(somePoints(1, 270));
    expect([reader.numbers.at(-1), reader.skipped.at(-1)]).toEqual([[270], 0]);
  });
});

describe('replay', () => {
  test('with `after` comes in full pages whatever the frequency, then goes on live at its pace', async () => {
    const world = new FeedWorld();
    await world.append(somePoints(330));
    const reader = world.open({ frequency: 'HIGH', after: 20 }).readAll();
    await world.clock.advance(0);
    expect(reader.numbers.flat()).toEqual(range(20, 310));
    expect(reader.numbers.slice(0, -1).every((page) => page.length === 50)).toBe(true);
    expect(reader.skipped.every((skipped) => skipped === 0)).toBe(true);
    await world.append(somePoints(60, 330));
    expect(reader.numbers.flat()).toHaveLength(310);
    await world.clock.advance(5000);
    expect([reader.numbers.at(-1), reader.skipped.at(-1)]).toEqual([range(340, 50), 10]);
  });

  test('with `last` starts with that many of the newest points that fit, however far back they lie', async () => {
    const world = new FeedWorld();
    const odd = range(0, 90).map((n) => ({ ...somePoint(n), data: { n, odd: n % 10 === 1 } }));
    await world.append(odd);
    for (const maxScanned of [1000, 7]) {
      const reader = world.open({ frequency: 'LOW', filter: isOdd, last: 4 }, { maxScanned }).readAll();
      await world.clock.advance(0);
      expect(reader.numbers.flat()).toEqual([51, 61, 71, 81]);
    }
    const many = world.open({ frequency: 'LOW', filter: isOdd, last: 1000 }).readAll();
    const none = world.open({ frequency: 'LOW', last: 0 }).readAll();
    await world.clock.advance(0);
    expect(many.numbers.flat()).toEqual(range(0, 9).map((n) => n * 10 + 1));
    expect(none.updates).toEqual([]);
    await world.append([somePoint(90)]);
    expect(none.numbers).toEqual([[90]]);
  });

  test('moves the cursor past what was looked at, also where the last of it does not pass the filter', async () => {
    const world = new FeedWorld();
    await world.append([{ ...somePoint(), data: { n: 1, odd: true } }, ...somePoints(9)]);
    const reader = world.open({ frequency: 'LOW', filter: isOdd, after: 0 }).readAll();
    await world.clock.advance(0);
    expect(reader.updates).toMatchObject([{ points: [{ offset: 1 }], offset: 10 }]);
  });

  test('without `after` or `last` there is none, and the feed is live before anybody reads', async () => {
    const world = new FeedWorld();
    await world.append(somePoints(3));
    const reader = world.open({ frequency: 'EVERY_POINT' });
    await world.append([somePoint(3)]);
    reader.readAll();
    await world.clock.advance(0);
    expect(reader.numbers).toEqual([[3]]);
  });

  test('passes on what goes wrong when the log is read, and leaves nothing behind', async () => {
    const world = new FeedWorld();
    await world.append(somePoints(3));
    const { log } = world;
    const broken = {
      partitionOf: () => 0,
      head: () => log.head(0),
      floor: () => log.floor(0),
      series: log.series,
      read: () => Promise.reject(new Error('the disk is gone')),
    };
    for (const from of [{ after: 0 }, { last: 2 }]) {
      const query = { frequency: 'EVERY_POINT', heartbeatMs: 1000, ...from } as const;
      const reader = world.open(query, {}, broken as unknown as typeof log).readAll();
      await world.clock.advance(0);
      expect(reader.failure).toEqual(new Error('the disk is gone'));
    }
    expect([world.index.size, world.clock.timers]).toEqual([0, 0]);
  });
});

describe('a heartbeat', () => {
  test('moves the cursor on where nothing came for so long, past points that do not pass the filter', async () => {
    const world = new FeedWorld();
    const reader = world.open({ frequency: 'EVERY_POINT', filter: isOdd, heartbeatMs: 3000 }).readAll();
    await world.append(somePoints(5));
    await world.clock.advance(2900);
    expect(reader.updates).toEqual([]);
    await world.clock.advance(3200);
    expect(reader.times).toEqual([3000, 6000]);
    const quiet = { points: [], skipped: 0, partition: 0, gap: null };
    expect(reader.updates).toEqual([
      { ...quiet, offset: 5 },
      { ...quiet, offset: 5 },
    ]);
  });

  test('counts from the last update', async () => {
    const world = new FeedWorld();
    const reader = world.open({ frequency: 'EVERY_POINT', heartbeatMs: 3000 }).readAll();
    await world.clock.advance(2000);
    await world.append([somePoint(1)]);
    await world.clock.advance(2900);
    expect(reader.times).toEqual([2000]);
    await world.clock.advance(100);
    expect(reader.times).toEqual([2000, 5000]);
  });

  test('stays in front of points that wait for the end of their interval', async () => {
    const world = new FeedWorld();
    const reader = world.open({ frequency: 'LOW', heartbeatMs: 10_000 }).readAll();
    await world.append([somePoint(1)]);
    await world.append(somePoints(3, 2));
    await world.clock.advance(25_000);
    expect(reader.updates.map(({ offset, points }) => [offset, points.length])).toEqual([
      [1, 1],
      [1, 0],
      [1, 0],
    ]);
    await world.clock.advance(35_000);
    expect(reader.updates.at(-1)).toMatchObject({ offset: 4, skipped: 0 });
    expect(reader.numbers.at(-1)).toEqual([2, 3, 4]);
  });

  test('is one for a reader that was away for long', async () => {
    const world = new FeedWorld();
    const reader = world.open({ frequency: 'EVERY_POINT', heartbeatMs: 1000 });
    await world.clock.advance(10_500);
    reader.readAll();
    await world.clock.advance(0);
    expect(reader.updates).toHaveLength(1);
    await world.clock.advance(1000);
    expect(reader.updates).toHaveLength(2);
  });
});

describe('a gap', () => {
  /** Four commits of ten points, a second apart. */
  async function fourCommits(): Promise<FeedWorld> {
    const world = new FeedWorld();
    for (let i = 0; i < 4; i += 1) {
      await world.append(somePoints(10, i * 10));
      await world.clock.advance(1000);
    }
    return world;
  }

  test('is told of in the first update where retention has taken what came after the cursor', async () => {
    const world = await fourCommits();
    const start = world.clock.now() - 4000;
    await world.log.trim(start + 1500);
    const reader = world.open({ frequency: 'EVERY_POINT', after: 5 }).readAll();
    await world.clock.advance(0);
    expect(reader.numbers).toEqual([range(20, 20)]);
    expect(reader.updates[0]?.gap).toEqual({ reason: 'RETENTION', skipped: 15, resumesAt: start + 2000 });
    await world.append([somePoint(40)]);
    expect(reader.updates[1]).toMatchObject({ gap: null, offset: 41 });
  });

  test('is told of though nothing is left', async () => {
    const world = await fourCommits();
    await world.log.trim(world.clock.now());
    const reader = world.open({ frequency: 'LOW', after: 39 }).readAll();
    await world.clock.advance(0);
    expect(reader.updates).toEqual([
      { points: [], skipped: 0, offset: 40, partition: 0, gap: { reason: 'RETENTION', skipped: 1, resumesAt: null } },
    ]);
  });

  test('is none where all that retention has taken lies before the cursor', async () => {
    const world = await fourCommits();
    await world.log.trim(world.clock.now() - 2500);
    const reader = world.open({ frequency: 'EVERY_POINT', after: 20 }).readAll();
    await world.clock.advance(0);
    expect(reader.updates.map(({ gap }) => gap)).toEqual([null]);
    expect(reader.numbers).toEqual([range(20, 20)]);
  });

  test('comes later where retention overtakes a reader in the middle of its replay', async () => {
    const world = await fourCommits();
    const reader = world.open({ frequency: 'EVERY_POINT', after: 0 }, { batchSize: 2 });
    reader.ask();
    await world.clock.advance(0);
    await world.log.trim(world.clock.now() - 1500);
    reader.readAll();
    await world.clock.advance(0);
    // A page of eight points had been read; what lay between it and the oldest that is left is gone.
    expect(reader.numbers.flat()).toEqual([...range(0, 8), ...range(30, 10)]);
    const gaps = reader.updates.flatMap(({ gap, points }) => (gap === null ? [] : [[gap.skipped, points[0]?.offset]]));
    expect(gaps).toEqual([[22, 31]]);
  });
});

test('a feed gets the points of its entity type, its service and its filter, and no others', async () => {
  const world = new FeedWorld();
  const readers = [
    world.open({ frequency: 'EVERY_POINT' }),
    world.open({ frequency: 'EVERY_POINT', serviceId: 'app' }),
    world.open({ frequency: 'EVERY_POINT', filter: { filters: [], where: { field: 'n', op: 'GTE', values: [3] } } }),
    world.open({ frequency: 'EVERY_POINT', serviceId: 'app', after: 0 }),
  ].map((reader) => reader.readAll());
  await world.append([
    somePoint(1, 'web'),
    somePoint(2, 'app'),
    { ...somePoint(3, 'app'), entityType: 'visits' },
    somePoint(4, 'app'),
  ]);
  expect(readers.map((reader) => reader.numbers)).toEqual([[[1, 2, 4]], [[2, 4]], [[4]], [[2, 4]]]);
});

type Command =
  | { readonly do: 'append'; readonly count: number; readonly odd: number }
  | { readonly do: 'ask' | 'readAll' | 'pause' | 'answer' }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'trim'; readonly keepMs: number };

const commands: fc.Arbitrary<Command[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('append' as const),
        count: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 60 })),
        odd: fc.integer({ min: 1, max: 3 }),
      }),
    },
    { weight: 6, arbitrary: fc.constant<Command>({ do: 'ask' }) },
    { weight: 3, arbitrary: fc.constant<Command>({ do: 'answer' }) },
    { weight: 1, arbitrary: fc.constant<Command>({ do: 'readAll' }) },
    { weight: 1, arbitrary: fc.constant<Command>({ do: 'pause' }) },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(0, 1, 300, 1000, 2500, 16_000) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('trim' as const), keepMs: fc.constantFrom(0, 1000, 20_000) }) },
  ),
  { maxLength: 30 },
);

const queries: fc.Arbitrary<
  Pick<FeedQuery, 'frequency' | 'filter' | 'heartbeatMs'> & { from: 'live' | 'after' | 'last' }
> = fc.record({
  frequency: fc.constantFrom(...frequencies),
  filter: fc.constantFrom(everyPoint, isOdd),
  heartbeatMs: fc.constantFrom(null, 2000),
  from: fc.constantFrom('live', 'after', 'last'),
});

async function perform(command: Command, world: FeedWorld, reader?: Reader, answer?: () => void): Promise<void> {
  switch (command.do) {
    case 'append': {
      const points = range(world.points.length, command.count).map((n) => ({
        ...somePoint(n),
        data: { n, odd: n % command.odd === 0 },
      }));
      await world.append(points);
      return;
    }
    case 'advance':
      await world.clock.advance(command.ms);
      return;
    case 'trim':
      await world.log.trim(world.clock.now() - command.keepMs);
      return;
    case 'answer':
      answer?.();
      await world.clock.advance(0);
      return;
    default:
      reader?.[command.do]();
  }
}

/** The place that a feed opened now begins behind. */
function startOf({ log, points }: FeedWorld, { from, filter }: { from: string; filter: PointFilter }, place: number) {
  const head = log.head(0);
  if (from === 'live' || place === 0) return head;
  if (from === 'after') return Math.max(0, head - place * 5);
  const passes = compileFilter(filter);
  const left = points.filter(({ offset, data }) => offset >= log.floor(0) && (passes === null || passes(data)));
  return (left.at(-place)?.offset ?? log.floor(0)) - 1;
}

/** Each update covers the points between its cursor and the one before: they are in it, or skipped, or in the gap. */
function expectCovered(updates: readonly FeedUpdate[], start: number, world: FeedWorld, filter: PointFilter): void {
  const passes = compileFilter(filter);
  const fits = ({ data }: StoredPoint) => passes === null || passes(data);
  let at = start;
  for (const { points, skipped, offset, gap } of updates) {
    expect(offset).toBeGreaterThanOrEqual(at);
    expect(points.length).toBeLessThanOrEqual(5);
    const from = at + (gap?.skipped ?? 0);
    const covered = world.points.filter((point) => point.offset > from && point.offset <= offset && fits(point));
    expect(covered.length - points.length).toBe(skipped);
    expect(points.map((point) => point.offset)).toEqual(covered.slice(skipped).map((point) => point.offset));
    at = offset;
  }
  expect(world.points.filter((point) => point.offset > at && fits(point))).toEqual([]);
}

test('every point comes exactly once and in order, or is counted, whatever happens in which order', async () => {
  await fc.assert(
    fc.asyncProperty(commands, commands, queries, fc.nat(10), async (before, after, query, place) => {
      const world = new FeedWorld();
      for (const command of before) await perform(command, world);
      const { from, ...rest } = query;
      const start = startOf(world, query, place);
      const slow = world.slowLog();
      const reader = world.open(
        { ...rest, after: from === 'after' ? start : null, last: from === 'last' ? place : null },
        { batchSize: 5, bufferedPoints: 20, maxScanned: 13 },
        slow.log,
      );
      // With `last` what is let go before it was read is not missed: nobody knew of it.
      const meanwhile = from === 'last' ? after.filter((command) => command.do !== 'trim') : after;
      for (const command of meanwhile) await perform(command, world, reader, slow.release);
      slow.releaseAll();
      reader.readAll();
      await world.clock.advance(60_000);
      expect(reader.failure).toBeUndefined();
      expectCovered(reader.updates, start, world, query.filter);
      await reader.feed.iterator.return();
      expect([world.clock.timers, world.index.size]).toEqual([0, 0]);
    }),
    { numRuns: 250 },
  );
});

test('a reader who leaves at any moment leaves no timer and no feed behind, and a next() that waits is done', async () => {
  await fc.assert(
    fc.asyncProperty(commands, queries, async (all, query) => {
      const world = new FeedWorld();
      await world.append(somePoints(30));
      const { from, ...rest } = query;
      const reader = world.open(
        { ...rest, after: from === 'after' ? 3 : null, last: from === 'last' ? 20 : null },
        { batchSize: 5, bufferedPoints: 20, maxScanned: 13 },
      );
      for (const command of all) await perform(command, world, reader);
      // In the turn in which it asks, so that a read may just have begun.
      reader.ask();
      await reader.feed.iterator.return();
      await world.append(somePoints(3));
      expect([world.clock.timers, world.index.size]).toEqual([0, 0]);
      const heard = reader.updates.length;
      reader.ask();
      await world.clock.advance(60_000);
      expect([reader.updates.length, reader.isDone]).toEqual([heard, true]);
    }),
    { numRuns: 150 },
  );
});
