// SUM of terms that cancel.
import { expect, test } from 'vitest';
import { Sum } from '../../src/aggregates/sum.ts';

test('a sum whose large terms cancel keeps the small ones, also where they meet in a merge', () => {
  const whole = new Sum();
  for (const value of [1e16, 1, -1e16]) whole.add(value);
  expect(whole.value()).toBe(1);
  const [left, right] = [new Sum(), new Sum()];
  for (const value of [1e16, 1, 1]) left.add(value);
  for (const value of [-1e16, 1]) right.add(value);
  left.merge(right);
  expect(left.value()).toBe(3);
});
