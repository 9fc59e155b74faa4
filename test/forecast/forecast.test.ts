// Forecasts of series whose nature is known, and of whatever else may come: finite, with bounds in order that hold something.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boundsOf, type Forecast, forecast, valuesOf } from '../../src/forecast/auto.ts';
import type { Family } from '../../src/forecast/models.ts';
import { Random } from '../../src/sources/random.ts';
import { repeats } from '../support/repeats.ts';

const steps = 24;

function made(count: number, of: (i: number, random: Random) => number, seed = 1): Float64Array {
  const random = new Random(seed);
  return Float64Array.from({ length: count }, (_, i) => of(i, random));
}

const daily = (i: number) => 100 + 20 * Math.sin((2 * Math.PI * i) / 24);

function of(values: Float64Array, period: number | null = null) {
  const one = forecast(values, { steps, period });
  return { one, values: valuesOf(one), ...boundsOf(one, 0.95) };
}

function expectSound(one: Forecast): void {
  const [values, { lower, upper }] = [valuesOf(one), boundsOf(one, 0.95)];
  for (const [k, value] of values.entries()) {
    for (const number of [value, lower[k], upper[k]]) expect(number).toSatisfy(Number.isFinite);
    expect(lower[k]).toBeLessThanOrEqual(value);
    expect(value).toBeLessThanOrEqual(upper[k] as number);
  }
}

