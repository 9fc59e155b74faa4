// Aggregates by the book: over all values at once, in plain arrays.
import type { Aggregation } from '../../src/aggregates/aggregation.ts';

export interface Row {
  readonly value: unknown;
  readonly time: number;
  readonly offset: number;
}

/** What the contract says of these rows; `seconds` is the length of their span. */
export function naive({ function: name, quantile }: Aggregation, rows: readonly Row[], seconds: number): number | null {
  const counting = rows.filter(({ value }) => typeof value === 'number') as (Row & { value: number })[];
  const numbers = counting.map(({ value }) => value);
  const inTime = counting.toSorted((a, b) => a.time - b.time || a.offset - b.offset).map(({ value }) => value);
  switch (name) {
    case 'COUNT':
      return rows.length;
    case 'RATE':
      return rows.length / seconds;
    case 'DISTINCT':
      return distinct(rows);
    default:
  }
  const [first] = inTime;
  const last = inTime.at(-1);
  if (first === undefined || last === undefined) return null;
  switch (name) {
    case 'SUM':
      return exactSum(numbers);
    case 'AVG':
      return exactSum(numbers) / numbers.length;
    case 'MIN':
      return numbers.reduce((least, value) => Math.min(least, value));
    case 'MAX':
      return numbers.reduce((most, value) => Math.max(most, value));
    case 'STDDEV':
      return deviation(numbers);
    case 'FIRST':
      return first;
    case 'LAST':
      return last;
    case 'DELTA':
      return last - first;
    default:
      return place(numbers, quantile ?? Number.NaN);
  }
}

/** The nearest-rank value: the first in order with at least the share q of all at or below it. */
export function place(numbers: readonly number[], q: number): number | null {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted.find((_, i) => (i + 1) / sorted.length >= q - 1e-12) ?? null;
}

// The text "1" and the number 1 are two values.
function distinct(rows: readonly Row[]): number {
  const values = rows.map(({ value }) => value).filter((value) => value !== null && value !== undefined);
  return new Set(values.map((value) => JSON.stringify(value))).size;
}

function deviation(numbers: readonly number[]): number | null {
  if (numbers.length < 2) return null;
  const mean = exactSum(numbers) / numbers.length;
  return Math.sqrt(exactSum(numbers.map((value) => (value - mean) ** 2)) / (numbers.length - 1));
}

/** Without any rounding but the last: J. R. Shewchuk, Discrete & Computational Geometry 18 (1997), as Python's fsum. */
export function exactSum(numbers: readonly number[]): number {
  let partials: number[] = [];
  for (const number of numbers) {
    let x = number;
    const next: number[] = [];
    for (const y of partials) {
      const [large, small] = Math.abs(x) >= Math.abs(y) ? [x, y] : [y, x];
      const high = large + small;
      const low = small - (high - large);
      if (low !== 0) next.push(low);
      x = high;
    }
    partials = [...next, x];
  }
  return partials.reduceRight((sum, partial) => sum + partial, 0);
}

/** Whether two results are the same: exactly, or within 1e-9 of `scale`, at least the expected value. */
export function isClose(actual: number | null, expected: number | null, scale = 0): boolean {
  if (actual === null || expected === null) return actual === expected;
  return Math.abs(actual - expected) <= 1e-9 * Math.max(Math.abs(expected), scale, 1e-9);
}
