// Compiled filters against a naive evaluator, over data with missing fields, nulls, nesting and awkward names.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileFilter } from '../../src/points/compile-filter.ts';
import {
  type Condition,
  everyPoint,
  type Filter,
  type FilterOperator,
  type FilterValue,
  filterOperators,
} from '../../src/points/condition.ts';
import { compilePath } from '../../src/points/field-path.ts';

/** The field of a path as its definition has it: step by step, or else by the whole name. */
function naiveRead(data: unknown, path: string): unknown {
  const isOwn = (value: unknown, name: string) =>
    typeof value === 'object' && value !== null && Object.keys(value).includes(name);
  let value = data;
  for (const step of path.split('.')) value = isOwn(value, step) ? (value as Record<string, unknown>)[step] : undefined;
  if (value === undefined && isOwn(data, path)) return (data as Record<string, unknown>)[path];
  return value;
}

function naiveTest(value: unknown, op: FilterOperator, values: readonly FilterValue[]): boolean {
  const isMissing = value === undefined || value === null;
  const [first] = values;
  if (op === 'EXISTS') return isMissing ? first === false : first !== false;
  if (isMissing) return op === 'NE' || op === 'NOT_IN';
  if (op === 'EQ' || op === 'IN') return values.some((wanted) => wanted === value);
  if (op === 'NE' || op === 'NOT_IN') return values.every((unwanted) => unwanted !== value);
  if (typeof value !== typeof first) return false;
  if (op === 'CONTAINS') return (value as string).indexOf(first as string) >= 0;
  if (op === 'STARTS_WITH') return (value as string).slice(0, (first as string).length) === first;
  const [a, b] = [value as number, first as number];
  return op === 'GT' ? a > b : op === 'GTE' ? a >= b : op === 'LT' ? a < b : a <= b;
}

function naivePasses(condition: Condition, data: object): boolean {
  if ('all' in condition) return condition.all.every((part) => naivePasses(part, data));
  if ('any' in condition) return condition.any.some((part) => naivePasses(part, data));
  if ('not' in condition) return !naivePasses(condition.not, data);
  return naiveTest(naiveRead(data, condition.field), condition.op, condition.values);
}

const names = ['a', 'b', 'a.b', 'constructor', 'toString', '0', 'hasOwnProperty'];
const numbers = fc.constantFrom(-1, -0, 0, 0.5, 1, 2);
const texts = fc.constantFrom('', 'a', 'ab', 'b', '1', 'true');
const scalars: fc.Arbitrary<FilterValue> = fc.oneof(numbers, texts, fc.boolean());
const { data } = fc.letrec<{ data: Record<string, unknown>; value: unknown }>((tie) => ({
  data: fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  value: fc.oneof({ depthSize: 'small' }, scalars, fc.constant(null), tie('data'), fc.array(tie('value'))),
}));
const paths = fc.constantFrom(...names, 'b.a', 'a.b.a', 'a.0', 'a.constructor', 'a.0.b', 'a.toString.a', 'x');

function valuesOf(op: FilterOperator): fc.Arbitrary<FilterValue[]> {
  const one = (value: fc.Arbitrary<FilterValue>) => fc.tuple(value);
  if (op === 'IN' || op === 'NOT_IN') return fc.array(scalars, { minLength: 1, maxLength: 4 });
  if (op === 'EXISTS') return fc.array(fc.boolean(), { maxLength: 1 });
  if (op === 'CONTAINS' || op === 'STARTS_WITH') return one(texts);
  return op === 'EQ' || op === 'NE' ? one(scalars) : one(fc.oneof(numbers, texts));
}

const filters: fc.Arbitrary<Filter> = fc
  .constantFrom(...filterOperators)
  .chain((op) => fc.record({ field: paths, op: fc.constant(op), values: valuesOf(op) }));
const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4 },
    filters,
    fc.record({ all: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('condition') }),
  ),
}));

function passes(filter: Filter, point: object): boolean | undefined {
  return compileFilter({ filters: [filter], where: null })?.(point);
}

describe('compiled filters', () => {
  test('are none where every point passes', () => {
    expect(compileFilter(everyPoint)).toBeNull();
  });

  test('of one operator say what the naive evaluator says', () => {
    fc.assert(
      fc.property(data, filters, (point, filter) => {
        expect(passes(filter, point)).toBe(naiveTest(naiveRead(point, filter.field), filter.op, filter.values));
      }),
      { numRuns: 2000 },
    );
  });

  test('with a condition beside them say what the naive evaluator says', () => {
    fc.assert(
      fc.property(data, fc.array(filters, { maxLength: 3 }), condition, (point, all, where) => {
        const expected = all.every((filter) => naivePasses(filter, point)) && naivePasses(where, point);
        expect(compileFilter({ filters: all, where })?.(point)).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  test.each(filterOperators)('%s fails on a missing field and on null, unless it asks for that', (op) => {
    const values: FilterValue[] = op === 'EXISTS' ? [] : ['x'];
    const expected = op === 'NE' || op === 'NOT_IN';
    for (const point of [{}, { a: null }, { b: 'x' }]) expect(passes({ field: 'a', op, values }, point)).toBe(expected);
    expect(passes({ field: 'a', op: 'EXISTS', values: [false] }, {})).toBe(true);
  });

  test('convert nothing', () => {
    expect(passes({ field: 'a', op: 'EQ', values: [5] }, { a: '5' })).toBe(false);
    expect(passes({ field: 'a', op: 'GT', values: [5] }, { a: '6' })).toBe(false);
    expect(passes({ field: 'a', op: 'LT', values: ['6'] }, { a: 5 })).toBe(false);
    expect(passes({ field: 'a', op: 'GTE', values: [1] }, { a: true })).toBe(false);
    expect(passes({ field: 'a', op: 'CONTAINS', values: ['5'] }, { a: 15 })).toBe(false);
    expect(passes({ field: 'a', op: 'CONTAINS', values: ['x'] }, { a: ['x'] })).toBe(false);
  });

  test('see no field that the point does not have itself', () => {
    for (const field of ['constructor', 'toString', 'a.constructor', 'a.hasOwnProperty']) {
      expect(passes({ field, op: 'EXISTS', values: [] }, { a: {} })).toBe(false);
    }
    const poisoned = JSON.parse('{"__proto__":{"admin":true}}');
    expect(passes({ field: 'admin', op: 'EXISTS', values: [] }, poisoned)).toBe(false);
  });
});

describe('a dotted path', () => {
  test('goes into objects and arrays', () => {
    expect(compilePath('order.lines.1.price')({ order: { lines: [{ price: 1 }, { price: 2 }] } })).toBe(2);
  });

  test('ends at what is no object', () => {
    for (const order of [undefined, null, 5, 'text']) expect(compilePath('order.total')({ order })).toBeUndefined();
    expect(compilePath('name.length')({ name: 'text' })).toBeUndefined();
  });

  test('finds a field of that whole name where it leads nowhere', () => {
    expect(compilePath('cpu.load')({ 'cpu.load': 3 })).toBe(3);
    expect(compilePath('cpu.load')({ 'cpu.load': 3, cpu: 5 })).toBe(3);
    expect(compilePath('cpu.load')({ 'cpu.load': 3, cpu: {} })).toBe(3);
    expect(compilePath('cpu.load')({ 'cpu.load': 3, cpu: { load: 7 } })).toBe(7);
  });
});
