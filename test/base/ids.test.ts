// Ids: what they are of, and that they do not meet.
import { expect, test } from 'vitest';
import { idPrefix, randomId } from '../../src/base/ids.ts';

test('an id says what it is of, in front of 128 random bits', () => {
  const id = randomId('dash');
  expect(id).toMatch(/^dash_[\w-]{22}$/);
  expect(Buffer.from(id.slice(5), 'base64url')).toHaveLength(16);
  expect(idPrefix(id)).toBe('dash');
});

test('no two ids are the same', () => {
  const ids = new Set(Array.from({ length: 10_000 }, () => randomId('w')));
  expect(ids.size).toBe(10_000);
});

test('the prefix ends at the first underscore, and is all of a text without one', () => {
  expect(idPrefix('dash_a_b')).toBe('dash');
  expect(idPrefix('_a')).toBe('');
  expect(idPrefix('dash')).toBe('dash');
});
