// Queries and data for windows: a few of everything that a query can say.
import fc from 'fast-check';
import { type Aggregation, aggregationFunctions } from '../../src/aggregates/aggregation.ts';
import type { JsonObject } from '../../src/base/json.ts';
import { type TimeSpan, timeSpan } from '../../src/base/time-span.ts';
import type { Condition, Filter } from '../../src/points/condition.ts';
import type { WindowOperand, WindowQuery } from '../../src/windows/window-query.ts';

export const count: Aggregation = { function: 'COUNT', field: null, quantile: null };
export const sum: Aggregation = { function: 'SUM', field: 'v', quantile: null };

/** A count of all orders in a minute; `asked` changes it. */
export function query(asked: Partial<WindowQuery> = {}): WindowQuery {
  return {
    entityType: 'orders',
    serviceId: null,
    aggregation: count,
    formula: null,
    operands: [],
    timeWindow: timeSpan(1, 'MINUTE'),
    filters: [],
    where: null,
    groupBy: [],
    top: null,
    ...asked,
  };
}

// A pane of 61 s is not a whole number of milliseconds long, one of a second is 17 ms.
export const spans: readonly TimeSpan[] = [
  timeSpan(1, 'SECOND'),
  timeSpan(7, 'SECOND'),
  timeSpan(60, 'SECOND'),
  timeSpan(61, 'SECOND'),
  timeSpan(1, 'HOUR'),
];

const aggregations: fc.Arbitrary<Aggregation> = fc.constantFrom(...aggregationFunctions).map((name) => ({
  function: name,
  field: name === 'COUNT' || name === 'RATE' ? null : 'v',
  quantile: name === 'QUANTILE' ? 0.75 : null,
}));
const operand = (name: string, aggregation: Aggregation, asked: Partial<WindowOperand> = {}): WindowOperand => ({
  name,
  aggregation,
  filters: [],
  where: null,
  ...asked,
});
const isOk: Filter = { field: 'ok', op: 'EQ', values: [true] };

/** Formulas beside what they mean; null where a division is by zero. */
export const formulas: readonly {
  readonly query: Pick<WindowQuery, 'aggregation' | 'formula' | 'operands'>;
  readonly compute: (...values: number[]) => number;
}[] = [
  {
    query: {
      aggregation: null,
      formula: '100 * good / all',
      operands: [operand('good', count, { filters: [isOk] }), operand('all', count)],
    },
    compute: (good, all) => (100 * (good as number)) / (all as number),
  },
  {
    query: {
      aggregation: null,
      formula: 'max(most, 0) - -least + abs(mean) * 2e0',
      operands: [
        operand('most', { function: 'MAX', field: 'v', quantile: null }),
        operand('least', { function: 'MIN', field: 'v', quantile: null }, { where: { not: isOk } }),
        operand('mean', { function: 'AVG', field: 'v', quantile: null }),
      ],
    },
    compute: (most, least, mean) => Math.max(most as number, 0) + (least as number) + Math.abs(mean as number) * 2,
  },
];

const computed = fc.oneof(
  { weight: 4, arbitrary: aggregations.map((aggregation) => ({ aggregation, formula: null, operands: [] })) },
  { weight: 1, arbitrary: fc.constantFrom(...formulas.map((one) => one.query)) },
);
const filters: readonly (readonly Filter[])[] = [[], [], [{ field: 'ok', op: 'EQ', values: [true] }]];
const conditions: readonly (Condition | null)[] = [
  null,
  null,
  { any: [{ field: 'v', op: 'GTE', values: [3] }, { not: { field: 'k', op: 'EXISTS', values: [] } }] },
];
const groupings: readonly Pick<WindowQuery, 'groupBy' | 'top'>[] = [
  { groupBy: [], top: null },
  { groupBy: ['k'], top: null },
  { groupBy: ['k'], top: 2 },
  { groupBy: ['ok', 'k'], top: null },
  { groupBy: ['serviceId', 'k'], top: null },
  { groupBy: ['serviceId', 'k', 'entityType'], top: 3 },
];

export const queries: fc.Arbitrary<WindowQuery> = fc
  .record({
    computed,
    timeWindow: fc.constantFrom(...spans),
    filters: fc.constantFrom(...filters),
    where: fc.constantFrom(...conditions),
    grouping: fc.constantFrom(...groupings),
  })
  .map(({ grouping, computed: what, ...rest }) => query({ ...rest, ...what, ...grouping }));

export const data: fc.Arbitrary<JsonObject> = fc.record(
  {
    v: fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: -20, max: 20 }) },
      fc.double({ min: -1000, max: 1000, noNaN: true }),
      fc.constantFrom('7', null, true),
    ),
    k: fc.constantFrom('a', 'b', 'c', '', 'null', 1, null),
    ok: fc.boolean(),
  },
  { requiredKeys: [] },
);
