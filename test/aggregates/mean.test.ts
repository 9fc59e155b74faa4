// AVG of terms that cancel.
import { expect, test } from 'vitest';
import { cellOf } from './one-cell.ts';

test('a mean is over the numbers alone', () => {
  const mean = cellOf('AVG');
  for (const value of [1e16, 2, null, 'a', -1e16, undefined]) mean.add(value);
  expect(mean.value()).toBeCloseTo(2 / 3, 12);
});
