// Numbers to bytes and back.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader, ByteWriter } from '../../src/base/bytes.ts';

const field = fc.oneof(
  fc.record({ as: fc.constant('varint' as const), value: fc.maxSafeNat() }),
  fc.record({ as: fc.constant('uint8' as const), value: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ as: fc.constant('float64' as const), value: fc.double() }),
  fc.record({ as: fc.constant('raw' as const), value: fc.uint8Array({ maxLength: 600 }) }),
);

test('what was written is read back, whatever its order', () => {
  fc.assert(
    fc.property(fc.array(field, { maxLength: 40 }), (fields) => {
      const writer = new ByteWriter();
      for (const one of fields) {
        if (one.as === 'raw') writer.raw(one.value);
        else writer[one.as](one.value);
      }
      const reader = new ByteReader(writer.finish());
      for (const one of fields) {
        if (one.as === 'raw') expect(new Uint8Array(reader.raw(one.value.length))).toEqual(one.value);
        else expect(reader[one.as]()).toBe(one.value);
      }
      expect(reader.left).toBe(0);
    }),
  );
});

test('a varint takes seven bits a byte', () => {
  const bytes = (value: number) => [...new ByteWriter().varint(value).finish()];
  expect(bytes(0)).toEqual([0]);
  expect(bytes(127)).toEqual([0x7f]);
  expect(bytes(128)).toEqual([0x80, 0x01]);
  expect(bytes(300)).toEqual([0xac, 0x02]);
  expect(bytes(Number.MAX_SAFE_INTEGER)).toHaveLength(8);
});

test('what is no whole number from 0 to 2^53 - 1 is no varint', () => {
  for (const value of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    expect(() => new ByteWriter().varint(value)).toThrow('a varint is a whole number from 0');
  }
  const tooLong = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
  expect(() => new ByteReader(tooLong).varint()).toThrow(RangeError);
  const tooBig = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);
  expect(() => new ByteReader(tooBig).varint()).toThrow(RangeError);
});

test('reading past the end says so', () => {
  const reader = new ByteReader(new Uint8Array([0x80]));
  expect(() => reader.varint()).toThrow('the bytes end too early');
  expect(() => new ByteReader(new Uint8Array(7)).float64()).toThrow(RangeError);
  expect(() => new ByteReader(new Uint8Array(7)).raw(8)).toThrow(RangeError);
});

test('what is written afterwards does not change what was finished', () => {
  const writer = new ByteWriter().varint(1);
  const first = writer.finish();
  writer.varint(2);
  expect([...first]).toEqual([1]);
  expect([...writer.finish()]).toEqual([1, 2]);
});
