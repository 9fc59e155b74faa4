// The compensated sum, where plain addition loses digits.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addTerm, mergeSum, sumOf, sumWidth } from '../../src/aggregates/exact-sum.ts';
import { exactSum, isClose } from './naive.ts';

class ExactSum {
  readonly #doubles = new Float64Array(sumWidth);

  add(term: number): void {
    addTerm(this.#doubles, 0, term);
  }

  merge(other: ExactSum): void {
    mergeSum(this.#doubles, 0, other.#doubles, 0);
  }

  get total(): number {
    return sumOf(this.#doubles, 0);
  }
}

function of(...terms: number[]): ExactSum {
  const sum = new ExactSum();
  for (const term of terms) sum.add(term);
  return sum;
}

test('what a large term hides comes back when it is taken away', () => {
  expect(of(1e16, 1, -1e16).total).toBe(1);
  expect(of(1, 1e100, 1, -1e100).total).toBe(2);
  expect(of(-1e16, 0.5, 0.25, 1e16).total).toBe(0.75);
});

test('a merge keeps what both had lost', () => {
  const sum = of(1e16, 1);
  sum.merge(of(1, -1e16));
  expect(sum.total).toBe(2);
});

test('the error does not grow with the number of terms', () => {
  const sum = new ExactSum();
  for (let i = 0; i < 1_000_000; i += 1) sum.add(0.1);
  expect(Math.abs(sum.total - 100_000)).toBeLessThanOrEqual(1.5e-11);
});

test('terms of any size and sign add up to their exact sum', () => {
  const term = fc.oneof(fc.double({ min: -1e12, max: 1e12, noNaN: true }), fc.constantFrom(1e16, -1e16, 1, -1, 0.1));
  fc.assert(
    fc.property(fc.array(term, { maxLength: 100 }), (terms) => {
      const expected = exactSum(terms);
      expect(isClose(of(...terms).total, expected, 1e-3), `${of(...terms).total} is not ${expected}`).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('past the largest double it is infinite, not NaN', () => {
  expect(of(Number.MAX_VALUE, Number.MAX_VALUE, 1).total).toBe(Number.POSITIVE_INFINITY);
  expect(of(-Number.MAX_VALUE, -Number.MAX_VALUE, 1).total).toBe(Number.NEGATIVE_INFINITY);
});
