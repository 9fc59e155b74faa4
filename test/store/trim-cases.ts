// Trimming: the oldest blocks go whole, everything younger stays.
import assert from 'node:assert/strict';
import { somePoints } from '../support/batches.ts';
import { assertSame, readAll, readAllColumns, request } from './reading.ts';
import { Recorder } from './recorder.ts';
import type { StoreCase, World } from './store-case.ts';

/** Appends of these sizes, a minute apart. */
async function fill(world: World, sizes: readonly number[]): Promise<{ recorder: Recorder; start: number }> {
  const { log } = await world.open();
  const recorder = new Recorder(log);
  const start = world.clock.now();
  for (const [i, size] of sizes.entries()) {
    if (i > 0) world.clock.pass(60_000);
    await recorder.append(somePoints(size, i * 1000));
  }
  return { recorder, start };
}

export const trimCases: readonly StoreCase[] = [
  {
    title: 'blocks that arrived before a time go, and reads begin behind them',
    async run(world) {
      const { recorder, start } = await fill(world, [600, 500, 40]);
      const { log, points } = recorder;
      assert.equal(await log.oldestArrival(0), start);
      assert.deepEqual(await log.trim(start), { points: 0 });
      assert.deepEqual(await log.trim(start + 1), { points: 600 });
      assert.deepEqual([log.floor(0), log.head(0)], [601, 1140]);
      assert.equal(await log.oldestArrival(0), start + 60_000);
      const left = points.slice(600);
      assertSame(await readAll(log), left);
      assertSame(await readAll(log, { direction: 'backward' }), left.toReversed());
      assertSame(await readAll(log, { after: 300, upTo: 700 }), points.slice(600, 700));
      const gone = await log.read(request(log, { after: 100, upTo: 200 }));
      assert.deepEqual([gone.points, gone.done, gone.floor], [[], true, 601]);
      const { offsets } = await readAllColumns(log, ['n'], {});
      assert.deepEqual(
        offsets,
        left.map(({ offset }) => offset),
      );
    },
  },
  {
    title: 'a trim takes a prefix of whole blocks and nothing that arrived at its time or later',
    async run(world) {
      const { recorder, start } = await fill(world, [1, 3, 1, 1, 480, 30, 1, 1, 700, 2, 2, 2]);
      const { log, points } = recorder;
      for (const minute of [0, 2, 3, 7, 9, 10]) {
        const before = start + minute * 60_000;
        const floor = log.floor(0);
        const trimmed = await log.trim(before);
        assert.equal(log.floor(0), floor + trimmed.points);
        const left = await readAll(log);
        assertSame(left, points.slice(log.floor(0) - 1));
        assert.ok(points.slice(0, log.floor(0) - 1).every(({ receivedAt }) => receivedAt < before));
      }
      assert.ok(log.floor(0) > 700, 'what is older than the oldest block left is gone');
    },
  },
  {
    title: 'where everything has been trimmed, appends go on at the next offset',
    async run(world) {
      const { recorder, start } = await fill(world, [600, 3]);
      const { log } = recorder;
      assert.deepEqual(await log.trim(start + 3_600_000), { points: 603 });
      assert.deepEqual([log.floor(0), log.head(0), await log.oldestArrival(0)], [604, 603, null]);
      assertSame(await readAll(log), []);
      assertSame(await readAll(log, { direction: 'backward' }), []);
      assert.equal((await recorder.append(somePoints(2))).first, 604);
      assertSame(await readAll(log), recorder.points.slice(603));
      assert.deepEqual(await log.trim(start), { points: 0 });
    },
  },
  {
    title: 'appends, reads and trims at the same time do not disturb one another',
    async run(world) {
      const { recorder, start } = await fill(
        world,
        Array.from({ length: 40 }, () => 37),
      );
      const { log } = recorder;
      const work: Promise<unknown>[] = [];
      for (let i = 0; i < 30; i += 1) {
        work.push(recorder.append(somePoints(11)));
        if (i % 3 === 0) work.push(log.trim(start + i * 60_000));
        const { direction, after } = {
          direction: i % 2 === 0 ? ('forward' as const) : ('backward' as const),
          after: i * 20,
        };
        const reading = log.read(request(log, { direction, after })).then(({ points, floor }) => {
          const offsets = points.map(({ offset }) => offset).sort((a, b) => a - b);
          assert.equal(offsets.at(-1), (offsets[0] ?? 0) + offsets.length - 1, 'a page has no holes');
          if (direction === 'forward') assert.equal(offsets[0], Math.max(floor, after + 1));
        });
        work.push(reading);
      }
      await Promise.all(work);
      assertSame(await readAll(log), recorder.points.slice(log.floor(0) - 1));
    },
  },
];
