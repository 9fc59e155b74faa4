// DISTINCT: exact to 4,096 different values, within 2 % past it.
import { describe, expect, test } from 'vitest';
import { Distinct } from '../../src/aggregates/distinct.ts';
import { randomFrom, seedOfRun } from '../support/random.ts';

function of(count: number, valueAt: (i: number) => unknown): Distinct {
  const distinct = new Distinct();
  for (let i = 0; i < count; i += 1) distinct.add(valueAt(i));
  return distinct;
}

const kinds: readonly [string, (i: number) => unknown][] = [
  ['texts', (i) => `user-${i}`],
  ['whole numbers', (i) => i],
  ['fractions', (i) => i / 100],
];

describe.each(kinds)('of %s', (_, valueAt) => {
  test.each([1, 100, 4095, 4096])('%i different ones are counted exactly', (count) => {
    const distinct = of(count, valueAt);
    for (let i = 0; i < count; i += 7) distinct.add(valueAt(i));
    expect(distinct.value()).toBe(count);
  });

  // From 75,000 to 95,000 the original estimator is off by more.
  test.each([4097, 5000, 50_000, 80_000, 90_000, 500_000])('%i different ones are counted within 2 %%', (count) => {
    expect(Math.abs(of(count, valueAt).value() / count - 1)).toBeLessThanOrEqual(0.02);
  });
});

test('what is merged counts as if it had been added to one', () => {
  // Of few and few, few and many, many and few, many and many; they overlap.
  for (const [left, right] of [
    [3000, 3000],
    [10, 20_000],
    [20_000, 10],
    [30_000, 40_000],
  ] as const) {
    const merged = of(left, (i) => `v${i}`);
    merged.merge(of(right, (i) => `v${i + Math.floor(left / 2)}`));
    const whole = of(Math.max(left, Math.floor(left / 2) + right), (i) => `v${i}`);
    expect(merged.value()).toBe(whole.value());
  }
});

test('two halves of 4,096 together are exact, one more is an estimate', () => {
  const distinct = of(2048, (i) => i);
  distinct.merge(of(2048, (i) => i + 2048));
  expect(distinct.value()).toBe(4096);
  distinct.add('one more');
  expect(Math.abs(distinct.value() / 4097 - 1)).toBeLessThanOrEqual(0.02);
});

test('a text, a number and a boolean of the same look are different values; null and absent are none', () => {
  const distinct = new Distinct();
  for (const value of ['1', 1, 'true', true, null, undefined, [1], '[1]', { a: 1 }, 1, '1']) distinct.add(value);
  expect(distinct.value()).toBe(7);
});

test('past 4,096 the estimate is within 2 % in at least 95 of 100 sets of any size, in one piece and merged', () => {
  const seed = seedOfRun();
  const random = randomFrom(seed);
  let within = 0;
  for (let set = 0; set < 100; set += 1) {
    const count = 4097 + Math.floor(random() ** 2 * 100_000);
    const parts = Array.from({ length: 1 + Math.floor(random() * 5) }, () => new Distinct());
    for (let i = 0; i < count; i += 1) parts[i % parts.length]?.add(`${seed}-${set}-${i}`);
    const [whole, ...others] = parts;
    for (const other of others) whole?.merge(other);
    if (Math.abs((whole?.value() ?? 0) / count - 1) <= 0.02) within += 1;
  }
  expect(within, `PULSEQL_SEED=${seed}`).toBeGreaterThanOrEqual(95);
}, 60_000);
