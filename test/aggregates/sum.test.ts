// SUM of terms that cancel.
import { expect, test } from 'vitest';
import { cellOf } from './one-cell.ts';

test('a sum whose large terms cancel keeps the small ones, also where they meet in a merge', () => {
  const whole = cellOf('SUM');
  for (const value of [1e16, 1, -1e16]) whole.add(value);
  expect(whole.value()).toBe(1);
  const [left, right] = [cellOf('SUM'), cellOf('SUM')];
  for (const value of [1e16, 1, 1]) left.add(value);
  for (const value of [-1e16, 1]) right.add(value);
  left.merge(right);
  expect(left.value()).toBe(3);
});
