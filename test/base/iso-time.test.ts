// Times as text: the same characters as Date prints, whatever came before.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isoTime } from '../../src/base/iso-time.ts';

const dateOf = (ms: number) => new Date(ms).toISOString();

test('a time is printed as Date prints it, in any year, before 1970 and with a fraction', () => {
  const known = [0, -1, 1, -0.5, 1.5, 59_999, 3_599_999, 3_600_000, 8.64e15, -8.64e15, Date.UTC(10_000, 0)];
  for (const ms of known) expect([ms, isoTime(ms)]).toEqual([ms, dateOf(ms)]);
  const anyTime = fc.integer({ min: -8.64e15, max: 8.64e15 });
  // Neighbours of a time are in its hour, or in the one beside it.
  const times = fc.tuple(anyTime, fc.array(fc.integer({ min: -4_000_000, max: 4_000_000 })));
  fc.assert(
    fc.property(times, ([base, steps]) => {
      const all = [base, ...steps.map((step) => base + step)].filter((ms) => Math.abs(ms) <= 8.64e15);
      expect(all.map(isoTime)).toEqual(all.map(dateOf));
    }),
  );
});

test('what is no time is a RangeError', () => {
  for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, 8.64e15 + 1]) expect(() => isoTime(ms)).toThrow(RangeError);
});
