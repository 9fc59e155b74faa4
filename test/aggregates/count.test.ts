// COUNT and RATE: points, whatever their field holds.
import { expect, test } from 'vitest';
import { cellOf } from './one-cell.ts';

test('a rate is points a second over the span that was aggregated', () => {
  const rate = cellOf('RATE');
  for (let i = 0; i < 90; i += 1) rate.add(undefined);
  expect(rate.value(60)).toBe(1.5);
  expect(rate.value(0.5)).toBe(180);
});

test('a rate over no time is 0, not infinite', () => {
  const rate = cellOf('RATE');
  rate.add(undefined);
  expect(rate.value(0)).toBe(0);
});

test('a count does not depend on the span', () => {
  const count = cellOf('COUNT');
  count.add(undefined);
  count.add(undefined);
  expect([count.value(1), count.value(3600)]).toEqual([2, 2]);
});
