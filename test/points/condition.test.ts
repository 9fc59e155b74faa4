// What may be asked of filters and conditions, and that every issue says where it is.
import { describe, expect, test } from 'vitest';
import type { InputIssue } from '../../src/base/errors.ts';
import {
  type ConditionInput,
  type FilterInput,
  type FilterOperator,
  type FilterValue,
  readCondition,
  readFilters,
} from '../../src/points/condition.ts';

const leaf: ConditionInput = { field: 'amount', op: 'GT', values: [5] };

function conditionIssues(input: ConditionInput): InputIssue[] {
  const issues: InputIssue[] = [];
  expect(readCondition(input, ['where'], issues)).toBeNull();
  return issues;
}

function condition(input: ConditionInput) {
  const issues: InputIssue[] = [];
  const read = readCondition(input, ['where'], issues);
  expect(issues).toEqual([]);
  return read;
}

function filterIssues(...inputs: FilterInput[]): string[] {
  const issues: InputIssue[] = [];
  readFilters(inputs, ['filters'], issues);
  return issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

function nested(depth: number): ConditionInput {
  let input = leaf;
  for (let i = 1; i < depth; i += 1) input = { not: input };
  return input;
}

describe('a list of filters', () => {
  test('is empty where none is given', () => {
    expect(readFilters(null, [], [])).toEqual([]);
    expect(readFilters(undefined, [], [])).toEqual([]);
  });

  test('keeps field, operator and values, with an empty list for no values', () => {
    const issues: InputIssue[] = [];
    expect(
      readFilters(
        [
          { field: 'a.b', op: 'EXISTS' },
          { field: 'c', op: 'EQ', values: [1] },
        ],
        [],
        issues,
      ),
    ).toEqual([
      { field: 'a.b', op: 'EXISTS', values: [] },
      { field: 'c', op: 'EQ', values: [1] },
    ]);
    expect(issues).toEqual([]);
  });

  test('has 64 at most', () => {
    const filter: FilterInput = { field: 'a', op: 'EXISTS' };
    expect(filterIssues(...Array(64).fill(filter))).toEqual([]);
    expect(filterIssues(...Array(65).fill(filter))).toEqual(['filters: at most 64 filters, not 65']);
  });

  test('tells every issue, and leaves out only what has one', () => {
    const issues: InputIssue[] = [];
    const inputs: FilterInput[] = [
      { field: '', op: 'EXISTS' },
      { field: 'status', op: 'EQ', values: ['paid'] },
      { field: 'amount', op: 'GT' },
    ];
    expect(readFilters(inputs, ['filters'], issues)).toEqual([inputs[1]]);
    expect(issues).toEqual([
      { path: ['filters', '0', 'field'], message: 'must be a dotted path of 1 to 512 characters, not ""' },
      { path: ['filters', '2', 'values'], message: 'GT takes one number or one text, not []' },
    ]);
  });

  test.each(['a..b', '.a', 'a.', '__proto__', 'a.__proto__.b'])('does not take the path %s', (field) => {
    expect(filterIssues({ field, op: 'EXISTS' })).toEqual([
      `filters.0.field: must be names joined by dots, such as order.total, not ${JSON.stringify(field)}`,
    ]);
  });

  test('takes paths of up to 512 characters', () => {
    expect(filterIssues({ field: 'x'.repeat(512), op: 'EXISTS' })).toEqual([]);
    expect(filterIssues({ field: 'x'.repeat(513), op: 'EXISTS' })[0]).toContain('1 to 512 characters');
  });
});

const thousand = Array.from({ length: 1000 }, (_, i) => i);
const taken: [FilterOperator, FilterValue[]][] = [
  ['EQ', [5]],
  ['EQ', ['paid']],
  ['NE', [true]],
  ['GT', [5]],
  ['GTE', ['2026']],
  ['LT', [-0.5]],
  ['LTE', ['']],
  ['IN', [1, 'two', true]],
  ['IN', thousand],
  ['NOT_IN', ['x']],
  ['CONTAINS', ['x']],
  ['STARTS_WITH', ['']],
  ['EXISTS', []],
  ['EXISTS', [false]],
];
const refused: [FilterOperator, FilterValue[], string][] = [
  ['EQ', [], 'EQ takes one value, not 0'],
  ['EQ', [1, 2], 'EQ takes one value, not 2'],
  ['NE', [], 'NE takes one value, not 0'],
  ['GT', [true], 'GT takes one number or one text, not [true]'],
  ['GTE', [1, 2], 'GTE takes one number or one text, not [1,2]'],
  ['LT', [], 'LT takes one number or one text, not []'],
  ['LTE', [false], 'LTE takes one number or one text, not [false]'],
  ['IN', [], 'IN takes 1 to 1000 values, not 0'],
  ['NOT_IN', [...thousand, 1000], 'NOT_IN takes 1 to 1000 values, not 1001'],
  ['CONTAINS', [5], 'CONTAINS takes one text, not [5]'],
  ['CONTAINS', ['a', 'b'], 'CONTAINS takes one text, not ["a","b"]'],
  ['STARTS_WITH', [], 'STARTS_WITH takes one text, not []'],
  ['EXISTS', ['yes'], 'EXISTS takes no value, or one boolean, not ["yes"]'],
  ['EXISTS', [true, true], 'EXISTS takes no value, or one boolean, not [true,true]'],
  ['EQ', ['x'.repeat(4097)], 'a text has at most 4096 characters'],
];

describe('the values of an operator', () => {
  test.each(taken)('%s takes %j', (op, values) => {
    expect(filterIssues({ field: 'a', op, values })).toEqual([]);
  });

  test.each(refused)('%s does not take %j', (op, values, message) => {
    expect(filterIssues({ field: 'a', op, values })).toEqual([`filters.0.values: ${message}`]);
  });

  test('null stands for none', () => {
    expect(filterIssues({ field: 'a', op: 'EXISTS', values: null })).toEqual([]);
    expect(filterIssues({ field: 'a', op: 'EQ', values: null })).toHaveLength(1);
  });
});

describe('a condition', () => {
  test('that is not given is none', () => {
    expect(readCondition(null, [], [])).toBeNull();
    expect(readCondition(undefined, [], [])).toBeNull();
  });

  test('has one of all, any, not, or field, where null stands for left out', () => {
    expect(condition({ any: [leaf, { not: leaf, all: null, field: null }], values: null })).toEqual({
      any: [leaf, { not: leaf }],
    });
    expect(condition({ all: [{ field: 'a', op: 'EXISTS' }] })).toEqual({
      all: [{ field: 'a', op: 'EXISTS', values: [] }],
    });
  });

  test.each([
    [{}, 'none'],
    [{ op: 'EQ', values: [1] } as ConditionInput, 'none'],
    [{ all: [leaf], any: [leaf] }, 'all and any'],
    [{ ...leaf, not: leaf }, 'not and field'],
  ])('%j does not have exactly one of them', (input, found) => {
    expect(conditionIssues(input)).toEqual([
      { path: ['where'], message: `must have exactly one of all, any, not, or field with op; it has ${found}` },
    ]);
  });

  test('takes op and values beside a field only', () => {
    expect(conditionIssues({ all: [leaf], op: 'EQ' })).toEqual([
      { path: ['where'], message: 'op and values go with field, not with all' },
    ]);
    expect(conditionIssues({ not: leaf, values: [] })).toEqual([
      { path: ['where'], message: 'op and values go with field, not with not' },
    ]);
  });

  test('needs an operator beside a field', () => {
    expect(conditionIssues({ field: 'a' })).toEqual([
      { path: ['where', 'op'], message: expect.stringContaining('is needed beside field; it is one of EQ, NE, GT') },
    ]);
  });

  test('needs something in all and any', () => {
    expect(conditionIssues({ not: { any: [] } })).toEqual([
      { path: ['where', 'not', 'any'], message: 'must have one condition at least' },
    ]);
  });

  test('tells the path of each issue inside it', () => {
    const input: ConditionInput = {
      all: [
        leaf,
        {
          any: [
            { field: 'a', op: 'EQ' },
            { field: '', op: 'EXISTS' },
          ],
        },
      ],
    };
    expect(conditionIssues(input).map(({ path }) => path.join('.'))).toEqual([
      'where.all.1.any.0.values',
      'where.all.1.any.1.field',
    ]);
  });

  test('may nest 8 deep, and no deeper', () => {
    expect(condition(nested(8))).not.toBeNull();
    expect(conditionIssues(nested(9))).toEqual([{ path: ['where'], message: 'nests more than 8 conditions deep' }]);
  });

  test('nested 20,000 deep is refused, not an overflow', () => {
    expect(conditionIssues(nested(20_000))).toEqual([
      { path: ['where'], message: 'nests more than 8 conditions deep' },
    ]);
  });

  test('may have 64 parts, itself among them, and no more', () => {
    expect(condition({ all: Array(63).fill(leaf) })).not.toBeNull();
    expect(conditionIssues({ all: Array(64).fill(leaf) })).toEqual([
      { path: ['where'], message: 'has more than 64 parts' },
    ]);
    expect(conditionIssues({ any: Array(8).fill({ all: Array(8).fill(leaf) }) })).toEqual([
      { path: ['where'], message: 'has more than 64 parts' },
    ]);
  });
});