describe('a series', () => {
  test('that is constant stays so, and has no season', () => {
    for (const value of [0.1, 5, 42.5]) {
      expect(of(new Float64Array(200).fill(value)).one.seasons.short).toBe(1);
    }
    const { values, lower, upper } = of(new Float64Array(100).fill(7));
    for (const one of [values, lower, upper]) for (const value of one) expect(value).toBeCloseTo(7, 6);
  });

  test('that rises evenly goes on to', () => {
    const { values } = of(made(200, (i) => 10 + 2 * i));
    for (const [k, value] of values.entries()) expect(value / (10 + 2 * (200 + k))).toBeCloseTo(1, 1);
  });

  test('with a season has it found, and goes on with it', () => {
    const { one, values } = of(made(480, (i, random) => daily(i) + random.normal()));
    expect(one.seasons.short).toBe(24);
    for (const [k, value] of values.entries()) expect(Math.abs(value - daily(480 + k))).toBeLessThan(4);
  });

  test('with a season of the day and one of the week has both', () => {
    const week = (i: number) => (Math.floor(i / 24) % 7 < 5 ? 1 : 0.5);
    const { one } = of(made(24 * 7 * 5, (i, random) => daily(i) * week(i) + random.normal()));
    expect(one.seasons).toMatchObject({ short: 24, long: 168 });
  });

  test('whose season is longer than what is learnt step by step has it found in coarse bins', () => {
    const day = (i: number) => 100 + 40 * Math.sin((2 * Math.PI * i) / 1440);
    const values = made(7 * 1440, (i, random) => day(i) + 4 * random.normal());
    const one = forecast(values, { steps: 360, period: null, lengths: [15, 30, 60, 1440, 10_080] });
    expectSound(one);
    expect(one.seasons.long).toBe(1);
    expect(one.slowPeriod).toBe(1440);
    expect(one.members[0]?.name).toMatch(/_OF_BINS$/);
    for (const [k, value] of valuesOf(one).entries()) expect(Math.abs(value - day(7 * 1440 + k))).toBeLessThan(6);
  });

  test('of very many values is forecast from its newest, at a bound cost', () => {
    const values = made(90_000, (i, random) => i / 1000 + 15 * Math.sin((2 * Math.PI * i) / 310) + random.normal());
    const one = forecast(values, { steps: 300, period: null });
    expectSound(one);
    expect(one.seasons.short).toBe(310);
    for (const [k, value] of valuesOf(one).entries()) {
      const at = 90_000 + k;
      expect(Math.abs(value - at / 1000 - 15 * Math.sin((2 * Math.PI * at) / 310))).toBeLessThan(5);
    }
  });

  test('with a wild value anywhere is forecast as without it, and keeps its season', () => {
    for (const place of [1, 9, 12, 20, 60]) {
      const noise = made(400, (i, random) => (i === 400 - place ? 1e6 : 100 + 3 * random.normal()));
      for (const value of of(noise).values) expect(Math.abs(value - 100)).toBeLessThan(12);
      const season = made(480, (i, random) => (i === 480 - place ? 1e6 : daily(i) + random.normal()));
      const { one, values } = of(season);
      expect(one.seasons.short).toBe(24);
      for (const [k, value] of values.entries()) expect(Math.abs(value - daily(480 + k))).toBeLessThan(8);
    }
  });

  test('that was met exactly of late has bounds all the same', () => {
    const values = made(300, (i) => (i < 280 ? 100 + 10 * Math.sin(i * i) : 100));
    for (const steps of [1, 3, 12]) {
      const { lower, upper } = boundsOf(forecast(values, { steps, period: null }), 0.95);
      for (const [k, low] of lower.entries()) expect((upper[k] as number) - low).toBeGreaterThan(1);
    }
  });

  test('in steps of which few have values has bounds of how they differ', () => {
    const values = made(5000, (i, random) => (i % 100 === 0 ? 100 + 5 * random.normal() : Number.NaN));
    const { lower, upper } = of(values);
    for (const [k, low] of lower.entries()) expect((upper[k] as number) - low).toBeGreaterThan(5);
  });

  test('of one model without a season has the bounds of that model', () => {
    let level = 0;
    const walk = made(336, (_, random) => {
      level += 2 * random.normal();
      return level;
    });
    const one = forecast(walk, { steps: 24, period: null, family: 'SEASONAL_NAIVE' });
    const { lower, upper } = boundsOf(one, 0.95);
    const width = (k: number) => (upper[k] as number) - (lower[k] as number);
    expect(width(0)).toBeLessThan(20);
    expect(width(23)).toBeGreaterThan(1.5 * width(0));
  });

  test('with gaps keeps its season', () => {
    const gone = new Random(3);
    const { one, values } = of(
      made(480, (i, random) =>
        gone.uniform() < 0.2 || (i > 200 && i < 230) ? Number.NaN : daily(i) + random.normal(),
      ),
    );
    expect(one.seasons.short).toBe(24);
    for (const [k, value] of values.entries()) expect(Math.abs(value - daily(480 + k))).toBeLessThan(8);
  });

  test('whose level has moved goes on from the new one', () => {
    const { values } = of(
      made(480, (i, random) => daily(i) + random.normal() + (i >= 460 ? 80 : 0)),
      24,
    );
    for (const [k, value] of values.entries()) expect(Math.abs(value - daily(480 + k) - 80)).toBeLessThan(30);
  });

  test('with one wild value at its end is not led astray', () => {
    const { values } = of(
      made(480, (i, random) => daily(i) + random.normal() + (i === 479 ? 500 : 0)),
      24,
    );
    for (const [k, value] of values.entries()) expect(Math.abs(value - daily(480 + k))).toBeLessThan(12);
  });

  test('of counts has whole numbers and no negative ones', () => {
    const { values, lower, upper } = of(made(300, (_, random) => Math.floor(2 * random.uniform() ** 3 * 4)));
    for (const one of [values, lower, upper])
      for (const value of one) expect(Number.isInteger(value) && value >= 0).toBe(true);
    expect(Math.max(...upper)).toBeGreaterThan(0);
  });

  test('that hardly ever is anything but zero', () => {
    expectSound(of(made(400, (i) => (i % 97 === 5 ? 1 : 0))).one);
  });
});

