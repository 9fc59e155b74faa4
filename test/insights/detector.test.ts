// The detector on series whose nature is known: what must be seen, what must not be, and how often it is wrong on noise.
import { describe, expect, test } from 'vitest';
import { Detector } from '../../src/insights/detector.ts';
import { Random } from '../../src/sources/random.ts';
import { repeats } from '../support/repeats.ts';

const stepMs = 60_000;

function alarmsOf(values: Iterable<number>): number[] {
  const detector = new Detector();
  const alarms: number[] = [];
  let i = 0;
  for (const value of values) {
    const { score, isAlarm } = detector.observe(value, i * stepMs);
    if (!(score >= 0 && score <= 1)) throw new Error(`the score at ${i} is ${score}`);
    if (isAlarm) alarms.push(i);
    i += 1;
  }
  return alarms;
}

function* noise(count: number, seed = 1, scale = 1): IterableIterator<number> {
  const random = new Random(seed);
  for (let i = 0; i < count; i += 1) yield 100 * scale + random.normal() * scale;
}

const withSpike = (scale: number) =>
  [...noise(3000, 3, scale)].map((value, i) => (i === 2500 ? value + 9 * scale : value));

describe('what is unusual', () => {
  test.each([1, 1e12, 1e-12])('is seen at the value itself, at any scale: %d', (scale) => {
    expect(alarmsOf(withSpike(scale))).toContain(2500);
  });

  test('is the first change of a constant series, at that value', () => {
    expect(alarmsOf([...Array(2000).fill(7), 8])).toEqual([2000]);
  });

  test('is a shift of the level, within a few values', () => {
    const values = [...noise(3000, 5)].map((value, i) => (i < 2000 ? value : value + 8));
    const found = alarmsOf(values).find((i) => i >= 2000) ?? Number.NaN;
    expect(found - 2000).toBeLessThan(10);
  });
});

test('one value of any size spoils no score and no band for ever', () => {
  for (const wild of [1e160, -Number.MAX_VALUE, Number.MIN_VALUE]) {
    const detector = new Detector();
    for (const [i, value] of [...noise(3000, 8)].entries()) {
      const { score } = detector.observe(i === 1000 ? wild : value, i * stepMs);
      expect(score >= 0 && score <= 1).toBe(true);
    }
    const { lower, upper } = detector.expectation(3000 * stepMs) ?? { lower: Number.NaN, upper: Number.NaN };
    expect(Number.isFinite(lower) && Number.isFinite(upper)).toBe(true);
  }
});

describe('what is usual', () => {
  test('is a constant series, for ever', () => {
    expect(alarmsOf(Array(20_000).fill(42))).toEqual([]);
  });

  test('is what has happened again and again', () => {
    const bursts = Array.from({ length: 20_000 }, (_, i) => (i % 500 < 20 ? 50 : 5));
    expect(alarmsOf(bursts).filter((i) => i > 5000).length).toBeLessThanOrEqual(4);
  });

  test('is rounding noise around nothing', () => {
    const random = new Random(9);
    const wobble = Array.from({ length: 5000 }, (_, i) => 1000 + (i < 500 ? 0 : random.normal() * 1e-10));
    expect(alarmsOf(wobble).filter((i) => i > 600)).toEqual([]);
  });
});

// A value in ten thousand; the first 2,000 are for learning. The quick run has the first shape alone.
describe('on noise it is wrong about as often as it says', () => {
  const count = 200_000;
  const shapes: Readonly<Record<string, (random: Random, i: number) => number>> = {
    normal: (random) => random.normal(),
    'heavy-tailed': (random) =>
      random.normal() / Math.sqrt((random.normal() ** 2 + random.normal() ** 2 + random.normal() ** 2) / 3),
    'a daily season': (random, i) => 10 * Math.sin((2 * Math.PI * i) / 1440) + random.normal(),
    'counts that are mostly zero': (random) =>
      random.uniform() < 0.2 ? 1 + Math.floor(-Math.log(random.uniform())) : 0,
  };
  test.each(Object.entries(shapes).slice(0, repeats({ quick: 1, long: 4 })))('%s', (_, made) => {
    const random = new Random(11);
    const alarms = alarmsOf(Array.from({ length: count }, (_value, i) => made(random, i))).filter((i) => i >= 2000);
    const per10000 = (10_000 * alarms.length) / (count - 2000);
    expect(per10000).toBeGreaterThan(0.4);
    expect(per10000).toBeLessThan(2);
  });
});

describe('what is expected', () => {
  function outsideOf(values: readonly number[], everyMs: number) {
    const detector = new Detector();
    let [outside, seen, width] = [0, 0, 0];
    for (const [i, value] of values.entries()) {
      const expectation = detector.expectation(i * everyMs);
      detector.observe(value, i * everyMs);
      if (expectation === null || i < values.length / 2) continue;
      seen += 1;
      width += expectation.upper - expectation.lower;
      if (value < expectation.lower || value > expectation.upper) outside += 1;
    }
    return { share: outside / seen, width: width / seen };
  }

  test('is nothing before enough was seen', () => {
    const detector = new Detector();
    for (const [i, value] of [...noise(99)].entries()) {
      detector.observe(value, i * stepMs);
      expect(detector.expectation(i * stepMs)).toBeNull();
    }
  });

  test('is a band that hardly a value of noise leaves, and no wider than that', () => {
    const { share, width } = outsideOf([...noise(100_000, 4)], stepMs);
    expect(share).toBeLessThan(0.001);
    expect(width).toBeLessThan(10);
  });

  test('is the value itself where it never changes', () => {
    const detector = new Detector();
    for (let i = 0; i < 500; i += 1) detector.observe(42, i * stepMs);
    expect(detector.expectation(500 * stepMs)).toEqual({ expected: 42, lower: 42, upper: 42 });
  });

  test('follows the hour of the day where that says more', () => {
    const hourMs = 3_600_000;
    const wave = (i: number) => 100 * Math.sin((2 * Math.PI * i) / 24);
    const values = [...noise(4000, 6)].map((value, i) => value + wave(i));
    const { share, width } = outsideOf(values, hourMs);
    expect(share).toBeLessThan(0.01);
    expect(width).toBeLessThan(40);
  });
});
