// STDDEV of the sample where it is easily got wrong.
import { expect, test } from 'vitest';
import { cellOf, type OneCell } from './one-cell.ts';

function of(...values: unknown[]): OneCell {
  const deviation = cellOf('STDDEV');
  for (const value of values) deviation.add(value);
  return deviation;
}

test('the deviation of fewer than two numbers is null', () => {
  expect(of().value()).toBeNull();
  expect(of(5, 'a', null).value()).toBeNull();
  expect(of(5, 5).value()).toBe(0);
});

test('the deviation is divided by one less than there are numbers', () => {
  expect(of(2, 4, 4, 4, 5, 5, 7, 9).value()).toBeCloseTo(Math.sqrt(32 / 7), 12);
});

test('a small deviation around a large mean keeps its digits, in one piece and merged', () => {
  const whole = of(1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16);
  const merged = of(1e9 + 4, 1e9 + 13);
  merged.merge(of());
  merged.merge(of(1e9 + 16, 1e9 + 7));
  for (const deviation of [whole, merged]) expect(deviation.value()).toBeCloseTo(Math.sqrt(30), 8);
});
