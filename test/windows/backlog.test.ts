// Points that wait for their panes: taken in turns, in order, once, and before anybody reads the panes.
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { StoredPoint } from '../../src/points/point.ts';
import { Backlog } from '../../src/windows/backlog.ts';
import type { SharedPanes } from '../../src/windows/shared-panes.ts';
import { batchOf, somePoints } from '../support/batches.ts';
import { query } from './queries.ts';
import { WindowWorld } from './window-world.ts';

/** Stands for a set of panes; the backlog does not look into it. */
function someSet(): SharedPanes {
  return {} as SharedPanes;
}

class World {
  readonly taken = new Map<SharedPanes, number[]>();
  readonly failed: number[] = [];
  failsAt = Number.NaN;
  readonly backlog = new Backlog({
    now: () => 0,
    take: (panes, { offset }) => {
      if (offset === this.failsAt) throw new Error('broken');
      this.taken.set(panes, [...(this.taken.get(panes) ?? []), offset]);
    },
    onFailure: ({ offset }) => void this.failed.push(offset),
  });

  addBlock(sets: readonly SharedPanes[], from: number, to: number): void {
    this.backlog.beginBlock();
    for (let offset = from; offset <= to; offset += 1) {
      for (const panes of sets) this.backlog.add(panes, { offset } as StoredPoint, 0);
    }
  }
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('a block', () => {
  test('that is little work is taken at once', () => {
    const world = new World();
    const sets = [someSet(), someSet()];
    world.addBlock(sets, 1, 100);
    expect([world.backlog.size, world.taken.get(sets[1] as SharedPanes)]).toEqual([0, range(1, 100)]);
  });

  test('that is much work is taken in turns, each point once for each set, in order, also beside newer blocks', async () => {
    const world = new World();
    const sets = Array.from({ length: 50 }, someSet);
    world.addBlock(sets, 1, 500);
    const waiting = world.backlog.size;
    expect(waiting).toBe(50 * 500 - 4000);
    world.addBlock(sets, 501, 510);
    await setImmediate();
    expect(world.backlog.size).toBeLessThan(waiting);
    while (world.backlog.size > 0) await setImmediate();
    for (const panes of sets) expect(world.taken.get(panes)).toEqual(range(1, 510));
  });

  test('has reached a set that is read', () => {
    const world = new World();
    const sets = Array.from({ length: 50 }, someSet);
    world.addBlock(sets, 1, 500);
    const [first] = sets as [SharedPanes];
    world.backlog.catchUp(first);
    expect(world.taken.get(first)).toEqual(range(1, 500));
  });

  test('is nothing to a set that was dropped', async () => {
    const world = new World();
    const sets = Array.from({ length: 50 }, someSet);
    world.addBlock(sets, 1, 500);
    for (const panes of sets) world.backlog.drop(panes);
    expect(world.backlog.size).toBe(0);
    await setImmediate();
    expect(world.taken.get(sets[0] as SharedPanes)?.length).toBeLessThan(500);
  });

  test('with a point that breaks a set is taken but for that point, which is reported', async () => {
    const world = new World();
    const sets = Array.from({ length: 50 }, someSet);
    world.failsAt = 400;
    world.addBlock(sets, 1, 500);
    while (world.backlog.size > 0) await setImmediate();
    expect(world.failed).toEqual(sets.map(() => 400));
    expect(world.taken.get(sets[0] as SharedPanes)).toEqual(range(1, 500).filter((offset) => offset !== 400));
  });
});

test('values of many windows have all points of a large block as soon as it is committed', async () => {
  const world = new WindowWorld();
  const queries = Array.from({ length: 40 }, (_, n) =>
    query({ filters: [{ field: 'n', op: 'GT', values: [-1 - n] }] }),
  );
  const shares = await Promise.all(queries.map((one) => world.windows.share(one)));
  await world.log.append(batchOf(world.log, somePoints(1000)));
  for (const { window } of shares) expect(window.frame(world.log.now(), 1).value.count).toBe(1000);
});
