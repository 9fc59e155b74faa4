// AVG of terms that cancel.
import { expect, test } from 'vitest';
import { Mean } from '../../src/aggregates/mean.ts';

test('a mean is over the numbers alone', () => {
  const mean = new Mean();
  for (const value of [1e16, 2, null, 'a', -1e16, undefined]) mean.add(value);
  expect(mean.value()).toBeCloseTo(2 / 3, 12);
});
