// What is remembered of the fields of a series' points.
import { expect, test } from 'vitest';
import { noteFields } from '../../src/series/field-kinds.ts';
import type { FieldKind } from '../../src/series/series.ts';

function kindsOf(...points: object[]): Record<string, FieldKind> {
  const fields = new Map<string, FieldKind>();
  for (const data of points) noteFields(fields, data);
  return Object.fromEntries(fields);
}

test('numbers, texts and booleans are told apart, and objects are followed by dotted paths', () => {
  expect(kindsOf({ total: 1.5, order: { id: 'a', paid: true, address: { zip: '1' } } })).toEqual({
    total: 'NUMBER',
    'order.id': 'TEXT',
    'order.paid': 'BOOLEAN',
    'order.address.zip': 'TEXT',
  });
});

test('a field that was of two kinds is mixed, and stays so', () => {
  expect(kindsOf({ a: 1, b: 'x' }, { a: 'x', b: 'y' }, { a: 1 })).toEqual({ a: 'MIXED', b: 'TEXT' });
});

test('null says nothing, and a list is mixed', () => {
  expect(kindsOf({ a: null, b: [1, 2], c: {} })).toEqual({ b: 'MIXED' });
  expect(kindsOf({ a: null }, { a: 1 }, { a: null })).toEqual({ a: 'NUMBER' });
});

test('what nests more than eight deep below the top is not followed', () => {
  const nested = (depth: number): object => (depth === 0 ? { leaf: 1 } : { d: nested(depth - 1) });
  expect(kindsOf(nested(8))).toEqual({ 'd.d.d.d.d.d.d.d.leaf': 'NUMBER' });
  expect(kindsOf(nested(9))).toEqual({});
});

test('of more than 500 fields the first are remembered, and go on being noted', () => {
  const many = Object.fromEntries(Array.from({ length: 510 }, (_, i) => [`f${i}`, i]));
  const kinds = kindsOf(many, { f499: 'x', f505: 'x' });
  expect(Object.keys(kinds)).toHaveLength(500);
  expect([kinds['f499'], kinds['f500'], kinds['f505']]).toEqual(['MIXED', undefined, undefined]);
});
