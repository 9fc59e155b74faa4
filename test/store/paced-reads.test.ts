// Reads of points are started a few at a time.
import { expect, test } from 'vitest';
import { turnsWaiting } from '../../src/base/turns.ts';
import { PacedReads } from '../../src/store/sqlite/paced-reads.ts';
import { waitUntil } from '../support/inbox.ts';

test('two reads run at a time, the others follow in their order, each in a turn of its own', async () => {
  const reads = new PacedReads();
  const started: number[] = [];
  const ends: ((failed: boolean) => void)[] = [];
  const all = Array.from({ length: 5 }, (_, n) =>
    reads.run(() => {
      started.push(n);
      return new Promise<number>((resolve, reject) =>
        ends.push((failed) => (failed ? reject(new Error(`read ${n} failed`)) : resolve(n))),
      );
    }),
  );
  const settled = Promise.allSettled(all);
  await waitUntil('two to start', () => started.length === 2);
  ends[0]?.(true);
  ends[1]?.(false);
  await waitUntil('a turn to be asked for', () => turnsWaiting() > 0 || started.length > 2);
  await waitUntil('two more to start', () => started.length === 4);
  for (const end of ends.slice(2)) end(false);
  await waitUntil('the last one to start', () => started.length === 5);
  ends[4]?.(false);
  expect(started).toEqual([0, 1, 2, 3, 4]);
  expect((await settled).map(({ status }) => status)).toEqual(['rejected', ...Array(4).fill('fulfilled')]);
  expect(await reads.run(async () => 'next')).toBe('next');
});
