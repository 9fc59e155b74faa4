// Times written into lines that have none.
import { expect, test } from 'vitest';
import { readPoints } from '../../src/points/read-points.ts';
import { defaultPointRules } from '../../src/points/validate-point.ts';
import { writeTimes } from '../../src/points/write-times.ts';

const time = Date.UTC(2026, 10, 24, 12, 0, 0, 5);

test('only lines without a time get one, all other bytes stay, and reading them again gives the same points', () => {
  const timed = '{"entityType":"a","serviceId":"b","timestamp":"2026-11-24T11:00:00Z","data":{"x":1.50}}';
  const bare = '{"entityType":"a","serviceId":"ä","data":{"x":{"deep":"}"}}}';
  const isNull = ' {"timestamp":null,"entityType":"a","serviceId":"b","data":{"big":12345678901234567890} } ';
  const batch = readPoints(Buffer.from([timed, bare, isNull].join('\n')), time, defaultPointRules);
  const written = writeTimes(batch, time);
  expect(written.lines.toString()).toBe(
    [
      timed,
      bare.replace(/}$/, ',"timestamp":"2026-11-24T12:00:00.005Z"}'),
      isNull.replace(/} $/, ',"timestamp":"2026-11-24T12:00:00.005Z"} '),
    ].join('\n'),
  );
  expect(written.points.slice(1).map(({ timestamp }) => timestamp)).toEqual([time, time]);
  expect(readPoints(written.lines, time, defaultPointRules).points).toEqual(written.points);
});
