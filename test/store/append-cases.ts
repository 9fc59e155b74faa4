// Appending: offsets, repeated batches, point keys, arrival, announcements.
import assert from 'node:assert/strict';
import type { PointBlock } from '../../src/store/store.ts';
import { repeatWindowMs } from '../../src/store/store.ts';
import { batchOf, batchOfText, somePoint, somePoints } from '../support/batches.ts';
import { assertSame, readAll } from './reading.ts';
import { Recorder } from './recorder.ts';
import type { StoreCase } from './store-case.ts';

const orderingCases: StoreCase[] = [
  {
    title: 'offsets are dense, from 1, in the order of the appends',
    async run(world) {
      const { log } = await world.open();
      assert.equal(log.head(0), 0);
      assert.equal(log.floor(0), 1);
      const answers = await Promise.all([3, 1, 2].map((count) => log.append(batchOf(log, somePoints(count)))));
      assert.deepEqual(
        answers.map(({ first, count }) => [first, count]),
        [
          [1, 3],
          [4, 1],
          [5, 2],
        ],
      );
      assert.equal(log.head(0), 6);
      assert.equal(log.floor(0), 1);
      const points = await readAll(log);
      assert.deepEqual(
        points.map(({ offset, data }) => [offset, data['n']]),
        [
          [1, 0],
          [2, 1],
          [3, 2],
          [4, 0],
          [5, 0],
          [6, 1],
        ],
      );
    },
  },
  {
    title: 'a batch of more than 500 points is stored whole and in order',
    async run(world) {
      const { log } = await world.open();
      const recorder = new Recorder(log);
      const blocks: PointBlock[] = [];
      log.onBlock((block) => blocks.push(block));
      const keyed = somePoints(1234).map((point, i) => (i % 100 === 7 ? { ...point, key: `key ${i % 300}` } : point));
      const { first, count, duplicates } = await recorder.append(keyed);
      const repeatedKeys = Array.from({ length: 10 }, (_, i) => 307 + 100 * i);
      assert.deepEqual([first, count, duplicates], [1, 1224, repeatedKeys]);
      assertSame(await readAll(log), recorder.points);
      assertSame(
        blocks.flatMap(({ points }) => points),
        recorder.points,
      );
    },
  },
  {
    title: 'lines are kept as they came, in whatever script and layout',
    async run(world) {
      const { log } = await world.open();
      const lines = [
        '{"entityType":"größe","serviceId":"店-🚲","data":{"価格":1e2,"e\u0301":"\\ud83d\\ude00 👩‍👩‍👧","\\u0000":"\\ud800"}}',
        '  { "data" : { "a" : [ 1 , { "b" : null } ] , "long" : -0.1e-7 } , "serviceId" : "w" , "entityType" : "t" }\t',
        '{"entityType":"t","serviceId":"w","timestamp":"2026-11-24T11:59:00.5+01:00","data":{},"metadata":{"source":"ü"}}\r',
      ];
      await log.append(batchOfText(log, lines.join('\n')));
      const points = await readAll(log);
      assert.deepEqual(
        points.map(({ data }) => data),
        lines.map((line) => JSON.parse(line).data),
      );
      assert.deepEqual(points.map(({ entityType, serviceId }) => [entityType, serviceId])[0], ['größe', '店-🚲']);
      assert.equal(points[2]?.timestamp, Date.UTC(2026, 10, 24, 10, 59, 0, 500));
      assert.deepEqual(points[2]?.metadata, { source: 'ü' });
    },
  },
];

