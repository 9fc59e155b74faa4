// RFC 3339 to milliseconds: as Date reads it, but for what no calendar and no clock has.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readTimestamp } from '../../src/points/timestamp.ts';

const year0 = Date.UTC(1900, 0, 1);
const year9999 = Date.UTC(9999, 11, 31);
const times = fc.integer({ min: year0, max: year9999 });
const two = (value: number) => String(value).padStart(2, '0');

describe('timestamps', () => {
  test('in the form that toISOString prints are read as Date reads them', () => {
    fc.assert(
      fc.property(fc.array(times, { minLength: 1, maxLength: 5 }), (all) => {
        for (const time of all) expect(readTimestamp(new Date(time).toISOString())).toBe(time);
      }),
    );
  });

  test('within one hour are read as Date reads them', () => {
    fc.assert(
      fc.property(times, fc.array(fc.integer({ min: 0, max: 3_599_999 })), (time, offsets) => {
        const hour = time - (time % 3_600_000);
        for (const offset of offsets) expect(readTimestamp(new Date(hour + offset).toISOString())).toBe(hour + offset);
      }),
    );
  });

  test('with any offset and any number of decimals are read as Date reads them', () => {
    const offsets = fc.oneof(
      fc.constantFrom('Z', '+00:00', '-00:00', '+23:59', '-23:59'),
      fc.tuple(fc.constantFrom('+', '-'), fc.nat(23), fc.nat(59)).map(([sign, h, m]) => `${sign}${two(h)}:${two(m)}`),
    );
    const decimals = fc.oneof(fc.constant(''), fc.stringMatching(/^\.\d{1,9}$/));
    fc.assert(
      fc.property(times, decimals, offsets, (time, decimal, offset) => {
        const text = `${new Date(time).toISOString().slice(0, 19)}${decimal}${offset}`;
        expect(readTimestamp(text)).toBe(Date.parse(text));
      }),
    );
  });

  test('with any one character changed are read as Date reads them, or not at all', () => {
    fc.assert(
      fc.property(times, fc.nat(23), (time, index) => {
        const iso = new Date(time).toISOString();
        for (const wrong of '0469:.TZ -/x٣') {
          const text = iso.slice(0, index) + wrong + iso.slice(index + 1);
          readTimestamp(iso);
          const read = readTimestamp(text);
          if (!Number.isNaN(read)) expect(read).toBe(Date.parse(text));
        }
      }),
    );
  });

  test.each([
    ['2026-11-24T16:38:52Z', '2026-11-24T16:38:52.000Z'],
    ['2026-11-24T16:38Z', '2026-11-24T16:38:00.000Z'],
    ['2026-11-24 16:38:52.5+02:00', '2026-11-24T14:38:52.500Z'],
    ['2026-11-24t16:38:52z', '2026-11-24T16:38:52.000Z'],
    ['2026-11-24T16:38:52.123456789Z', '2026-11-24T16:38:52.123Z'],
    ['2026-11-24T00:30:00-09:30', '2026-11-24T10:00:00.000Z'],
    ['2024-02-29T00:00:00.000Z', '2024-02-29T00:00:00.000Z'],
  ])('%s is %s', (text, iso) => {
    expect(new Date(readTimestamp(text)).toISOString()).toBe(iso);
  });

  test.each([
    ['no offset', '2026-11-24T16:38:52'],
    ['no time', '2026-11-24'],
    ['a day that February has not', '2026-02-29T00:00:00.000Z'],
    ['a day that April has not', '2026-04-31T00:00:00Z'],
    ['a thirteenth month', '2026-13-01T00:00:00.000Z'],
    ['day 0', '2026-11-00T00:00:00.000Z'],
    ['hour 24', '2026-11-24T24:00:00.000Z'],
    ['minute 60', '2026-11-24T16:60:00.000Z'],
    ['second 60', '2026-11-24T16:38:60.000Z'],
    ['an offset of 25 hours', '2026-11-24 16:38:52+25:00'],
    ['an offset without a colon', '2026-11-24T16:38:52+0200'],
    ['words', 'Tue Nov 24 2026 16:38:52 GMT'],
    ['a space before it', ' 2026-11-24T16:38:52.123Z'],
    ['something behind it', '2026-11-24T16:38:52.123Z '],
    ['a comma for the decimals', '2026-11-24T16:38:52,123Z'],
    ['24 characters that are no time', 'x026-11-24T16:38:52.123Z'],
    ['nothing', ''],
  ])('with %s are refused', (_, text) => {
    expect(readTimestamp(text)).toBeNaN();
  });

  test('of an hour that no day has are refused after its first minute was', () => {
    expect(readTimestamp('2026-11-24T24:00:00.000Z')).toBeNaN();
    expect(readTimestamp('2026-11-24T24:30:00.000Z')).toBeNaN();
  });
});
