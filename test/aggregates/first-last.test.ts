// FIRST, LAST and DELTA by event time, then by arrival.
import { expect, test } from 'vitest';
import { cellOf } from './one-cell.ts';

type Seen = readonly [value: unknown, time: number, offset: number];

function results(...parts: (readonly Seen[])[]): (number | null)[] {
  return (['FIRST', 'LAST', 'DELTA'] as const).map((name) => {
    const whole = cellOf(name);
    for (const part of parts) {
      const ends = cellOf(name);
      for (const seen of part) ends.add(...seen);
      whole.merge(ends);
    }
    return whole.value(1);
  });
}

test('event time decides, whatever came first', () => {
  expect(
    results([
      [30, 300, 1],
      [10, 100, 2],
      [20, 200, 3],
    ]),
  ).toEqual([10, 30, 20]);
});

test('of equal times the lower offset is first and the higher is last, also across merges', () => {
  const seen: Seen[] = [
    [5, 100, 7],
    [6, 100, 9],
    [4, 100, 8],
  ];
  expect(results(seen)).toEqual([5, 6, 1]);
  expect(results(...seen.map((one) => [one]))).toEqual([5, 6, 1]);
  expect(results(...seen.toReversed().map((one) => [one]))).toEqual([5, 6, 1]);
});

test('what is no number does not count as first or last', () => {
  expect(results([['a', 1, 1]], [[2, 2, 2]], [[null, 3, 3]])).toEqual([2, 2, 0]);
  expect(results([['a', 1, 1]])).toEqual([null, null, null]);
});
