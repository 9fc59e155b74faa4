// Groups as keys and back.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileGroupBy, groupKeyOf, groupText } from '../../src/windows/group-key.ts';

const part = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constantFrom(null, undefined, '', '=', 'null'));

test('a key gives back the texts of its values; what has no text is null', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(part, fc.constantFrom([1], { a: 1 })), { minLength: 1, maxLength: 4 }), (values) => {
      const groupBy = values.map((_, i) => `f${i}`);
      const texts = values.map((value) => (typeof value === 'object' || value === undefined ? null : String(value)));
      expect(groupKeyOf(groupBy, groupText(values))).toEqual(groupBy.map((field, i) => ({ field, value: texts[i] })));
    }),
  );
});

test('two groups have the same key only where all values have the same text', () => {
  const values = fc.array(part, { minLength: 2, maxLength: 2 });
  fc.assert(
    fc.property(values, values, (a, b) => {
      const textsOf = (all: unknown[]) => JSON.stringify(all.map((value) => (value == null ? null : String(value))));
      expect(groupText(a) === groupText(b)).toBe(textsOf(a) === textsOf(b));
      expect(groupText(a.slice(1)) === groupText(b.slice(1))).toBe(textsOf(a.slice(1)) === textsOf(b.slice(1)));
    }),
  );
});

test('the words entityType and serviceId are those of the point, all else are paths of its data', () => {
  const readers = compileGroupBy(['entityType', 'order.country', 'serviceId']);
  const data = { entityType: 'in data', serviceId: 'in data', order: { country: 'AT' } };
  const of = { entityType: 'orders', serviceId: 'web' };
  expect(readers.map((read) => read(data, of))).toEqual(['orders', 'AT', 'web']);
});
