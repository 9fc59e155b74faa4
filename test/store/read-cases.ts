// Reading: every page of every request against a filter over a plain array.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { everyPoint, type PointFilter } from '../../src/points/condition.ts';
import type { PointInput, StoredPoint } from '../../src/points/point.ts';
import type { ReadRequest, Storage } from '../../src/store/store.ts';
import { somePoint, somePoints } from '../support/batches.ts';
import { assertSame, readAll, readAllColumns, request } from './reading.ts';
import { Recorder } from './recorder.ts';
import type { StoreCase, World } from './store-case.ts';

/** A batch as it is drawn: how many points, and what they are made of. */
interface Drawn {
  readonly count: number;
  readonly salt: number;
  readonly waitMs: number;
}

const batches: fc.Arbitrary<Drawn[]> = fc.array(
  fc.record({
    count: fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0, max: 3 }) },
      { weight: 4, arbitrary: fc.integer({ min: 4, max: 60 }) },
      { weight: 1, arbitrary: fc.integer({ min: 490, max: 1100 }) },
    ),
    salt: fc.nat(1000),
    waitMs: fc.constantFrom(0, 0, 1, 700, 60_000),
  }),
  { minLength: 1, maxLength: 14 },
);

/** Filters as the store takes them, each beside the same in plain words. */
const filters: readonly (readonly [PointFilter, (data: StoredPoint['data']) => boolean])[] = [
  [everyPoint, () => true],
  [{ filters: [{ field: 'n', op: 'GT', values: [40] }], where: null }, ({ n }) => Number(n) > 40],
  [
    {
      filters: [],
      where: {
        any: [
          { field: 'tag', op: 'EQ', values: ['ä'] },
          { field: 'n', op: 'LT', values: [5] },
        ],
      },
    },
    ({ tag, n }) => tag === 'ä' || Number(n) < 5,
  ],
  [{ filters: [{ field: 'nothing', op: 'EXISTS', values: [] }], where: null }, () => false],
];

/** A request as it is drawn: places as fractions of the log, times as minutes around the clock. */
const requests = fc.array(
  fc.record({
    series: fc.option(fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { maxLength: 4 })),
    after: fc.double({ min: 0, max: 1, noNaN: true }),
    upTo: fc.double({ min: 0, max: 1.2, noNaN: true }),
    from: fc.option(fc.integer({ min: -12, max: 8 })),
    to: fc.option(fc.integer({ min: -12, max: 8 })),
    arrivedFrom: fc.option(fc.integer({ min: -1, max: 8 }), { freq: 2 }),
    filter: fc.nat(filters.length - 1),
    direction: fc.constantFrom('forward' as const, 'backward' as const),
    limit: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(1000)),
    maxScanned: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(200_000)),
  }),
  { minLength: 1, maxLength: 25 },
);
type DrawnRequest = typeof requests extends fc.Arbitrary<(infer One)[]> ? One : never;

function pointsOf({ count, salt }: Drawn, now: number): PointInput[] {
  return Array.from({ length: count }, (_, i) => {
    const dice = Math.imul(salt * 1009 + i + 1, 0x9e3779b1) >>> 8;
    const timestamp = dice % 3 === 0 ? null : new Date(now - (dice % 600) * 1000 + 4000).toISOString();
    return {
      entityType: ['orders', 'größe', 'sensors'][dice % 3] as string,
      serviceId: `s${(dice >> 4) % 3}`,
      timestamp,
      data: { n: dice % 97, tag: ['a', 'ä', null][dice % 3] as string | null, deep: { x: dice % 7 } },
    };
  });
}

async function fill(world: World, log: Storage['log'], drawn: readonly Drawn[]): Promise<Recorder> {
  const recorder = new Recorder(log);
  for (const batch of drawn) {
    world.clock.pass(batch.waitMs);
    await recorder.append(pointsOf(batch, world.clock.now()));
  }
  return recorder;
}

