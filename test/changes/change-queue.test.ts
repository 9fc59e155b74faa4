// What waits for one reader of a change log.
import { expect, test } from 'vitest';
import { ChangeQueue } from '../../src/changes/change-queue.ts';
import { type Light, turned } from './light.ts';

function pushed(count: number, ids: readonly string[]): number[] {
  const queue = new ChangeQueue<Light>();
  for (let revision = 1; revision <= count; revision += 1) {
    const id = ids[revision % ids.length] as string;
    queue.push({ ...turned(id, 'red').body, revision });
  }
  const revisions: number[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) revisions.push(next.revision);
  return revisions;
}

test('every change waits while they are few, in its order', () => {
  expect(pushed(1000, ['a', 'b'])).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
});

test('past that the latest of each takes the place of the one before', () => {
  const revisions = pushed(1500, ['a', 'b']);
  expect(revisions).toHaveLength(1000);
  expect(revisions.slice(-2)).toEqual([1499, 1500]);
});

test('each thing keeps its latest change, however many things there are', () => {
  const ids = Array.from({ length: 1200 }, (_, i) => `light_${i}`);
  expect(pushed(2400, ids)).toEqual(Array.from({ length: 1200 }, (_, i) => 1201 + i));
});

test('the latest takes the place of the one before also where an earlier one has been taken', () => {
  const queue = new ChangeQueue<Light>();
  const push = (id: string, revision: number) => queue.push({ ...turned(id, 'red').body, revision });
  push('a', 1);
  push('a', 2);
  for (let revision = 3; revision < 1003; revision += 1) push(`light_${revision}`, revision);
  expect(queue.shift()?.revision).toBe(1);
  push('a', 1003);
  expect(queue.shift()?.revision).toBe(3);
});
