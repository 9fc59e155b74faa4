// Chance that repeats itself, and has the shape it says it has.
import { describe, expect, test } from 'vitest';
import { Random } from '../../src/sources/random.ts';

function many<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe('random numbers', () => {
  test('are the same for the same seed, and others for another', () => {
    const draw = (seed: number) => {
      const random = new Random(seed);
      return many(10, () => random.uniform());
    };
    expect(draw(7)).toEqual(draw(7));
    const seeds = [0, 1, 2, -1, 2 ** 32, 2 ** 32 + 1, Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 1) + 1];
    expect(new Set(seeds.map((seed) => draw(seed)[0])).size).toBe(seeds.length);
  });

  test('are uniform in [0, 1)', () => {
    const random = new Random(1);
    const values = many(20_000, () => random.uniform());
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    for (let i = 0; i < 10; i += 1) {
      // 2,000 expected in each tenth, with a standard deviation of 42.
      expect(Math.abs(values.filter((value) => Math.floor(value * 10) === i).length - 2000)).toBeLessThan(200);
    }
  });

  test('are whole numbers within both ends', () => {
    const random = new Random(2);
    expect(new Set(many(200, () => random.integer(-1, 2)))).toEqual(new Set([-1, 0, 1, 2]));
    expect(random.integer(5, 5)).toBe(5);
  });

  test('are normal with mean 0 and standard deviation 1', () => {
    const random = new Random(3);
    const values = many(20_000, () => random.normal());
    expect(mean(values)).toBeCloseTo(0, 1);
    expect(mean(values.map((value) => value ** 2))).toBeCloseTo(1, 1);
    expect(values.every(Number.isFinite)).toBe(true);
  });

  test('are log-normal around the median', () => {
    const random = new Random(4);
    const values = many(20_000, () => random.logNormal(40, 0.5)).sort((a, b) => a - b);
    expect(Math.abs((values[10_000] ?? 0) - 40)).toBeLessThan(1);
    expect(values[0]).toBeGreaterThan(0);
  });

  test('are counts with the mean as their mean and variance', () => {
    const random = new Random(5);
    for (const expected of [0.3, 5, 60]) {
      const counts = many(10_000, () => random.poisson(expected));
      expect(Math.abs(mean(counts) / expected - 1)).toBeLessThan(0.1);
      expect(Math.abs(mean(counts.map((count) => (count - expected) ** 2)) / expected - 1)).toBeLessThan(0.1);
    }
    expect(random.poisson(0)).toBe(0);
    expect(() => random.poisson(700)).toThrow('a mean below 700');
  });

  test('pick as often as the weights say, and never what has none', () => {
    const random = new Random(6);
    const picked = many(10_000, () =>
      random.pick([
        ['often', 3],
        ['never', 0],
        ['seldom', 1],
      ]),
    );
    const often = picked.filter((word) => word === 'often').length;
    expect(Math.abs(often - 7500)).toBeLessThan(300);
    expect(picked).not.toContain('never');
    expect(() => random.pick([])).toThrow('there is something to pick from');
  });
});
