// Blocks: what was packed is unpacked, joining changes nothing but the packing, and no changed byte is read as data.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPulseError } from '../../src/base/errors.ts';
import { joinLines } from '../../src/points/read-points.ts';
import {
  type BlockRow,
  chainStart,
  entriesOf,
  joinBlocks,
  lastArrival,
  makeBlock,
  openBlock,
} from '../../src/store/block.ts';

/** A part of a block as it is drawn. */
interface Drawn {
  readonly waitMs: number;
  readonly lines: readonly { readonly text: string; readonly series: number; readonly time: number }[];
}

const line = fc.record({
  text: fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => JSON.stringify(text)),
    fc.integer({ min: 1, max: 400 }).map((length) => `"${'x'.repeat(length)}"`),
  ),
  series: fc.integer({ min: 1, max: 12 }).map((n) => n * n * n),
  time: fc.integer({ min: 946_684_800_000, max: 1_900_000_000_000 }),
});
const part: fc.Arbitrary<Drawn> = fc.record({
  waitMs: fc.constantFrom(0, 1, 999, 86_400_000),
  lines: fc.array(line, { minLength: 1, maxLength: 20 }),
});
const parts = fc.array(part, { minLength: 1, maxLength: 8 });

/** Neighbours, each behind the one before. */
function blocksOf(drawn: readonly Drawn[], first: number): BlockRow[] {
  const rows: BlockRow[] = [];
  let at = 1_764_000_000_000;
  for (const { waitMs, lines } of drawn) {
    at += waitMs;
    const before = rows.at(-1);
    const row = makeBlock({
      partition: 0,
      first: before === undefined ? first : before.first + before.count,
      at,
      previous: before?.chain ?? chainStart,
      lines: joinLines(lines.map(({ text }) => Buffer.from(text))),
      series: Uint32Array.from(lines, ({ series }) => series),
      times: Float64Array.from(lines, ({ time }) => time),
    });
    rows.push(row);
  }
  return rows;
}

interface Line {
  readonly offset: number;
  readonly text: string;
  readonly at: number;
  readonly series: number;
}

/** Everything that a block says, line by line. */
function linesOf(row: BlockRow): Line[] {
  const { body, table, parts: opened } = openBlock(row);
  const entries = entriesOf(row);
  const arrivals = opened.flatMap(({ count, at }) => Array.from({ length: count }, () => at));
  const lines: Line[] = [];
  let start = 0;
  for (const [i, at] of arrivals.entries()) {
    const length = table.lengths[i] ?? 0;
    const series = entries[table.slots[i] ?? -1]?.series ?? 0;
    lines.push({ offset: row.first + i, text: body.toString('utf8', start, start + length), at, series });
    start += length + 1;
  }
  return lines;
}

function drawnLines(drawn: readonly Drawn[], first: number): Line[] {
  let at = 1_764_000_000_000;
  const lines: Line[] = [];
  for (const one of drawn) {
    at += one.waitMs;
    for (const { text, series } of one.lines) lines.push({ offset: first + lines.length, text, at, series });
  }
  return lines;
}

test('lines, offsets, arrivals and series come out of a block as they went in', () => {
  fc.assert(
    fc.property(part, fc.integer({ min: 1, max: 2 ** 45 }), (drawn, first) => {
      const [row] = blocksOf([drawn], first) as [BlockRow];
      expect(linesOf(row)).toEqual(drawnLines([drawn], first));
      for (const { series, lines, oldest, newest } of entriesOf(row)) {
        const times = drawn.lines.filter((one) => one.series === series).map(({ time }) => time);
        expect([lines, oldest, newest]).toEqual([times.length, Math.min(...times), Math.max(...times)]);
      }
    }),
  );
});

test('neighbours joined have the same lines, offsets, arrivals, series and chain', () => {
  fc.assert(
    fc.property(parts, fc.nat(5), (drawn, cut) => {
      const rows = blocksOf(drawn, 8);
      const joined = joinBlocks(rows);
      expect(linesOf(joined)).toEqual(rows.flatMap(linesOf));
      expect(linesOf(joined)).toEqual(drawnLines(drawn, 8));
      expect([joined.first, joined.at, lastArrival(joined)]).toEqual([8, rows[0]?.at, rows.at(-1)?.at]);
      expect(Buffer.from(joined.chain)).toEqual(Buffer.from(rows.at(-1)?.chain ?? []));
      expect(Buffer.from(joined.previous)).toEqual(Buffer.from(chainStart));
      // In whatever steps they were joined.
      const middle = Math.max(1, Math.min(cut, rows.length - 1));
      if (rows.length > 1) {
        expect(joinBlocks([joinBlocks(rows.slice(0, middle)), joinBlocks(rows.slice(middle))])).toEqual(joined);
      }
    }),
  );
});

