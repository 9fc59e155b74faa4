// The filters of a request, as one.
import { expect, test } from 'vitest';
import { readPointFilter } from '../../src/engine/point-filter.ts';

test('filters and a condition are read together, what is left out is nothing', () => {
  expect(readPointFilter(null, undefined)).toEqual({ filters: [], where: null });
  expect(readPointFilter([{ field: 'a', op: 'EXISTS' }], { not: { field: 'b', op: 'EQ', values: [1] } })).toEqual({
    filters: [{ field: 'a', op: 'EXISTS', values: [] }],
    where: { not: { field: 'b', op: 'EQ', values: [1] } },
  });
});

test('what is wrong with either is said at once', () => {
  expect(() => readPointFilter([{ field: '', op: 'EXISTS' }], {})).toThrow(
    expect.objectContaining({
      code: 'INVALID_INPUT',
      issues: [
        expect.objectContaining({ path: ['filters', '0', 'field'] }),
        expect.objectContaining({ path: ['where'] }),
      ],
    }),
  );
});
