// Buckets of positive numbers over all that a double can hold.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LogBuckets } from '../../src/aggregates/log-buckets.ts';

// The least of the doubles have too few digits for 1 %.
const positive = fc.double({ min: 2 ** -1000, max: Number.MAX_VALUE, noNaN: true });

test('each rank gives its number within 1 %, whatever was merged with what', () => {
  fc.assert(
    fc.property(fc.array(positive, { minLength: 1, maxLength: 40 }), fc.nat(40), (numbers, cut) => {
      const buckets = new LogBuckets();
      const others = new LogBuckets();
      for (const [i, number] of numbers.entries()) (i < cut ? buckets : others).add(number);
      buckets.merge(others);
      expect(buckets.count).toBe(numbers.length);
      for (const [rank, number] of numbers.toSorted((a, b) => a - b).entries()) {
        expect(Math.abs(buckets.at(rank) / number - 1)).toBeLessThanOrEqual(0.010_000_001);
      }
    }),
    { numRuns: 300 },
  );
});

test('a rank past the count is an error', () => {
  const buckets = new LogBuckets();
  buckets.add(1);
  expect(() => buckets.at(1)).toThrow('no rank 1 among 1 numbers');
});
