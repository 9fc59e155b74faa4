// How likely a step is to be below a value: the median as likely as not, a bound as its level says.
import { expect, test } from 'vitest';
import { boundsOf, forecast, valuesOf } from '../../src/forecast/auto.ts';
import { chanceAbove, chanceBelow } from '../../src/forecast/chance.ts';
import { normalBelow, normalQuantile } from '../../src/forecast/normal.ts';
import { Random } from '../../src/sources/random.ts';

test('the distribution and its inverse belong together', () => {
  expect(normalBelow(0)).toBeCloseTo(0.5, 7);
  expect(normalBelow(1.959964)).toBeCloseTo(0.975, 6);
  expect(normalBelow(-3)).toBeCloseTo(0.00135, 6);
  for (const p of [0.001, 0.2, 0.5, 0.9, 0.999]) expect(normalBelow(normalQuantile(p))).toBeCloseTo(p, 3);
});

test('a forecast is below its bounds as often as they say, and what is never negative never below nothing', () => {
  const random = new Random(5);
  const one = forecast(
    Float64Array.from({ length: 300 }, (_, i) => 40.5 + 10 * Math.sin(i / 4) + random.normal()),
    { steps: 12, period: null },
  );
  const [values, { lower, upper }] = [valuesOf(one), boundsOf(one, 0.9)];
  for (let k = 0; k < 12; k += 1) {
    expect(chanceBelow(one, k, values[k] as number)).toBeCloseTo(0.5, 5);
    expect(chanceBelow(one, k, lower[k] as number)).toBeCloseTo(0.05, 3);
    expect(chanceBelow(one, k, upper[k] as number)).toBeCloseTo(0.95, 3);
    expect(chanceBelow(one, k, 0)).toBe(0);
  }
});

test('whole numbers are neither below nor above themselves', () => {
  const random = new Random(6);
  const one = forecast(
    Float64Array.from({ length: 300 }, () => Math.round(5 + 0.45 * random.normal())),
    { steps: 6, period: null },
  );
  for (let k = 0; k < 6; k += 1) {
    expect(chanceAbove(one, k, 5)).toBeLessThan(0.35);
    expect(chanceBelow(one, k, 5)).toBeLessThan(0.35);
    expect(chanceAbove(one, k, 4) + chanceBelow(one, k, 5)).toBeCloseTo(1, 9);
  }
});