const repeatCases: StoreCase[] = [
  {
    title: 'the same batch id gets the same answer, and stores nothing again',
    async run(world) {
      const { log } = await world.open();
      const parts = { id: 'batch-1', answer: '{"accepted":3}' };
      const first = await log.append(batchOf(log, somePoints(3), parts));
      assert.equal(first.repeated, false);
      await log.append(batchOf(log, somePoints(2)));
      world.clock.pass(5000);
      const again = await log.append(batchOf(log, somePoints(3), { ...parts, answer: 'another' }));
      assert.deepEqual(again, { ...first, repeated: true });
      assert.equal(again.answer, '{"accepted":3}');
      assert.equal(log.head(0), 5);
    },
  },
  {
    title: 'the same batch id twice at the same time is stored once',
    async run(world) {
      const { log } = await world.open();
      const blocks: PointBlock[] = [];
      log.onBlock((block) => blocks.push(block));
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => log.append(batchOf(log, somePoints(3), { id: 'b', answer: 'a' }))),
      );
      assert.equal(answers.filter(({ repeated }) => !repeated).length, 1);
      assert.equal(new Set(answers.map(({ first }) => first)).size, 1);
      assert.equal(log.head(0), 3);
      assert.equal(blocks.length, 1);
    },
  },
  {
    title: 'a batch id that comes with other content is a CONFLICT, and nothing of it is stored',
    async run(world) {
      const { log } = await world.open();
      await log.append(batchOf(log, somePoints(3), { id: 'b' }));
      await assert.rejects(log.append(batchOf(log, somePoints(2), { id: 'b' })), { code: 'CONFLICT' });
      assert.equal(log.head(0), 3);
      assert.equal((await log.append(batchOf(log, somePoints(2)))).first, 4);
    },
  },
  {
    title: 'the answer to a batch without any accepted point is kept too',
    async run(world) {
      const { log } = await world.open();
      const rejected = { id: 'all bad', digest: 'of bad lines', answer: '{"rejected":9}' };
      const first = await log.append(batchOf(log, [], rejected));
      assert.deepEqual([first.count, first.repeated, log.head(0)], [0, false, 0]);
      assert.deepEqual(await log.append(batchOf(log, [], { ...rejected, answer: '' })), { ...first, repeated: true });
      await assert.rejects(log.append(batchOf(log, [], { ...rejected, digest: 'other' })), { code: 'CONFLICT' });
    },
  },
  {
    title: 'a batch id is forgotten by the first trim after 24 h',
    async run(world) {
      const { log } = await world.open();
      await log.append(batchOf(log, somePoints(1), { id: 'b' }));
      world.clock.pass(repeatWindowMs - 1);
      await log.trim(0);
      assert.equal((await log.append(batchOf(log, somePoints(1), { id: 'b' }))).repeated, true);
      world.clock.pass(1);
      await log.trim(0);
      assert.equal((await log.append(batchOf(log, somePoints(2), { id: 'b' }))).repeated, false);
    },
  },
];

const keyCases: StoreCase[] = [
  {
    title: 'a point whose key came before is left out and named, within one batch too',
    async run(world) {
      const { log } = await world.open();
      const recorder = new Recorder(log);
      const point = (entityType: string, key: string | null, n: number) => ({ ...somePoint(n), entityType, key });
      const first = await recorder.append([
        point('a', 'k', 1),
        point('b', 'k', 2),
        point('a', 'k', 3),
        point('a', null, 4),
      ]);
      assert.deepEqual([first.count, first.duplicates], [3, [2]]);
      const second = await recorder.append([point('b', 'k', 5), point('a', 'l', 6), point('a', 'k', 7)]);
      assert.deepEqual([second.first, second.count, second.duplicates], [4, 1, [0, 2]]);
      const none = await recorder.append([point('a', 'k', 8)]);
      assert.deepEqual([none.count, none.duplicates, log.head(0)], [0, [0], 4]);
      assertSame(await readAll(log), recorder.points);
    },
  },
  {
    title: 'entity type and key are not run together',
    async run(world) {
      const { log } = await world.open();
      const point = (entityType: string, key: string) => ({ ...somePoint(), entityType, key });
      const { count } = await log.append(batchOf(log, [point('ab', 'c'), point('a', 'bc'), point('abc', 'c')]));
      assert.equal(count, 3);
    },
  },
  {
    title: 'a point key counts for 24 h of arrival, and then no more',
    async run(world) {
      const { log } = await world.open();
      const keyed = [{ ...somePoint(), key: 'k' }];
      const count = async () => (await log.append(batchOf(log, keyed))).count;
      assert.equal(await count(), 1);
      world.clock.pass(repeatWindowMs - 1);
      await log.trim(0);
      assert.equal(await count(), 0);
      world.clock.pass(1);
      assert.equal(await count(), 1);
      assert.equal(await count(), 0);
      world.clock.pass(repeatWindowMs);
      await log.trim(0);
      assert.equal(await count(), 1);
    },
  },
];

