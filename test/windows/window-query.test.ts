// KPI queries as clients ask for them.
import { describe, expect, test } from 'vitest';
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
      formula: null,
      operands: [],
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

describe('a formula', () => {
  const operands = [
    { name: 'failed', aggregation: { function: 'COUNT' }, filters: [{ field: 'ok', op: 'EQ', values: [false] }] },
    { name: 'all', aggregation: { function: 'COUNT' } },
  ] as const;
  const ratio: Partial<WindowQueryInput> = { aggregation: null, formula: '100 * failed / all', operands };

  test('is read with its operands, in place of an aggregation', () => {
    expect(read(ratio)).toMatchObject({
      issues: [],
      query: {
        aggregation: null,
        formula: '100 * failed / all',
        operands: [
          { name: 'failed', filters: [{ field: 'ok', op: 'EQ', values: [false] }], where: null },
          { name: 'all', aggregation: { function: 'COUNT', field: null, quantile: null }, filters: [] },
        ],
      },
    });
  });

  test.each<[Partial<WindowQueryInput>, string]>([
    [{ aggregation: { function: 'COUNT' } }, 'query.aggregation'],
    [{ operands: [] }, 'query.operands'],
    [{ formula: null }, 'query.formula'],
    [{ formula: '100 * failed / al' }, 'query.formula'],
    [{ formula: 'failed /' }, 'query.formula'],
    [{ operands: [...operands, operands[0]] }, 'query.operands.2.name'],
    [{ operands: [...operands, { ...operands[0], name: '2nd' }] }, 'query.operands.2.name'],
    [{ operands: [...operands, { ...operands[0], name: 'min' }] }, 'query.operands.2.name'],
    [
      { operands: [operands[0], { name: 'all', aggregation: { function: 'SUM' } }] },
      'query.operands.1.aggregation.field',
    ],
    [
      { operands: [...operands, ...Array.from({ length: 7 }, (_, i) => ({ ...operands[1], name: `n${i}` }))] },
      'query.operands',
    ],
  ])('%j is an issue at %s', (asked, path) => {
    expect(read({ ...ratio, ...asked })).toEqual({ query: undefined, issues: [path] });
  });

  test('that is wrong points at the character', () => {
    const issues: InputIssue[] = [];
    readWindowQuery({ ...whole, ...ratio, formula: '100 * failed / al' }, ['query'], issues);
    expect(issues.map(({ message }) => message)).toEqual([
      'there is no operand al; there are failed, all, min(), max(), abs(), at character 16',
    ]);
  });
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
