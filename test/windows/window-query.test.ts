// KPI queries as clients ask for them.
import { expect, test } from 'vitest';
import type { InputIssue } from '../../src/base/errors.ts';
import { readWindowQuery, type WindowQueryInput, windowKey } from '../../src/windows/window-query.ts';
import { query } from './queries.ts';

const whole: WindowQueryInput = {
  entityType: 'orders',
  serviceId: 'web',
  aggregation: { function: 'SUM', field: 'order.total' },
  timeWindow: { size: 2, unit: 'HOUR' },
  filters: [{ field: 'paid', op: 'EQ', values: [true] }],
  where: { any: [{ field: 'a', op: 'EXISTS' }] },
  groupBy: ['country', 'serviceId'],
  top: 5,
};

function read(asked: Partial<WindowQueryInput>) {
  const issues: InputIssue[] = [];
  const result = readWindowQuery({ ...whole, ...asked }, ['query'], issues);
  return { query: result, issues: issues.map(({ path }) => path.join('.')) };
}

test('a query is read with everything it says', () => {
  expect(read({})).toEqual({
    issues: [],
    query: {
      entityType: 'orders',
      serviceId: 'web',
      aggregation: { function: 'SUM', field: 'order.total', quantile: null },
      timeWindow: { size: 2, unit: 'HOUR', ms: 7_200_000 },
      filters: [{ field: 'paid', op: 'EQ', values: [true] }],
      where: { any: [{ field: 'a', op: 'EXISTS', values: [] }] },
      groupBy: ['country', 'serviceId'],
      top: 5,
    },
  });
});

test('what is left out is nothing', () => {
  const { query: result } = read({ serviceId: null, filters: null, where: null, groupBy: null, top: null });
  expect(result).toMatchObject({ serviceId: null, filters: [], where: null, groupBy: [], top: null });
});

test.each<[Partial<WindowQueryInput>, string]>([
  [{ entityType: '' }, 'query.entityType'],
  [{ entityType: 'x'.repeat(257) }, 'query.entityType'],
  [{ serviceId: '' }, 'query.serviceId'],
  [{ aggregation: null }, 'query.aggregation'],
  [{ aggregation: { function: 'SUM' } }, 'query.aggregation.field'],
  [{ timeWindow: { size: 0, unit: 'SECOND' } }, 'query.timeWindow'],
  [{ timeWindow: { size: -1, unit: 'DAY' } }, 'query.timeWindow'],
  [{ timeWindow: { size: 367, unit: 'DAY' } }, 'query.timeWindow'],
  [{ filters: [{ field: 'a', op: 'EQ', values: [1, 2] }] }, 'query.filters.0.values'],
  [{ where: { all: [{ field: '', op: 'EQ', values: [1] }] } }, 'query.where.all.0.field'],
  [{ groupBy: ['a', 'b', 'c', 'd', 'e'] }, 'query.groupBy'],
  [{ groupBy: ['a', 'a'] }, 'query.groupBy'],
  [{ groupBy: ['a', 'b..c'] }, 'query.groupBy.1'],
  [{ groupBy: [], top: 3 }, 'query.top'],
  [{ top: 0 }, 'query.top'],
  [{ top: 1001 }, 'query.top'],
])('%j is an issue at %s', (asked, path) => {
  expect(read(asked)).toEqual({ query: undefined, issues: [path] });
});

test('all issues are told at once', () => {
  expect(read({ entityType: '', aggregation: null, groupBy: ['a', 'a'], top: 0 }).issues).toEqual([
    'query.entityType',
    'query.aggregation',
    'query.groupBy',
    'query.top',
  ]);
});

test('the key is the same for what computes the same, and no two queries that differ share one', () => {
  const seconds = query({ timeWindow: { size: 60, unit: 'SECOND', ms: 60_000 } });
  expect(windowKey(seconds)).toBe(windowKey(query()));
  expect(windowKey(query({ groupBy: ['a,b'] }))).not.toBe(windowKey(query({ groupBy: ['a', 'b'] })));
  expect(windowKey(query({ serviceId: 'null' }))).not.toBe(windowKey(query({ serviceId: null })));
});