/** What is found: true where the change was, false where everything is as before. */
function isFound(row: BlockRow, changed: BlockRow): boolean {
  try {
    const same = [linesOf(changed), entriesOf(changed), lastArrival(changed)];
    expect(same).toEqual([linesOf(row), entriesOf(row), lastArrival(row)]);
    return false;
  } catch (error) {
    if (!isPulseError(error, 'STORAGE_DAMAGED')) throw error;
    expect(error.message).toMatch(
      new RegExp(`^block ${changed.first}( to -?\\d+)? of partition ${changed.partition} `),
    );
    return true;
  }
}

describe('a block that was changed in any byte is damaged, or says the same', () => {
  const blobs = ['body', 'lines', 'series', 'parts', 'previous', 'chain'] as const;
  const numbers = ['first', 'count', 'at', 'format', 'bytes', 'partition', 'headCrc', 'linesCrc'] as const;

  function flipped(row: BlockRow, blob: (typeof blobs)[number], place: number, mask: number): BlockRow {
    const bytes = Uint8Array.from(row[blob] ?? []);
    const index = Math.floor(place * bytes.length);
    bytes[index] = (bytes[index] ?? 0) ^ mask;
    return { ...row, [blob]: bytes };
  }

  const changes = fc.record({
    place: fc.double({ min: 0, max: 0.999999, noNaN: true }),
    mask: fc.integer({ min: 1, max: 255 }),
  });

  for (const blob of blobs) {
    test(`in its ${blob}`, () => {
      fc.assert(
        fc.property(parts, changes, (drawn, { place, mask }) => {
          const row = joinBlocks(blocksOf(drawn, 5));
          fc.pre((row[blob]?.length ?? 0) > 0);
          // A zstd frame has bits that mean nothing: of those the lines alone must stay the same.
          if (row.format === 2 || !['body', 'lines'].includes(blob)) {
            expect(isFound(row, flipped(row, blob, place, mask))).toBe(true);
          } else isFound(row, flipped(row, blob, place, mask));
        }),
      );
    });
  }

  for (const number of numbers) {
    test(`in its ${number}`, () => {
      fc.assert(
        fc.property(parts, fc.boolean(), fc.nat(31), (drawn, isJoined, bit) => {
          const rows = blocksOf(drawn, 5);
          const row = isJoined ? joinBlocks(rows) : (rows.at(-1) as BlockRow);
          expect(isFound(row, { ...row, [number]: row[number] + 2 ** bit })).toBe(true);
          expect(isFound(row, { ...row, [number]: row[number] - 2 ** bit })).toBe(true);
        }),
      );
    });
  }
});

test('a block cut short, or with something behind it, is damaged or says the same', () => {
  fc.assert(
    fc.property(
      parts,
      fc.constantFrom('body', 'lines', 'series', 'parts'),
      fc.integer({ min: 1, max: 9 }),
      (drawn, blob, by) => {
        const row = joinBlocks(blocksOf(drawn, 1));
        const bytes = row[blob] ?? new Uint8Array();
        expect(isFound(row, { ...row, [blob]: bytes.subarray(0, Math.max(0, bytes.length - by)) })).toBe(true);
        // What stands behind a zstd frame is not read.
        const isFrame = row.format === 1 && blob === 'body';
        expect(isFound(row, { ...row, [blob]: Buffer.concat([bytes, Buffer.alloc(by, 7)]) }) || isFrame).toBe(true);
      },
    ),
  );
});

test('a block without one of its neighbours does not join', () => {
  const rows = blocksOf(
    Array.from({ length: 3 }, () => ({ waitMs: 1, lines: [{ text: '1', series: 1, time: 1e12 }] })),
    1,
  );
  expect(() => openBlock(joinBlocks([rows[0], rows[2]] as BlockRow[]))).toThrow('is damaged');
});

test('lines that do not fit their points are no block', () => {
  const lines = Buffer.from('1\n2');
  for (const count of [1, 3]) {
    const series = new Uint32Array(count).fill(1);
    const times = new Float64Array(count).fill(1e12);
    expect(() => makeBlock({ partition: 0, first: 1, at: 1, previous: chainStart, lines, series, times })).toThrow(
      'lines were expected',
    );
  }
});
