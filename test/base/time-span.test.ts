// Lengths of time as people give them.
import { expect, test } from 'vitest';
import type { InputIssue } from '../../src/base/errors.ts';
import { readTimeSpan, type TimeSpanInput } from '../../src/base/time-span.ts';

const bounds = { leastMs: 2000, mostMs: 172_800_000 };

function read(input: TimeSpanInput) {
  const issues: InputIssue[] = [];
  return { span: readTimeSpan(input, ['every'], issues, bounds), issues };
}

test('a span has its size, its unit and its length', () => {
  const lengths = (['SECOND', 'MINUTE', 'HOUR', 'DAY'] as const).map((unit) => read({ size: 2, unit }).span?.ms);
  expect(lengths).toEqual([2000, 120_000, 7_200_000, 172_800_000]);
  expect(read({ size: 2, unit: 'DAY' })).toEqual({ span: { size: 2, unit: 'DAY', ms: 172_800_000 }, issues: [] });
});

test('one out of bounds or of no whole size is an issue that says what would be right', () => {
  for (const input of [
    { size: 1, unit: 'SECOND' },
    { size: 3, unit: 'DAY' },
    { size: 2.5, unit: 'MINUTE' },
    { size: -5, unit: 'HOUR' },
    { size: Number.NaN, unit: 'HOUR' },
  ] as const) {
    const message = `must be 2 to 172800 seconds long, not ${input.size} ${input.unit}`;
    expect(read(input)).toEqual({ span: undefined, issues: [{ path: ['every'], message }] });
  }
});
