// Cursors: what was encoded is decoded, and anything else is refused by name.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeCursor, encodeCursor } from '../../src/store/cursor.ts';

const logId = '0123456789abcdef';
const otherLogId = 'fedcba9876543210';
const place = { partition: 0, offset: 1000 };
const expected = { logId, kind: 'points' as const, partition: 0, head: 1000 };
const refused = (message: RegExp | string) =>
  expect.objectContaining({ code: 'BAD_USER_INPUT', message: expect.stringMatching(message) });

function errorOf(cursor: string, changed: Partial<typeof expected> = {}): unknown {
  try {
    return decodeCursor(cursor, { ...expected, ...changed });
  } catch (error) {
    return error;
  }
}

function withByte(cursor: string, index: number, byte: number): string {
  const bytes = Buffer.from(cursor, 'base64url');
  bytes[index] = byte;
  return bytes.toString('base64url');
}

test('a place in any log is decoded as it was encoded', () => {
  const logIds = fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('hex'));
  fc.assert(
    fc.property(logIds, fc.nat(1000), fc.maxSafeNat(), fc.maxSafeNat(), (id, partition, offset, more) => {
      const cursor = encodeCursor(id, 'points', { partition, offset });
      expect(cursor).toMatch(/^[\w-]{8,200}$/);
      const head = Math.max(offset, more);
      expect(decodeCursor(cursor, { logId: id, kind: 'points', partition, head })).toEqual({ partition, offset });
    }),
  );
});

test('text that is no cursor is refused', () => {
  const cursor = encodeCursor(logId, 'points', place);
  for (const text of [
    '',
    '1000',
    'AAAA',
    `${cursor}AA`,
    cursor.slice(0, -2),
    ` ${cursor}`,
    `${cursor}=`,
    'ü'.repeat(20),
  ]) {
    expect(errorOf(text)).toEqual(refused('is no cursor'));
  }
});

test('no text at all breaks the decoding: it is this place or another, or refused', () => {
  const cursor = encodeCursor(logId, 'points', place);
  const texts = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
    fc.tuple(fc.nat(13), fc.nat(255)).map(([index, byte]) => withByte(cursor, index, byte)),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const result = errorOf(text);
      if (result instanceof Error) expect(result).toEqual(refused(''));
      else expect(result).toEqual({ partition: 0, offset: expect.toSatisfy((offset: number) => offset <= 1000) });
    }),
  );
});

test('a cursor of another version or kind is refused', () => {
  const cursor = encodeCursor(logId, 'points', place);
  expect(errorOf(withByte(cursor, 0, 2))).toEqual(refused('is no cursor'));
  expect(errorOf(withByte(cursor, 1, 1))).toEqual(refused('cursor'));
  expect(errorOf(withByte(cursor, 1, 255))).toEqual(refused('cursor'));
});

test('a cursor of another log is refused with both names', () => {
  expect(errorOf(encodeCursor(otherLogId, 'points', place))).toEqual(
    refused(`of another log \\(${otherLogId}\\), this is ${logId}`),
  );
});

test('a cursor of another partition is refused', () => {
  expect(errorOf(encodeCursor(logId, 'points', { partition: 3, offset: 1 }))).toEqual(refused('of other entity types'));
});

test('a cursor past the newest point is refused, the newest itself is taken', () => {
  const cursor = encodeCursor(logId, 'points', place);
  expect(errorOf(cursor, { head: 999 })).toEqual(refused('past the newest point'));
  expect(errorOf(cursor, { head: 1000 })).toEqual(place);
  expect(errorOf(encodeCursor(logId, 'points', { partition: 0, offset: 0 }), { head: 0 })).toEqual({
    partition: 0,
    offset: 0,
  });
});
