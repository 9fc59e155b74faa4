// Shifts of a level on series whose nature is known: how soon they are found, what is said of them, and how often there is none.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Shift, ShiftDetector } from '../../src/insights/shift.ts';
import { Random } from '../../src/sources/random.ts';
import { repeats } from '../support/repeats.ts';

const runs = repeats({ quick: 200, long: 1000 });
const length = 1000;
const begin = 500;

type Found = Shift & { readonly index: number };

function shiftsOf(values: Iterable<number>): Found[] {
  const detector = new ShiftDetector();
  const found: Found[] = [];
  let index = 0;
  for (const value of values) {
    const shift = detector.observe(value);
    if (shift !== null) found.push({ ...shift, index });
    index += 1;
  }
  return found;
}

/** Around 100 with a standard deviation of 10; each hangs on the one before by `correlation`. */
function* noise(seed: number, correlation = 0): IterableIterator<number> {
  const random = new Random(seed);
  let last = random.normal();
  for (let i = 0; i < length; i += 1) {
    yield 100 + 10 * last;
    last = correlation * last + Math.sqrt(1 - correlation ** 2) * random.normal();
  }
}

function shares(seeds: number, values: (seed: number) => Iterable<number>) {
  let [early, soon] = [0, 0];
  for (let seed = 1; seed <= seeds; seed += 1) {
    const found = shiftsOf(values(seed));
    if (found.some(({ index }) => index < begin)) early += 1;
    if (found.some(({ index }) => index >= begin && index < begin + 20)) soon += 1;
  }
  return { early: early / seeds, soon: soon / seeds };
}

const moved = (values: Iterable<number>, by: (i: number) => number) => [...values].map((value, i) => value + by(i));
const step = (size: number) => (i: number) => (i < begin ? 0 : size);

describe('a step of 20 % and two standard deviations', () => {
  test.each([20, -20])('is found within 20 values in 95 of 100 runs: %d', (size) => {
    expect(shares(runs, (seed) => moved(noise(seed), step(size))).soon).toBeGreaterThanOrEqual(0.95);
  });

  test('is found as soon where neighbours hang together a little', () => {
    expect(shares(200, (seed) => moved(noise(seed, 0.3), step(20))).soon).toBeGreaterThanOrEqual(0.9);
  });

  test('is said with where it began, both levels and how sure it is', () => {
    const [shift, ...more] = shiftsOf(moved(noise(7), step(20)));
    expect(more).toEqual([]);
    expect(shift?.isUp).toBe(true);
    expect(Math.abs(shift?.before ?? 0)).toBeCloseTo(100, -1);
    expect(shift?.after).toBeGreaterThan(110);
    expect(shift?.confidence).toBeGreaterThan(0.99);
    expect(Math.abs((shift?.index ?? 0) - (shift?.values ?? 0) + 1 - begin)).toBeLessThanOrEqual(3);
  });

  test('and back is two', () => {
    const found = shiftsOf(moved(noise(11), (i) => (i >= 400 && i < 700 ? 30 : 0)));
    expect(found.map(({ isUp }) => isUp)).toEqual([true, false]);
  });
});

describe('a level that goes on the same way', () => {
  test('is one movement from where it began, bit by bit', () => {
    const found = shiftsOf(moved(noise(17), (i) => Math.max(0, i - begin) / 2));
    expect(found.length).toBeGreaterThan(3);
    const last = found.at(-1) as Found;
    expect(last).toMatchObject({ isUp: true, isGradual: true });
    expect(last.before).toBeCloseTo(100, -1);
    expect(last.index - last.values).toBeGreaterThan(begin - 20);
  });

  test.each([30, 60, 100])('a step is not, but for one of 100: %d', (size) => {
    let gradual = 0;
    for (let seed = 1; seed <= runs; seed += 1) {
      const found = shiftsOf(moved(noise(seed), step(size)));
      if (found.some(({ index, isGradual }) => index >= begin && isGradual)) gradual += 1;
    }
    expect(gradual / runs).toBeLessThanOrEqual(0.01);
  });
});

describe('no shift', () => {
  test('is found in 1,000 values of noise but in one of 100 runs', () => {
    let wrong = 0;
    for (let seed = 1; seed <= runs; seed += 1) if (shiftsOf(noise(seed)).length > 0) wrong += 1;
    expect(wrong).toBeLessThanOrEqual(runs / 100);
  });

  test.each([0.5, 0.8, 0.95])('is found in 95 of 100 runs of half as many values that hang together: %d', (phi) => {
    expect(shares(runs, (seed) => noise(seed, phi)).early).toBeLessThanOrEqual(0.05);
  });

  test('is one wild value', () => {
    expect(shiftsOf(moved(noise(3), (i) => (i === 600 ? 1000 : 0)))).toEqual([]);
  });

  test('is a constant series, nor rounding noise about it', () => {
    expect(shiftsOf(Array(5000).fill(42))).toEqual([]);
    expect(shiftsOf(Array.from({ length: 5000 }, (_, i) => 1e6 + (i % 3) * 1e-10))).toEqual([]);
  });

  test('is a slow wave: its values hang together too much to tell', () => {
    const wave = (i: number) => 100 * Math.sin((2 * Math.PI * i) / 288);
    expect(shiftsOf(moved(noise(5), wave))).toEqual([]);
  });
});

test.each([1e4, 1e9, 1e300])('a step is found soon after one wild value too: %d', (wild) => {
  let found = 0;
  for (let seed = 1; seed <= 50; seed += 1) {
    const values = moved(noise(seed), (i) => (i < begin ? 0 : 50)).map((value, i) =>
      i === begin - 100 ? wild : value,
    );
    if (shiftsOf(values).some(({ index }) => index >= begin && index < begin + 20)) found += 1;
  }
  expect(found).toBeGreaterThanOrEqual(48);
});

describe('whatever comes', () => {
  test('a ramp is found by its end', () => {
    const ramp = (i: number) => Math.max(0, Math.min(20, (20 * (i - begin)) / 300));
    const found = shiftsOf(moved(noise(13), ramp)).find(({ index }) => index >= begin);
    expect(found?.index).toBeLessThan(begin + 300);
  });

  test('a constant series that moves has moved for certain', () => {
    const [shift] = shiftsOf([...Array(100).fill(5), ...Array(10).fill(6)]);
    expect(shift).toMatchObject({ isUp: true, before: 5, after: 6, values: 3 });
    expect(shift?.confidence).toBeCloseTo(1, 6);
  });

  test('finite values give finite figures, and a direction that is theirs', () => {
    const level = fc.double({ noNaN: true, noDefaultInfinity: true });
    const stretch = fc.tuple(level, fc.integer({ min: 1, max: 60 }));
    let shifts = 0;
    fc.assert(
      fc.property(fc.array(stretch, { minLength: 2, maxLength: 8 }), (stretches) => {
        const values = stretches.flatMap(([value, count]) => Array<number>(count).fill(value));
        for (const { before, after, confidence, isUp } of shiftsOf(values)) {
          shifts += 1;
          expect(Number.isFinite(before) && Number.isFinite(after)).toBe(true);
          expect(confidence >= 0 && confidence <= 1).toBe(true);
          if (after !== before) expect(after > before).toBe(isUp);
        }
      }),
    );
    expect(shifts).toBeGreaterThan(10);
  });
});
