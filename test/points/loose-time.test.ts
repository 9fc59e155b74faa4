// Times as files have them, in UTC whatever the machine's zone.
import { afterEach, describe, expect, test } from 'vitest';
import { readLooseTime } from '../../src/points/loose-time.ts';

const zone = process.env['TZ'];

afterEach(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

const read: [string, string][] = [
  ['2000-01-02', '2000-01-02T00:00:00.000Z'],
  ['2000-01-02 03:04', '2000-01-02T03:04:00.000Z'],
  ['2000-01-02T03:04:05.678', '2000-01-02T03:04:05.678Z'],
  ['2000-01-02 03:04:05,678', '2000-01-02T03:04:05.678Z'],
  ['2000-01-02T03:04:05.678901Z', '2000-01-02T03:04:05.678Z'],
  ['2000-01-02 03:04:05 UTC', '2000-01-02T03:04:05.000Z'],
  ['2000-01-02 03:04:05+02', '2000-01-02T01:04:05.000Z'],
  ['2000-01-02 03:04:05 -0530', '2000-01-02T08:34:05.000Z'],
  ['2000-01-02T03:04:05+05:30', '2000-01-01T21:34:05.000Z'],
  ['2000-01-02 5:06 PM', '2000-01-02T17:06:00.000Z'],
  ['2000', '2000-01-01T00:00:00.000Z'],
  ['Jan 1 2000', '2000-01-01T00:00:00.000Z'],
  ['2-Jan-2000', '2000-01-02T00:00:00.000Z'],
  ['January 2, 2000 3:04 pm', '2000-01-02T15:04:00.000Z'],
  ['Sun, 02 Jan 2000 03:04:05 GMT', '2000-01-02T03:04:05.000Z'],
  ['Sun Jan 02 2000 03:04:05 GMT+0100', '2000-01-02T02:04:05.000Z'],
  ['1/2/2000', '2000-01-02T00:00:00.000Z'],
  ['2000/01/02 03:00:00', '2000-01-02T03:00:00.000Z'],
  ['946782245', '2000-01-02T03:04:05.000Z'],
  ['946782245.5', '2000-01-02T03:04:05.500Z'],
  ['946782245678', '2000-01-02T03:04:05.678Z'],
  ['-1', '1969-12-31T23:59:59.000Z'],
];

describe.each(['UTC', 'America/New_York', 'Asia/Kolkata'])('on a machine in %s', (timeZone) => {
  test.each(read)('%s is %s', (text, iso) => {
    process.env['TZ'] = timeZone;
    expect(new Date(readLooseTime(text)).toISOString()).toBe(iso);
  });
});

test('the zone of the machine does change what Date makes of such texts', () => {
  process.env['TZ'] = 'Asia/Kolkata';
  expect(Date.parse('Jan 1 2000')).not.toBe(readLooseTime('Jan 1 2000'));
});

test.each([
  '',
  'soon',
  'room 7',
  'room 2007',
  '12:30',
  'Jan 2000',
  'Jan 1',
  '2000-02-30',
  '2000-13-01',
  '2000-01-02 24:00',
  '2/30/2000',
  'Feb 30 2000',
  '13/01/2000',
  '31.12.2000',
  '1e12',
  '99999999999999999999',
])('"%s" is no time', (text) => {
  expect(readLooseTime(text)).toBeNaN();
});
