// JSON values as errors show them.
import { expect, test } from 'vitest';
import { isJsonObject, shown } from '../../src/base/json.ts';

test('an object is neither null nor an array', () => {
  expect(isJsonObject({})).toBe(true);
  for (const value of [null, [], 'text', 1, true, undefined]) expect(isJsonObject(value)).toBe(false);
});

test('a value is shown as JSON of at most 80 characters', () => {
  expect(shown('a "quoted" text')).toBe('"a \\"quoted\\" text"');
  expect(shown({ a: [1, null] })).toBe('{"a":[1,null]}');
  const long = shown('x'.repeat(200));
  expect(long).toHaveLength(80);
  expect(long).toMatch(/^"x+\.\.\.$/);
});

test('what JSON has not is shown too', () => {
  expect(shown(undefined)).toBe('undefined');
  expect(shown(12n)).toBe('12');
  expect(shown(Number.NaN)).toBe('null');
});
