// Batches of lines depend on the bytes alone, never on how they were cut into chunks.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPulseError } from '../../src/base/errors.ts';
import { LineBatcher } from '../../src/points/read-lines.ts';
import { chunksOf, cuts } from '../support/chunks.ts';

interface Batches {
  readonly batches: { text: string; firstLine: number }[];
  readonly error: string | undefined;
}

function read(chunks: readonly Buffer[], linesPerBatch: number, maxLineBytes = 1000): Batches {
  const batcher = new LineBatcher(linesPerBatch, maxLineBytes);
  const batches: Batches['batches'] = [];
  const keep = (batch: { bytes: Buffer; firstLine: number } | undefined) => {
    if (batch !== undefined) batches.push({ text: batch.bytes.toString(), firstLine: batch.firstLine });
  };
  try {
    for (const chunk of chunks) batcher.push(chunk).forEach(keep);
    keep(batcher.finish());
    return { batches, error: undefined };
  } catch (error) {
    if (!isPulseError(error, 'LIMIT_EXCEEDED')) throw error;
    return { batches, error: error.message };
  }
}

const bodies = fc.array(fc.constantFrom('', 'a', 'bcd', 'é€🚲', '\r', 'x'.repeat(20)), { maxLength: 30 });

describe('batches of lines', () => {
  test('joined again are the same bytes, each but the last of the same number of lines', () => {
    fc.assert(
      fc.property(bodies, fc.boolean(), fc.integer({ min: 1, max: 7 }), cuts, (lines, isEnded, size, at) => {
        const body = lines.join('\n') + (isEnded ? '\n' : '');
        const { batches } = read(chunksOf(Buffer.from(body), at), size);
        expect(batches.map(({ text }) => text).join('')).toBe(body);
        batches.forEach(({ text, firstLine }, i) => {
          expect(firstLine).toBe(i * size);
          if (i < batches.length - 1) expect(text.split('\n')).toHaveLength(size + 1);
        });
      }),
    );
  });

  test('are the same for any chunks of the same bytes, also before a line that is too long', () => {
    fc.assert(
      fc.property(
        bodies,
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 25 }),
        cuts,
        (lines, size, max, at) => {
          const body = Buffer.from(lines.join('\n'));
          expect(read(chunksOf(body, at), size, max)).toEqual(read([body], size, max));
        },
      ),
    );
  });

  test('end where a line is longer than is allowed, which is named by its number from 1', () => {
    expect(read([Buffer.from('a\nb\nccccc\nd\n')], 1, 4)).toEqual({
      batches: [
        { text: 'a\n', firstLine: 0 },
        { text: 'b\n', firstLine: 1 },
      ],
      error: 'line 3 is longer than 4 bytes',
    });
    expect(read([Buffer.from('cccc\ncccc')], 1, 4).error).toBeUndefined();
  });

  test('of a line without an end are refused before it has come whole', () => {
    const batcher = new LineBatcher(10, 4);
    expect(batcher.push(Buffer.from('ccc'))).toEqual([]);
    expect(() => batcher.push(Buffer.from('cc'))).toThrow('line 1 is longer than 4 bytes');
    expect(() => batcher.push(Buffer.from('\n'))).toThrow('line 1 is longer');
    expect(() => batcher.finish()).toThrow('line 1 is longer');
  });

  test('are cut early where they would pass 1 MiB', () => {
    const line = `${'x'.repeat(256 * 1024 - 1)}\n`;
    const { batches } = read([Buffer.from(line.repeat(9))], 500, 256 * 1024);
    expect(batches.map(({ firstLine }) => firstLine)).toEqual([0, 4, 8]);
  });

  test('own their bytes, so that they may be transferred', () => {
    const chunk = Buffer.from('a\nb\n');
    const [batch] = new LineBatcher(2, 10).push(chunk);
    chunk.fill(0);
    expect(batch?.bytes.toString()).toBe('a\nb\n');
    expect(batch?.bytes.buffer.byteLength).toBe(4);
  });

  test('of nothing are none', () => {
    expect(read([], 5)).toEqual({ batches: [], error: undefined });
    expect(read([Buffer.alloc(0)], 5)).toEqual({ batches: [], error: undefined });
  });
});
