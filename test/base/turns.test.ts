// Turns of the event loop: one piece of work in each.
import { setImmediate as immediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { nextTurn, ownTurn } from '../../src/base/turns.ts';

/** Counts the turns of the event loop while `work` runs. */
async function turnsOf(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let isDone = false;
  const counting = (async () => {
    while (!isDone) {
      await immediate();
      turns += 1;
    }
  })();
  await work;
  isDone = true;
  await counting;
  return turns;
}

test('many who ask at once have one turn of the event loop each, in the order in which they asked', async () => {
  const order: number[] = [];
  const all = Array.from({ length: 20 }, async (_, i) => {
    await nextTurn();
    order.push(i);
  });
  expect(await turnsOf(Promise.all(all))).toBeGreaterThanOrEqual(19);
  expect(order).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

test('a turn that nobody has had is had at once, but once only', async () => {
  await immediate();
  await immediate();
  expect(ownTurn()).toBeUndefined();
  expect(ownTurn()).toBeInstanceOf(Promise);
  await immediate();
  await immediate();
  await immediate();
  expect(ownTurn()).toBeUndefined();
});
