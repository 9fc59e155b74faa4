// Every aggregate against the naive one over an array, in whatever parts and order it gets its values.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Aggregation, type AggregationFunction, aggregationFunctions } from '../../src/aggregates/aggregation.ts';
import { isClose, naive, type Row } from './naive.ts';
import { OneCell } from './one-cell.ts';

const number = fc.oneof(
  fc.integer({ min: -1_000_000, max: 1_000_000 }).map((cents) => cents / 100),
  fc.double({ min: -1e9, max: 1e9, noNaN: true }),
  fc.constantFrom(0, -0, 1, -1, 0.1, -0.1),
);
const noNumber = fc.constantFrom<unknown>(undefined, null, '1', 'a', true, false, [1], { a: 1 });
const value = fc.oneof({ weight: 4, arbitrary: number }, { weight: 1, arbitrary: noNumber });

interface Sent extends Row {
  /** Which part takes it. */
  readonly part: number;
}

// Few times, so that many are equal and the offset decides; offsets are unique, as in a log.
const rows: fc.Arbitrary<Sent[]> = fc
  .array(fc.record({ value, time: fc.integer({ min: 0, max: 5 }), part: fc.nat(6) }), { maxLength: 60 })
  .map((all) => all.map((row, offset) => ({ ...row, offset })))
  .chain((all) => fc.shuffledSubarray(all, { minLength: all.length }));

const quantiles = [0.01, 0.25, 0.5, 0.9, 0.99];

function aggregation(name: AggregationFunction, quantile: number): Aggregation {
  return { function: name, field: 'f', quantile: name === 'QUANTILE' ? quantile : null };
}

/** Parts filled in the order of the rows, then merged two by two in the order that `picks` says. */
function inParts(make: () => OneCell, sent: readonly Sent[], picks: readonly number[]): OneCell {
  const parts = Array.from({ length: 7 }, make);
  for (const { value: one, time, offset, part } of sent) parts[part]?.add(one, time, offset);
  for (let i = 0; parts.length > 1; i += 1) {
    const [other] = parts.splice((picks[i] ?? 0) % parts.length, 1);
    const into = parts[(picks[i + 1] ?? 0) % parts.length];
    if (other !== undefined) into?.merge(other);
  }
  return parts[0] ?? make();
}

/** By the contract: exact but for rounding, a quantile within 1 %. */
function expectSame(of: Aggregation, actual: number | null, sent: readonly Row[], seconds: number): void {
  const expected = naive(of, sent, seconds);
  if (of.function === 'QUANTILE' && expected !== null) {
    expect(Math.abs((actual ?? Number.NaN) - expected)).toBeLessThanOrEqual(Math.abs(expected) * 0.010_000_001);
    return;
  }
  // A deviation's rounding is that of the values it is made of.
  const most = sent.reduce(
    (scale, one) => (typeof one.value === 'number' ? Math.max(scale, Math.abs(one.value)) : scale),
    0,
  );
  const same = isClose(actual, expected, of.function === 'STDDEV' ? most : 0);
  expect(same, `${of.function} is ${actual}, not ${expected}`).toBe(true);
}

describe.each(aggregationFunctions)('%s', (name) => {
  const picks = fc.array(fc.nat(100), { minLength: 12, maxLength: 12 });
  const quantile = fc.constantFrom(...quantiles);

  test('is that of the naive aggregate over an array', () => {
    fc.assert(
      fc.property(rows, quantile, fc.integer({ min: 1, max: 100 }), (sent, q, seconds) => {
        const of = aggregation(name, q);
        const aggregate = new OneCell(of);
        for (const row of sent) aggregate.add(row.value, row.time, row.offset);
        expectSame(of, aggregate.value(seconds), sent, seconds);
      }),
      { numRuns: 200 },
    );
  });

  test('is the same after merging in any split and order', () => {
    fc.assert(
      fc.property(rows, quantile, picks, (sent, q, order) => {
        const of = aggregation(name, q);
        expectSame(of, inParts(() => new OneCell(of), sent, order).value(10), sent, 10);
      }),
      { numRuns: 200 },
    );
  });

  test('leaves the one it merges as it is, and goes on from there', () => {
    fc.assert(
      fc.property(rows, rows, quantile, (left, right, q) => {
        const of = aggregation(name, q);
        const [a, b] = [new OneCell(of), new OneCell(of)];
        const later = right.map((row) => ({ ...row, offset: row.offset + 1000 }));
        for (const row of left) a.add(row.value, row.time, row.offset);
        b.merge(a);
        for (const row of later) b.add(row.value, row.time, row.offset);
        expectSame(of, a.value(10), left, 10);
        expectSame(of, b.value(10), [...left, ...later], 10);
      }),
      { numRuns: 100 },
    );
  });

  test('of no value that counts is null, but 0 where values are counted', () => {
    const isCount = name === 'COUNT' || name === 'RATE' || name === 'DISTINCT';
    const make = () => new OneCell(aggregation(name, 0.5));
    expect(make().value(60)).toBe(isCount ? 0 : null);
    const aggregate = make();
    aggregate.merge(make());
    aggregate.add(null, 1, 1);
    aggregate.add(undefined, 2, 2);
    expect(aggregate.value(60)).toBe(name === 'COUNT' ? 2 : name === 'RATE' ? 2 / 60 : name === 'DISTINCT' ? 0 : null);
  });
});

test('a text, a boolean, a list or an object is no number', () => {
  for (const name of ['SUM', 'AVG', 'MIN', 'MAX', 'STDDEV', 'FIRST', 'LAST', 'DELTA', 'QUANTILE'] as const) {
    const aggregate = new OneCell(aggregation(name, 0.5));
    for (const [i, one] of ['7', true, [7], { seven: 7 }, null].entries()) aggregate.add(one, i, i);
    expect(aggregate.value(1), name).toBeNull();
  }
});

test('a result past the largest double is null', () => {
  for (const name of ['SUM', 'AVG', 'STDDEV', 'DELTA'] as const) {
    const aggregate = new OneCell(aggregation(name, 0.5));
    for (const [i, one] of [-Number.MAX_VALUE, Number.MAX_VALUE, Number.MAX_VALUE, Number.MAX_VALUE].entries()) {
      aggregate.add(one, i, i);
    }
    expect(aggregate.value(1), name).toBeNull();
  }
});
