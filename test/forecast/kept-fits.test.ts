// Fits that are kept: what has gone on a little is forecast with the models as they were, what has gone on much is fitted anew.
import { describe, expect, test } from 'vitest';
import { forecast, valuesOf } from '../../src/forecast/auto.ts';
import { KeptFits } from '../../src/forecast/kept-fits.ts';
import { Random } from '../../src/sources/random.ts';

const options = { steps: 24, period: null };
const random = new Random(7);
const series = Float64Array.from(
  { length: 1000 },
  (_, i) => 100 + 20 * Math.sin((2 * Math.PI * i) / 24) + 3 * random.normal(),
);

function asked(begin: number, end: number, values = series) {
  return { values: values.slice(begin, end), first: begin, options, key: 'a', share: 'ASKED', mostKept: 2 } as const;
}

const weights = (one: ReturnType<KeptFits['forecast']>) => one.members.map(({ weight }) => weight);

describe('a fit', () => {
  test('that is new says what a forecast says', () => {
    expect(new KeptFits().forecast(asked(0, 480))).toEqual(forecast(series.slice(0, 480), options));
  });

  test('goes on with what has come, also where the oldest values are no longer asked for', () => {
    const kept = new KeptFits();
    const before = kept.forecast(asked(0, 480));
    for (const [begin, end] of [
      [0, 481],
      [6, 490],
      [20, 500],
    ] as const) {
      const after = kept.forecast(asked(begin, end));
      expect(weights(after)).toEqual(weights(before));
      const fresh = valuesOf(forecast(series.slice(0, end), options));
      for (const [k, value] of valuesOf(after).entries())
        expect(Math.abs(value - (fresh[k] as number))).toBeLessThan(2);
    }
  });

  test('is made anew where a twentieth more has come, steps are missing, or it would not hold', () => {
    const changed = [
      asked(0, 520),
      asked(490, 900),
      { ...asked(0, 470), first: -1 },
      asked(0, 490, series.with(485, -5)),
      asked(0, 490, series.with(485, 500)),
    ];
    for (const task of changed) {
      const kept = new KeptFits();
      const before = kept.forecast(asked(0, 480));
      const after = kept.forecast(task);
      expect(weights(after)).not.toEqual(weights(before));
      expect(after).toEqual(forecast(task.values, options));
    }
  });

  test('does not hold a level that has moved', () => {
    for (const [before, after] of [
      [10, 20],
      [0, 5],
      [100, 5000],
    ] as const) {
      const kept = new KeptFits();
      const values = Float64Array.from({ length: 220 }, (_, i) => (i < 200 ? before : after + (i % 3)));
      kept.forecast(asked(0, 200, values));
      const said = valuesOf(kept.forecast(asked(0, 208, values)));
      expect(said).toEqual(valuesOf(forecast(values.slice(0, 208), options)));
    }
  });

  test('goes where more are asked for than are kept', () => {
    const kept = new KeptFits();
    const before = kept.forecast(asked(0, 480));
    for (const key of ['b', 'c']) kept.forecast({ ...asked(0, 480), key });
    expect(weights(kept.forecast(asked(0, 490)))).not.toEqual(weights(before));
  });
});
