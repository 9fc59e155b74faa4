// QUANTILE over positive, negative and zero values, in one piece and merged.
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, test } from 'vitest';
import { nearestRank } from '../../src/aggregates/sketch.ts';
import { place } from './naive.ts';
import { cellOf } from './one-cell.ts';

/** Fed round and round into so many parts, merged. */
function of(values: readonly number[], q: number, parts: number): number | null {
  const all = Array.from({ length: parts }, () => cellOf('QUANTILE', q));
  for (const [i, value] of values.entries()) all[i % parts]?.add(value);
  const whole = cellOf('QUANTILE', q);
  for (const part of all) whole.merge(part);
  return whole.value();
}

// A fixed sequence that looks like chance, in (0, 1).
const uniform = Array.from({ length: 5000 }, (_, i) => ((i * 7919 + 13) % 5003) / 5003);
const shapes: readonly [string, readonly number[]][] = [
  ['a long tail', uniform.map((u) => 10 / (1.001 - u) ** 1.5)],
  ['values below zero', uniform.map((u) => -1000 * u - 0.001)],
  ['both sides of zero', uniform.map((u) => 200 * u - 100)],
  ['many zeros', uniform.map((u) => (u < 0.6 ? 0 : u - 0.8))],
  ['shares of one, up to 1 itself', uniform.map((u) => Math.min(1, Math.round(u * 100) / 100))],
  ['very small and very large', uniform.map((u) => 10 ** (600 * u - 300))],
];

describe.each(shapes)('of %s', (_, values) => {
  test.each([1, 2, 60])('in %i parts it is within 1 %% of the nearest-rank value', (parts) => {
    for (const q of [0.001, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999]) {
      const expected = place(values, q) ?? Number.NaN;
      const error = Math.abs((of(values, q, parts) ?? Number.NaN) - expected);
      expect(error, `quantile ${q}`).toBeLessThanOrEqual(Math.abs(expected) * 0.010_000_001);
    }
  });
});

test('the rank is that of the first value with at least the share q at or below it', () => {
  for (const [q, expected] of [
    [0.01, 10],
    [0.2, 10],
    [0.21, 20],
    [0.4, 20],
    [0.5, 30],
    [0.8, 40],
    [0.99, 50],
  ] as const) {
    expect(Math.round((of([40, 10, 50, 30, 20], q, 1) ?? 0) / 10) * 10, `quantile ${q}`).toBe(expected);
  }
  expect(of([1, 2], 0.99, 1)).toBeCloseTo(2, 1);
  expect([nearestRank(0.07, 100), nearestRank(0.29, 100), nearestRank(0.999, 1)]).toEqual([7, 29, 1]);
});

test('it is within 1 % of what DuckDB calls quantile_disc', async () => {
  const db = await (await DuckDBInstance.create(':memory:')).connect();
  for (const [name, values] of shapes) {
    for (const count of [1, 2, 3, 10, 100, 4999]) {
      const some = values.slice(0, count);
      const list = some.map((value) => `CAST(${value} AS DOUBLE)`).join(', ');
      for (const q of [0.05, 0.5, 0.9, 0.99]) {
        const sql = `SELECT quantile_disc(v, ${q}) AS q FROM (SELECT unnest([${list}]) AS v)`;
        const [row] = await (await db.runAndReadAll(sql)).getRowObjects();
        const expected = Number(row?.['q']);
        const error = Math.abs((of(some, q, 1) ?? Number.NaN) - expected);
        expect(error, `${name}, ${q} of ${count}`).toBeLessThanOrEqual(Math.abs(expected) * 0.010_000_001);
      }
    }
  }
  db.closeSync();
});

test('merging into one that has values keeps the negative ones of both', () => {
  const quantile = cellOf('QUANTILE', 0.5);
  for (const value of [-5, -6, -7]) quantile.add(value);
  const other = cellOf('QUANTILE', 0.5);
  for (const value of [-5, -100, -200, -300]) other.add(value);
  quantile.merge(other);
  expect(quantile.value()).toBeCloseTo(-7, 0);
});
