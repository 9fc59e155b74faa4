// Following a log: what is stored, then what comes, each point once and in order.
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import type { StoredPoint } from '../../src/points/point.ts';
import type { PointBlock } from '../../src/store/store.ts';
import { type Tail, tail } from '../../src/store/tail.ts';
import { batchOf, somePoints } from '../support/batches.ts';
import { assertSame, readAll } from './reading.ts';
import type { StoreCase } from './store-case.ts';

export const tailCases: readonly StoreCase[] = [
  {
    title: 'a tail gives every point once and in order while appends go on during its replay',
    async run(world) {
      const { log } = await world.open();
      for (let i = 0; i < 12; i += 1) await log.append(batchOf(log, somePoints(350, i * 1000)));
      const seen: StoredPoint[] = [];
      const note = ({ first, points, at }: PointBlock) => {
        assert.equal(first, points[0]?.offset);
        assert.ok(
          points.every(({ receivedAt }) => receivedAt === at),
          'a block has one arrival',
        );
        seen.push(...points);
      };
      const appends: Promise<unknown>[] = [];
      const following = tail(log, 0, 0, note);
      for (let i = 0; i < 60; i += 1) {
        world.clock.pass(i % 3);
        appends.push(log.append(batchOf(log, somePoints((i % 7) * 9))));
        await setImmediate();
      }
      await Promise.all([...appends, following.live]);
      await log.append(batchOf(log, somePoints(1)));
      following.stop();
      assertSame(seen, await readAll(log));
      assert.equal(seen.length, log.head(0));
    },
  },
  {
    title: 'a tail begins behind its place and is live at once where nothing was missed',
    async run(world) {
      const { log } = await world.open();
      await log.append(batchOf(log, somePoints(5)));
      const offsets: number[] = [];
      const late = tail(log, 0, 3, ({ points }) => offsets.push(...points.map(({ offset }) => offset)));
      await late.live;
      assert.deepEqual(offsets, [4, 5]);
      const now: number[] = [];
      const live = tail(log, 0, 5, ({ points }) => now.push(...points.map(({ offset }) => offset)));
      await live.live;
      await log.append(batchOf(log, somePoints(2)));
      assert.deepEqual(now, [6, 7]);
      assert.deepEqual(offsets, [4, 5, 6, 7]);
      for (const one of [late, live]) one.stop();
    },
  },
  {
    title: 'a tail that was stopped gives nothing more, in replay and live',
    async run(world) {
      const { log } = await world.open();
      for (let i = 0; i < 6; i += 1) {
        world.clock.pass(1);
        await log.append(batchOf(log, somePoints(500)));
      }
      let replayed = 0;
      const replaying = tail(log, 0, 0, ({ points }) => {
        replayed += points.length;
        replaying.stop();
      });
      await replaying.live;
      let heard = 0;
      const live = tail(log, 0, log.head(0), () => {
        heard += 1;
      });
      await live.live;
      live.stop();
      await log.append(batchOf(log, somePoints(1)));
      assert.deepEqual([replayed, heard], [500, 0]);
    },
  },
  {
    title: 'a tail that begins within an announcement does not get that block again',
    async run(world) {
      const { log } = await world.open();
      const offsets: number[] = [];
      const followers: Tail[] = [];
      const unlisten = log.onBlock(() => {
        unlisten();
        followers.push(tail(log, 0, log.head(0), ({ first }) => offsets.push(first)));
      });
      for (let i = 0; i < 3; i += 1) await log.append(batchOf(log, somePoints(1)));
      for (const one of followers) one.stop();
      assert.deepEqual(offsets, [2, 3]);
    },
  },
];
