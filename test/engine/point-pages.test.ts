// Pages of stored points against a plain list, forwards and backwards, however little a request may look at.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type PointsPage, type PointsQuery, readPointsPage } from '../../src/engine/point-pages.ts';
import { compileFilter } from '../../src/points/compile-filter.ts';
import { everyPoint } from '../../src/points/condition.ts';
import type { StoredPoint } from '../../src/points/point.ts';
import { openMemoryStore } from '../../src/store/memory-store.ts';
import type { Log } from '../../src/store/store.ts';
import { batchOf, somePoint, somePoints } from '../support/batches.ts';
import { FakeClock } from '../support/fake-clock.ts';

const limits = { defaultPage: 50, maxPage: 1000, maxAnswerBytes: 8_388_608, maxScanned: 200_000, maxAheadMs: 10_000 };
const all: PointsQuery = {
  entityType: 'orders',
  serviceId: null,
  filter: everyPoint,
  from: null,
  to: null,
  first: null,
  after: null,
  last: null,
  before: null,
};

const clock = new FakeClock();
const { log } = openMemoryStore({ clock, maxBytes: 1e9 });
const points: StoredPoint[] = [];
const start = clock.now();

// Forty commits of 1 to 13 points of three series, in a hundred seconds; event times lie around the arrival.
beforeAll(async () => {
  log.onBlock((block) => points.push(...block.points));
  for (let i = 0; i < 40; i += 1) {
    const batch = Array.from({ length: 1 + ((i * 7) % 13) }, (_, j) => ({
      entityType: (i + j) % 5 === 0 ? 'visits' : 'orders',
      serviceId: j % 3 === 0 ? 'app' : 'web',
      timestamp: new Date(clock.now() + ((i * 31 + j * 17) % 19) * 1000 - 9000).toISOString(),
      data: { n: (i * 13 + j) % 4 },
    }));
    await log.append(batchOf(log, batch));
    await clock.advance(2500);
  }
});

function matching(query: PointsQuery): StoredPoint[] {
  const passes = compileFilter(query.filter);
  return points.filter(
    ({ entityType, serviceId, timestamp, data }) =>
      entityType === query.entityType &&
      (query.serviceId === null || query.serviceId === serviceId) &&
      (query.from === null || timestamp > query.from) &&
      (query.to === null || timestamp <= query.to) &&
      (passes === null || passes(data)),
  );
}

function offsets(page: PointsPage): number[] {
  return page.points.map(({ point }) => point.offset);
}

const seconds = fc.integer({ min: -10, max: 110 }).map((second) => start + second * 1000);
const queries: fc.Arbitrary<PointsQuery> = fc
  .record({
    serviceId: fc.constantFrom(null, 'web', 'app', 'nobody'),
    filter: fc.constantFrom(everyPoint, { filters: [{ field: 'n', op: 'EQ' as const, values: [2] }], where: null }),
    from: fc.option(seconds),
    to: fc.option(seconds),
  })
  .map((asked) => ({ ...all, ...asked }));

describe('going on from cursor to cursor finds every point once, in order', () => {
  const maxScanned = fc.constantFrom(1, 7, 50, 200_000);

  test('forwards', async () => {
    await fc.assert(
      fc.asyncProperty(queries, fc.integer({ min: 1, max: 40 }), maxScanned, async (query, first, scanned) => {
        const found: number[] = [];
        const wanted = matching(query).map(({ offset }) => offset);
        for (let after: string | null = null; ; ) {
          const page: PointsPage = await readPointsPage(
            log,
            { ...query, first, after },
            { ...limits, maxScanned: scanned },
          );
          expect(page.points.length).toBeLessThanOrEqual(first);
          expect(page.hasPreviousPage).toBe(after !== null);
          found.push(...offsets(page));
          if (!page.hasNextPage) break;
          expect(page.endCursor).not.toBe(after);
          if (page.points.length === first) expect(page.endCursor).toBeTypeOf('string');
          after = page.endCursor;
        }
        expect(found).toEqual(wanted);
      }),
      { numRuns: 60 },
    );
  });

  test('backwards', async () => {
    await fc.assert(
      fc.asyncProperty(queries, fc.integer({ min: 1, max: 40 }), maxScanned, async (query, last, scanned) => {
        const found: number[] = [];
        const wanted = matching(query).map(({ offset }) => offset);
        for (let before: string | null = null; ; ) {
          const page: PointsPage = await readPointsPage(
            log,
            { ...query, last, before },
            { ...limits, maxScanned: scanned },
          );
          expect(page.points.length).toBeLessThanOrEqual(last);
          expect(page.hasNextPage).toBe(before !== null);
          found.unshift(...offsets(page));
          if (!page.hasPreviousPage) break;
          expect(page.startCursor).not.toBe(before);
          before = page.startCursor;
        }
        expect(found).toEqual(wanted);
      }),
      { numRuns: 60 },
    );
  });
});