function asked(drawn: DrawnRequest, head: number, start: number): Partial<ReadRequest> {
  const minute = (offset: number | null) => (offset === null ? null : start + offset * 60_000);
  return {
    ...drawn,
    after: Math.floor(drawn.after * head),
    upTo: Math.floor(drawn.upTo * head),
    from: minute(drawn.from),
    to: minute(drawn.to),
    arrivedFrom: minute(drawn.arrivedFrom),
    filter: filters[drawn.filter]?.[0] ?? everyPoint,
  };
}

function expected(points: readonly StoredPoint[], range: Partial<ReadRequest>, drawn: DrawnRequest): StoredPoint[] {
  const passes = filters[drawn.filter]?.[1] ?? (() => true);
  const { after = 0, upTo = 0, from = null, to = null } = range;
  const found = points.filter(
    (point) =>
      point.offset > after &&
      point.offset <= upTo &&
      (drawn.series === null || drawn.series.includes(point.series)) &&
      (from === null || point.timestamp > from) &&
      (to === null || point.timestamp <= to) &&
      passes(point.data),
  );
  return drawn.direction === 'forward' ? found : found.reverse();
}

const fields = ['n', 'deep.x', 'tag', 'missing'];

async function compare(log: Storage['log'], points: readonly StoredPoint[], drawn: DrawnRequest, start: number) {
  const range = asked(drawn, points.length, start);
  const all = expected(points, range, drawn);
  const read = await readAll(log, range);
  // Whole blocks are left out by arrival: what came before may be among the rest.
  const { arrivedFrom } = range;
  const isEarly = (point: StoredPoint) => typeof arrivedFrom === 'number' && point.receivedAt < arrivedFrom;
  const kept = new Set(read.map(({ offset }) => offset));
  const wanted = all.filter((point) => !isEarly(point) || kept.has(point.offset));
  assertSame(read, wanted);
  const columns = await readAllColumns(log, fields, range);
  assert.deepEqual(columns, {
    times: read.map(({ timestamp }) => timestamp),
    offsets: read.map(({ offset }) => offset),
    series: read.map(({ series }) => series),
    columns: [
      read.map(({ data }) => data['n']),
      read.map(({ data }) => (data['deep'] as { x: number }).x),
      read.map(({ data }) => data['tag']),
      read.map(() => undefined),
    ],
  });
}

