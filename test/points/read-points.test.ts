// Lines to points: which lines are kept, byte by byte, and what is said of the others.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinLines, pickLines, readPoints } from '../../src/points/read-points.ts';
import { defaultPointRules } from '../../src/points/validate-point.ts';

const now = Date.UTC(2026, 10, 24, 12);
const good = '{"entityType":"orders","serviceId":"web","timestamp":"2026-11-24T11:00:00Z","data":{"amount":5}}';

function read(body: string | Buffer) {
  return readPoints(Buffer.from(body), now, defaultPointRules);
}

/** A line, and whether it is good, bad or blank. */
type Line = readonly [kind: 'good' | 'bad' | 'blank', bytes: Buffer];

function point(data: object): string {
  return JSON.stringify({ entityType: 'größe', serviceId: '店-🚲', data });
}

const lines: fc.Arbitrary<Line> = fc.oneof(
  fc
    .tuple(
      fc.dictionary(fc.constantFrom('a', 'ä', '価格'), fc.oneof(fc.integer(), fc.string({ unit: 'grapheme' }))),
      fc.boolean(),
    )
    .map(([data, isCrLf]): Line => ['good', Buffer.from(`${point(data)}${isCrLf ? '\r' : ''}`)]),
  fc.constant<Line>(['good', Buffer.from(`  ${point({ replaced: '\ufffd' })}\t`)]),
  fc
    .constantFrom('{', '[]', '{"entityType":1}', 'não', '{}', point({}).replace('data', 'date'))
    .map((text): Line => ['bad', Buffer.from(text)]),
  fc
    .constantFrom([0xff], [0xc3], [0xed, 0xa0, 0x80], [0xe2, 0x82])
    .map(
      (bytes): Line => ['bad', Buffer.concat([Buffer.from('{"entityType":"'), Buffer.from(bytes), Buffer.from('"}')])],
    ),
  fc.constantFrom('', ' ', '\r', '\t \r').map((text): Line => ['blank', Buffer.from(text)]),
);

describe('reading a batch', () => {
  test('keeps the accepted lines own bytes, whatever stands between them', () => {
    fc.assert(
      fc.property(fc.array(lines, { maxLength: 12 }), fc.boolean(), (all, isEnded) => {
        const bytes = all.map(([, line]) => line);
        const batch = read(joinLines(isEnded ? [...bytes, Buffer.alloc(0)] : bytes));
        const kept = all.filter(([kind]) => kind === 'good').map(([, line]) => line);
        expect(batch.lines.equals(joinLines(kept))).toBe(true);
        expect(batch.points).toHaveLength(kept.length);
        expect(batch.count).toBe(all.filter(([kind]) => kind !== 'blank').length);
        expect(batch.rejected).toHaveLength(batch.count - kept.length);
      }),
      { numRuns: 300 },
    );
  });

  test('gives the points that its kept lines are read as again', () => {
    fc.assert(
      fc.property(fc.array(lines, { maxLength: 12 }), (all) => {
        const batch = read(joinLines(all.map(([, line]) => line)));
        const again = batch.points.length === 0 ? [] : batch.lines.toString().split('\n');
        expect(again.map((line) => JSON.parse(line))).toEqual(
          batch.points.map(({ entityType, serviceId, data }) => ({ entityType, serviceId, data })),
        );
        expect(read(batch.lines).rejected).toEqual([]);
      }),
    );
  });

  test('counts rejections by the lines that are not blank, from 0', () => {
    const { rejected, points, count } = read(`${good}\n\n{"a":\n \r\n[1]\n${good}\n`);
    expect(rejected).toEqual([
      { index: 1, message: expect.stringMatching(/^is not JSON: .* in "\{\\"a\\":"$/) },
      { index: 2, message: 'a point is an object with entityType, serviceId and data, not an array of 1' },
    ]);
    expect([points.length, count]).toEqual([2, 4]);
  });

  test('refuses bytes that are no UTF-8, in their line only, and takes a U+FFFD that was sent as one', () => {
    const broken = Buffer.from(good.replace('web', 'w\xffb'), 'latin1');
    const whole = Buffer.from(good.replace('web', 'w\ufffdb'));
    const { points, rejected } = read(joinLines([whole, broken, whole]));
    expect(points.map(({ serviceId }) => serviceId)).toEqual(['w\ufffdb', 'w\ufffdb']);
    expect(rejected).toEqual([{ index: 1, message: 'is not UTF-8 text' }]);
  });

  test('does not read on over a newline from the middle of a character', () => {
    const { points, rejected } = read(Buffer.concat([Buffer.from([0xe2, 0x82, 0x0a]), Buffer.from(good)]));
    expect(points).toHaveLength(1);
    expect(rejected).toEqual([{ index: 0, message: 'is not UTF-8 text' }]);
  });

  test('shows only the beginning of a long line that is no JSON', () => {
    const [rejection] = read(`{"a":"${'x'.repeat(100_000)}`).rejected;
    expect(rejection?.message.length).toBeLessThan(400);
  });

  test('gives a batch without a bad line back as it came', () => {
    const body = Buffer.from(`${good}\r\n${good}`);
    expect(readPoints(body, now, defaultPointRules).lines).toBe(body);
    expect(read(`${good}\n`).lines.toString()).toBe(good);
  });

  test('of nothing gives nothing', () => {
    for (const body of ['', '\n', '\r\n \n']) {
      expect(read(body)).toMatchObject({ points: [], rejected: [], count: 0 });
      expect(read(body).lines).toHaveLength(0);
    }
  });
});

test('lines are picked by number and joined by newlines', () => {
  const bytes = Buffer.from('a\nbb\n\nccc');
  expect(pickLines(bytes, [0, 3]).toString()).toBe('a\nccc');
  expect(pickLines(bytes, [1, 2]).toString()).toBe('bb\n');
  expect(pickLines(bytes, [])).toHaveLength(0);
});