test('a page within two cursors has what lies between them, and says whether there is more', async () => {
  const cursors = (await readPointsPage(log, { ...all, first: 1000 }, limits)).points;
  const place = fc.nat(cursors.length - 1);
  // Null: as many as there are.
  const size = fc.record({ isLast: fc.boolean(), most: fc.option(fc.integer({ min: 0, max: 60 })) });
  await fc.assert(
    fc.asyncProperty(
      queries,
      fc.option(place),
      fc.option(place),
      size,
      async (query, after, before, { isLast, most }) => {
        const at = (i: number | null) => (i === null ? undefined : cursors[i]);
        const [low, high] = [at(after)?.point.offset ?? 0, at(before)?.point.offset ?? Number.POSITIVE_INFINITY];
        const between = matching(query)
          .map(({ offset }) => offset)
          .filter((offset) => offset > low && offset < high);
        const count = most ?? between.length;
        const bounds = { after: at(after)?.cursor ?? null, before: at(before)?.cursor ?? null };
        const sizes = isLast ? { first: null, last: count } : { first: count, last: null };
        const page = await readPointsPage(log, { ...query, ...bounds, ...sizes }, limits);
        const expected = isLast ? between.slice(Math.max(0, between.length - count)) : between.slice(0, count);
        expect(offsets(page)).toEqual(expected);
        expect(isLast ? page.hasPreviousPage : page.hasNextPage).toBe(between.length > count);
        const ends = [page.points[0]?.cursor ?? null, page.points.at(-1)?.cursor ?? null];
        expect([page.startCursor, page.endCursor]).toEqual(ends);
      },
    ),
    { numRuns: 200 },
  );
});

describe('a short page', () => {
  const rare = { ...all, filter: { filters: [{ field: 'n', op: 'EQ' as const, values: [-1] }], where: null } };

  test('says that there may be more, and where it stopped, though it has no point', async () => {
    const forward = await readPointsPage(log, { ...rare, first: 10 }, { ...limits, maxScanned: 20 });
    expect(forward).toMatchObject({ points: [], hasNextPage: true, startCursor: null, endCursor: expect.any(String) });
    const backward = await readPointsPage(log, { ...rare, last: 10 }, { ...limits, maxScanned: 20 });
    expect(backward).toMatchObject({
      points: [],
      hasPreviousPage: true,
      startCursor: expect.any(String),
      endCursor: null,
    });
  });

  test('is none where everything was looked at', async () => {
    const page = await readPointsPage(log, { ...rare, first: 10 }, limits);
    expect(page).toMatchObject({ points: [], hasNextPage: false, startCursor: null, endCursor: null });
  });
});

test('without a size a page has the default one', async () => {
  const page = await readPointsPage(log, all, { ...limits, defaultPage: 5 });
  expect(offsets(page)).toEqual(
    matching(all)
      .slice(0, 5)
      .map(({ offset }) => offset),
  );
});

test.each([
  [{ first: 1, last: 1 }, 'give first or last, not both'],
  [{ first: -1 }, 'first must be from 0 to 1000, not -1'],
  [{ first: 1001 }, 'first must be from 0 to 1000, not 1001'],
  [{ last: 1001 }, 'last must be from 0 to 1000, not 1001'],
  [{ after: 'no cursor at all' }, 'is no cursor'],
  [{ before: 'AQEAAAAAAAAAAAEAAQ' }, 'cursor'],
])('%j is refused with the reason', async (asked, message) => {
  await expect(readPointsPage(log, { ...all, ...asked }, limits)).rejects.toMatchObject({
    code: 'BAD_USER_INPUT',
    message: expect.stringContaining(message),
  });
});

test('after points have gone by retention a page begins with the oldest that is left', async () => {
  const other = new FakeClock();
  const trimmed: Log = openMemoryStore({ clock: other, maxBytes: 1e9 }).log;
  await trimmed.append(batchOf(trimmed, somePoints(5)));
  const { endCursor } = await readPointsPage(trimmed, { ...all, first: 2 }, limits);
  await other.advance(1000);
  await trimmed.append(batchOf(trimmed, [somePoint(5)]));
  await trimmed.trim(other.now());
  const page = await readPointsPage(trimmed, { ...all, after: endCursor }, limits);
  expect(offsets(page)).toEqual([6]);
});
