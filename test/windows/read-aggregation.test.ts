// Aggregations as clients ask for them: what is wrong, and where.
import { expect, test } from 'vitest';
import { aggregationFunctions } from '../../src/aggregates/aggregation.ts';
import type { InputIssue } from '../../src/base/errors.ts';
import { type AggregationInput, readAggregation } from '../../src/windows/read-aggregation.ts';

function read(input: AggregationInput) {
  const issues: InputIssue[] = [];
  const aggregation = readAggregation(input, ['query', 'aggregation'], issues);
  return { aggregation, issues: issues.map(({ path, message }) => `${path.join('.')}: ${message}`) };
}

test('COUNT and RATE need no field and keep none; all others need one', () => {
  for (const name of aggregationFunctions) {
    const quantile = name === 'QUANTILE' ? 0.5 : null;
    const counts = name === 'COUNT' || name === 'RATE';
    const field = counts ? null : 'order.total';
    expect(read({ function: name, field: 'order.total', quantile })).toEqual({
      aggregation: { function: name, field, quantile },
      issues: [],
    });
    const without = read({ function: name, quantile });
    expect(without.issues).toEqual(
      counts ? [] : [`query.aggregation.field: is needed for ${name}, such as order.total`],
    );
    expect(without.aggregation === undefined).toBe(!counts);
  }
});

test('a field must be a path', () => {
  for (const field of ['', 'a..b', '.a', '__proto__', 'x'.repeat(513)]) {
    const { aggregation, issues } = read({ function: 'SUM', field });
    expect([aggregation, issues.length]).toEqual([undefined, 1]);
    expect(issues[0]).toMatch(/^query\.aggregation\.field: must be/);
  }
});

test('a quantile is above 0 and below 1, and goes with QUANTILE alone', () => {
  for (const quantile of [0, 1, -0.5, 1.5, 95, Number.NaN, null, undefined]) {
    const { issues } = read({ function: 'QUANTILE', field: 'v', quantile });
    expect(issues).toEqual([
      `query.aggregation.quantile: must be above 0 and below 1, such as 0.95, not ${JSON.stringify(quantile ?? null)}`,
    ]);
  }
  expect(read({ function: 'SUM', field: 'v', quantile: 0.5 }).issues).toEqual([
    'query.aggregation.quantile: goes with QUANTILE, not with SUM',
  ]);
});

test('everything that is wrong is said at once', () => {
  expect(read({ function: 'QUANTILE', field: 'a..b', quantile: 2 }).issues).toHaveLength(2);
});