describe('bounds', () => {
  test('hold about as often as they say', () => {
    let inside = 0;
    const runs = repeats({ quick: 12, long: 60 });
    for (let seed = 1; seed <= runs; seed += 1) {
      const whole = made(480 + steps, (i, random) => daily(i) + 5 * random.normal(), seed);
      const { lower, upper } = of(whole.slice(0, 480), 24);
      for (let k = 0; k < steps; k += 1) {
        const value = whole[480 + k] as number;
        if (value >= (lower[k] as number) && value <= (upper[k] as number)) inside += 1;
      }
    }
    expect(inside / (runs * steps)).toBeGreaterThan(0.9);
    expect(inside / (runs * steps)).toBeLessThan(0.995);
  });

  test.each<[string, number, Family | null]>([
    ['a third of the values missing', 0.33, null],
    ['the last season alone', 0, 'SEASONAL_NAIVE'],
    ['the last value alone', 0, 'NAIVE'],
    ['smoothing alone', 0, 'ETS'],
    ['a season and a trend alone', 0, 'MSTL'],
  ])('hold that often with %s too', (_, missing, family) => {
    let inside = 0;
    const runs = repeats({ quick: 8, long: 40 });
    for (let seed = 1; seed <= runs; seed += 1) {
      const gone = new Random(1000 + seed);
      const whole = made(480 + steps, (i, random) => daily(i) + 3 * random.normal(), seed);
      const past = whole.slice(0, 480).map((value) => (gone.uniform() < missing ? Number.NaN : value));
      const { lower, upper } = boundsOf(forecast(past, { steps, period: null, family }), 0.95);
      for (let k = 0; k < steps; k += 1) {
        const value = whole[480 + k] as number;
        if (value >= (lower[k] as number) && value <= (upper[k] as number)) inside += 1;
      }
    }
    expect(inside / (runs * steps)).toBeGreaterThan(0.87);
  });

  test('are wider for a higher level, around the same values', () => {
    const { one, values } = of(made(300, (i, random) => daily(i) + random.normal()));
    const widths = [0.5, 0.8, 0.95, 0.99].map((level) => {
      const { lower, upper } = boundsOf(one, level);
      expect(lower[0]).toBeLessThan(values[0] as number);
      return (upper[0] as number) - (lower[0] as number);
    });
    expect(widths).toEqual(widths.toSorted((a, b) => a - b));
    expect((widths[2] as number) / (widths[0] as number)).toBeCloseTo(1.96 / 0.6745, 1);
  });
});

describe('whatever comes', () => {
  const value = fc.oneof(
    fc.double({ min: -1e3, max: 1e3, noNaN: true }),
    fc.constantFrom(0, 1, -1, 1e-9, 1e12, -1e12, 1e150, -1e150, Number.NaN),
    fc.integer({ min: 0, max: 5 }),
  );

  test('is finite, with bounds in order', () => {
    const series = fc
      .array(value, { minLength: 1, maxLength: 150 })
      .filter((all) => all.some((one) => !Number.isNaN(one)));
    fc.assert(
      fc.property(series, fc.constantFrom(null, 1, 2, 7, 24, 52), (values, period) => {
        expectSound(forecast(Float64Array.from(values), { steps, period }));
      }),
      { numRuns: repeats({ quick: 60, long: 300 }) },
    );
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('%i values are enough for bounds that hold something', (count) => {
    const { one, lower, upper } = of(made(count, (_, random) => 100 + random.normal()));
    expectSound(one);
    if (count > 1) for (const [k, low] of lower.entries()) expect(upper[k]).toBeGreaterThan(low);
  });

  test.each([1e-9, 1e12])('the scale of %f makes no difference', (scale) => {
    const plain = of(made(300, (i, random) => daily(i) + random.normal())).values;
    const scaled = of(made(300, (i, random) => scale * (daily(i) + random.normal()))).values;
    for (const [k, one] of scaled.entries()) expect(one / scale / (plain[k] as number)).toBeCloseTo(1, 6);
  });
});
