// Hashes: published vectors, range and spread.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fnv1a32, hash53 } from '../../src/base/hash.ts';

test('FNV-1a 32 gives the published values', () => {
  // http://www.isthe.com/chongo/tech/comp/fnv/: the vectors of test_fnv.c.
  expect(fnv1a32('')).toBe(0x811c9dc5);
  expect(fnv1a32('a')).toBe(0xe40c292c);
  expect(fnv1a32('b')).toBe(0xe70c2de5);
  expect(fnv1a32('foobar')).toBe(0xbf9cf968);
  expect(fnv1a32('chongo was here!\n')).toBe(0xd49930d5);
});

test('FNV-1a 32 runs over UTF-8', () => {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from('größe 🚲')) hash = Math.imul(hash ^ byte, 0x01000193);
  expect(fnv1a32('größe 🚲')).toBe(hash >>> 0);
});

test('the hash for counting is a whole number below 2^53, the same for the same text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), (text) => {
      const hash = hash53(text);
      expect(Number.isSafeInteger(hash) && hash >= 0).toBe(true);
      expect(hash53(text)).toBe(hash);
    }),
  );
});

test('texts that differ little spread evenly and do not meet', () => {
  const buckets = new Uint32Array(64);
  const seen = new Set<number>();
  const count = 64_000;
  for (let i = 0; i < count; i += 1) {
    const hash = hash53(`user-${i}`);
    seen.add(hash);
    buckets[Math.floor(hash / 2 ** 47)] = (buckets[Math.floor(hash / 2 ** 47)] ?? 0) + 1;
  }
  expect(seen.size).toBe(count);
  // Six standard deviations of 1,000 a bucket.
  for (const bucket of buckets) expect(Math.abs(bucket - count / 64)).toBeLessThan(190);
});
