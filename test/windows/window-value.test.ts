// What counts as a change.
import { expect, test } from 'vitest';
import { isBucketChanged, isChanged, type WindowBucket, type WindowValue } from '../../src/windows/window-value.ts';

const group = {
  key: [{ field: 'k', value: 'a' }],
  value: 1,
  count: 1,
  previous: null,
  changePercent: null,
  isOther: false,
};
const value: WindowValue = {
  value: 1,
  count: 1,
  groups: [group],
  previous: 2,
  changePercent: -50,
  windowStart: 0,
  windowEnd: 60_000,
  covered: { from: 0, to: 60_000, isComplete: true },
};
const otherGroups = [
  [],
  [{ ...group, value: 2 }],
  [{ ...group, count: 2 }],
  [{ ...group, isOther: true }],
  [{ ...group, key: [{ field: 'k', value: 'b' }] }],
  [group, { ...group, key: [{ field: 'k', value: 'b' }] }],
];

test('a value, count, group or previous value that is another is a change, bounds that move are none', () => {
  expect(isChanged(value, { ...value, groups: [{ ...group }], windowStart: 1000, windowEnd: 61_000 })).toBe(false);
  for (const other of [{ value: 2 }, { value: null }, { count: 2 }, { previous: null }]) {
    expect(isChanged(value, { ...value, ...other })).toBe(true);
  }
  for (const groups of otherGroups) expect(isChanged(value, { ...value, groups })).toBe(true);
});

test('a step is changed where it is new or its value, count or groups are others', () => {
  const bucket: WindowBucket = { start: 0, end: 1000, value: 1, count: 1, groups: [group] };
  expect(isBucketChanged(undefined, bucket)).toBe(true);
  expect(isBucketChanged(bucket, { ...bucket })).toBe(false);
  expect(isBucketChanged(bucket, { ...bucket, value: 2 })).toBe(true);
  expect(isBucketChanged(bucket, { ...bucket, count: 2 })).toBe(true);
  for (const groups of otherGroups) expect(isBucketChanged(bucket, { ...bucket, groups })).toBe(true);
});