export const readCases: readonly StoreCase[] = [
  {
    title: 'a time range leaves out what is at its start and has what is at its end',
    async run(world) {
      const { log } = await world.open();
      const recorder = new Recorder(log);
      const start = world.clock.now() - 60_000;
      const at = (ms: number) => ({ ...somePoint(ms), timestamp: new Date(start + ms).toISOString() });
      await recorder.append([at(0), at(1), at(2), at(3), at(2)]);
      const times = { from: start + 1, to: start + 2 };
      assertSame(await readAll(log, times), [recorder.points[2], recorder.points[4]]);
      const { offsets } = await readAllColumns(log, [], times);
      assert.deepEqual(offsets, [3, 5]);
    },
  },
  {
    title: 'only the wanted series are read, and fields of theirs by name',
    async run(world) {
      const { log } = await world.open();
      const recorder = new Recorder(log);
      await recorder.append(
        ['a', 'b', 'a', 'c'].map((service, n) => ({ ...somePoint(n, service), data: { n, x: n + 10 } })),
      );
      const ofA = log.series.numbers('orders', 'a');
      assertSame(await readAll(log, { series: ofA }), [recorder.points[0], recorder.points[2]]);
      assertSame(await readAll(log, { series: [] }), []);
      const { series, columns } = await readAllColumns(log, ['n', 'x'], { series: ofA });
      assert.deepEqual(series, [...ofA, ...ofA]);
      assert.deepEqual(columns, [
        [0, 2],
        [10, 12],
      ]);
    },
  },
  {
    title: 'blocks that arrived before a time are left out, and none that arrived at it or later',
    async run(world) {
      const { log } = await world.open();
      const recorder = new Recorder(log);
      const start = world.clock.now();
      for (let minute = 0; minute < 4; minute += 1) {
        if (minute > 0) world.clock.pass(60_000);
        await recorder.append(somePoints(500));
      }
      for (const [arrivedFrom, first] of [
        [start, 0],
        [start + 1, 500],
        [start + 60_000, 500],
        [start + 180_000, 1500],
        [start + 180_001, 2000],
      ] as const) {
        const left = recorder.points.slice(first);
        assertSame(await readAll(log, { arrivedFrom }), left);
        assertSame(await readAll(log, { arrivedFrom, direction: 'backward' }), left.toReversed());
      }
    },
  },
  {
    title: 'a page says whether the range is exhausted and where to go on',
    async run(world) {
      const { log } = await world.open();
      const recorder = new Recorder(log);
      await recorder.append(somePoints(10));
      const first = await log.read(request(log, { limit: 4 }));
      assert.deepEqual([first.points.length, first.done, first.stoppedAt, first.floor], [4, false, 4, 1]);
      const rest = await log.read(request(log, { after: 4 }));
      assert.deepEqual([rest.points.length, rest.done, rest.stoppedAt], [6, true, 10]);
      const newest = await log.read(request(log, { direction: 'backward', limit: 3 }));
      assert.deepEqual([newest.points.map(({ offset }) => offset), newest.done], [[10, 9, 8], false]);
      const older = await log.read(request(log, { direction: 'backward', upTo: newest.stoppedAt - 1, after: 2 }));
      assert.deepEqual(
        [older.points.map(({ offset }) => offset), older.done, older.stoppedAt],
        [[7, 6, 5, 4, 3], true, 2],
      );
    },
  },
  {
    title: 'a page stops after so many points were looked at, however few it has found',
    async run(world) {
      const { log } = await world.open();
      const recorder = new Recorder(log);
      await recorder.append(somePoints(900));
      const filter = { filters: [{ field: 'n', op: 'EQ' as const, values: [899] }], where: null };
      const page = await log.read(request(log, { filter, maxScanned: 100 }));
      assert.deepEqual([page.points, page.done], [[], false]);
      assert.ok(page.stoppedAt >= 90 && page.stoppedAt <= 100, `it stopped at ${page.stoppedAt}`);
      assert.deepEqual(
        (await readAll(log, { filter, maxScanned: 100 })).map(({ offset }) => offset),
        [900],
      );
    },
  },
  {
    title: 'an empty log and an empty range give an empty page that is done',
    async run(world) {
      const { log } = await world.open();
      const nothing = await log.read(request(log, { upTo: 0 }));
      assert.deepEqual([nothing.points, nothing.done], [[], true]);
      const recorder = new Recorder(log);
      await recorder.append(somePoints(3));
      for (const direction of ['forward', 'backward'] as const) {
        const empty = await log.read(request(log, { direction, after: 2, upTo: 2 }));
        assert.deepEqual([empty.points, empty.done], [[], true]);
      }
    },
  },
  {
    title: 'a range that ends past the newest point ends there, so that going on misses nothing',
    async run(world) {
      const { log } = await world.open();
      const recorder = new Recorder(log);
      await recorder.append(somePoints(3));
      const page = await log.read(request(log, { upTo: Number.MAX_SAFE_INTEGER }));
      assert.deepEqual([page.points.length, page.done, page.stoppedAt], [3, true, 3]);
      await recorder.append([somePoint(7)]);
      assertSame(await readAll(log, { after: page.stoppedAt }), recorder.points.slice(3));
      assertSame(await readAll(log, { upTo: 99, direction: 'backward' }), recorder.points.toReversed());
    },
  },
];

/** For any appends and any request. */
export const propertyCases: readonly StoreCase[] = [
  {
    title: 'pages and columns put together equal a filter over all points, for any appends and any request',
    async run(world) {
      await fc.assert(
        fc.asyncProperty(batches, requests, async (drawn, allRequests) => {
          const own = world.another();
          const start = own.clock.now();
          const storage = await own.open();
          const { log, points } = await fill(own, storage.log, drawn);
          for (const one of allRequests) await compare(log, points, one, start);
          await storage.close();
        }),
        { numRuns: world.runs },
      );
    },
  },
];