const arrivalCases: StoreCase[] = [
  {
    title: 'a point without a timestamp gets its arrival, live and when it is read',
    async run(world) {
      const { log } = await world.open();
      const blocks: PointBlock[] = [];
      log.onBlock((block) => blocks.push(block));
      const early = new Date(world.clock.now() - 90_000).toISOString();
      const { at } = await log.append(batchOf(log, [somePoint(), { ...somePoint(), timestamp: early }]));
      assert.equal(at, world.clock.now());
      const times = [at, at - 90_000];
      assert.deepEqual(
        blocks.flatMap(({ points }) => points.map(({ timestamp }) => timestamp)),
        times,
      );
      assert.deepEqual(
        (await readAll(log)).map(({ timestamp }) => timestamp),
        times,
      );
      assert.equal((await readAll(log, { from: at - 1, to: at })).length, 1);
    },
  },
  {
    title: 'a clock that is stepped by years makes nothing be forgotten, also once the step is taken over',
    async run(world) {
      const { log } = await world.open();
      const keyed = [{ ...somePoint(), key: 'k' }];
      await log.append(batchOf(log, keyed, { id: 'b' }));
      for (const years of [10, -20, 10]) {
        world.clock.setNow(world.clock.now() + years * 365 * 86_400_000);
        log.now();
        world.clock.pass(3_600_000);
        log.now();
        await log.trim(log.clock.deletion() - 86_400_000);
        assert.equal((await log.append(batchOf(log, keyed, { id: 'b' }))).repeated, true);
        assert.deepEqual((await log.append(batchOf(log, keyed))).duplicates, [0]);
      }
      assert.equal((await readAll(log)).length, 1);
    },
  },
  {
    title: 'the clock of the log does not go back when that of the machine does',
    async run(world) {
      const { log } = await world.open();
      const start = world.clock.now();
      await log.append(batchOf(log, somePoints(1)));
      world.clock.setNow(start + 1000);
      assert.equal(log.now(), start + 1000);
      world.clock.setNow(start - 3_600_000);
      assert.equal(log.now(), start + 1000);
      assert.equal((await log.append(batchOf(log, somePoints(1)))).at, start + 1000);
      world.clock.setNow(start + 2000);
      assert.equal(log.now(), start + 2000);
    },
  },
  {
    title: 'blocks are announced in order, before their appends answer, as they are read later',
    async run(world) {
      const { log } = await world.open();
      const announced: PointBlock[] = [];
      let heard = 0;
      log.onBlock((block) => {
        announced.push(block);
        heard = block.first + block.points.length - 1;
        assert.equal(log.head(0), heard, 'who hears of a block finds it in the log');
      });
      const appends = Array.from({ length: 40 }, async (_, i) => {
        const points = somePoints((i * 7) % 23, i * 100).map((point) => ({
          ...point,
          key: i % 5 === 0 ? 'same' : null,
        }));
        const { first, count } = await log.append(batchOf(log, points));
        assert.ok(count === 0 || heard >= first + count - 1, 'a block is announced before its append answers');
      });
      await Promise.all(appends);
      let next = 1;
      for (const { partition, first, at, points } of announced) {
        assert.deepEqual([partition, first], [0, next]);
        assert.ok(points.length > 0 && points.every(({ receivedAt }) => receivedAt === at));
        next += points.length;
      }
      assertSame(
        announced.flatMap(({ points }) => points),
        await readAll(log),
      );
    },
  },
  {
    title: 'who has stopped listening hears no more, and who begins within an announcement hears of the next',
    async run(world) {
      const { log } = await world.open();
      const heard: string[] = [];
      const stop = log.onBlock(({ first }) => {
        heard.push(`a${first}`);
        if (first === 1) log.onBlock((block) => heard.push(`b${block.first}`));
        if (first === 2) stop();
      });
      for (let i = 0; i < 3; i += 1) await log.append(batchOf(log, somePoints(1)));
      assert.deepEqual(heard, ['a1', 'a2', 'b2', 'b3']);
    },
  },
  {
    title: 'series have numbers from 1, given once',
    async run(world) {
      const { log } = await world.open();
      const names = [
        ['orders', 'web'],
        ['orders', 'app'],
        ['payments', 'web'],
      ] as const;
      for (const [entityType, serviceId] of [...names, ...names]) {
        await log.append(batchOf(log, [{ entityType, serviceId, data: {} }]));
      }
      const { series } = log;
      assert.equal(series.size, 3);
      assert.deepEqual(
        names.map(([entityType, serviceId]) => series.find(entityType, serviceId)),
        [1, 2, 3],
      );
      assert.deepEqual(series.nameOf(2), { entityType: 'orders', serviceId: 'app' });
      assert.deepEqual(series.numbers('orders', null), [1, 2]);
      assert.deepEqual(series.numbers('orders', 'app'), [2]);
      assert.deepEqual(series.numbers('orders', 'none'), []);
      assert.deepEqual(series.numbers('none', null), []);
      assert.equal(series.find('payments', 'app'), undefined);
      assert.deepEqual(
        (await readAll(log)).map((point) => point.series),
        [1, 2, 3, 1, 2, 3],
      );
    },
  },
];

/** What takes longest comes last. */
export const largeCases: readonly StoreCase[] = [
  {
    title: 'a batch of many megabytes is stored whole and read again',
    async run(world) {
      const { log } = await world.open();
      const recorder = new Recorder(log);
      const large = Array.from({ length: 24 }, (_, n) => ({
        ...somePoint(n),
        data: { n, text: `${n}`.repeat(300_000) },
      }));
      await recorder.append(large);
      for (const point of large.slice(0, 12)) await recorder.append([point]);
      assertSame(await readAll(log, { limit: 5 }), recorder.points);
    },
  },
];

export const appendCases: readonly StoreCase[] = [...orderingCases, ...repeatCases, ...keyCases, ...arrivalCases];
