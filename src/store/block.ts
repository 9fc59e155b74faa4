// A block: some lines of one partition with consecutive offsets, as they are stored, read and sent. docs/storage.md has
// the bytes. The chain runs over the lines of its parts, so that joining neighbours leaves it as it was.
import { createHash } from 'node:crypto';
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { assert, present } from '../base/assert.ts';
import { ByteReader, ByteWriter } from '../base/bytes.ts';
import { PulseError } from '../base/errors.ts';
import { joinLines } from '../points/read-points.ts';
import {
  buildIndex,
  decodeEntries,
  decodeLineTable,
  encodeEntries,
  encodeLineTable,
  type LineTable,
  lineLengths,
  type SeriesEntry,
} from './block-index.ts';

/** As stored. */
export interface BlockRow {
  readonly partition: number;
  readonly first: number;
  readonly count: number;
  /** 1: body and line table are zstd frames; 2: they are plain, for what is too small to gain. */
  readonly format: number;
  /** Length of the body, unpacked. */
  readonly bytes: number;
  /** Arrival of the first part, in milliseconds. */
  readonly at: number;
  /** Varints: of each part its lines and its arrival after the part before; null where there is one part. */
  readonly parts: Uint8Array | null;
  /** Chain of the block before; of its own. */
  readonly previous: Uint8Array;
  readonly chain: Uint8Array;
  /** Series entries. */
  readonly series: Uint8Array;
  /** CRC-32 of all of the above: what a block is chosen or let go by without being unpacked. */
  readonly headCrc: number;
  /** Line table and its CRC-32. */
  readonly lines: Uint8Array;
  readonly linesCrc: number;
  readonly body: Uint8Array;
}

/** Lines that were appended together. */
export interface BlockPart {
  readonly count: number;
  readonly at: number;
}

/** A block's lines, verified. */
export interface OpenBlock {
  readonly body: Buffer;
  readonly table: LineTable;
  readonly parts: readonly BlockPart[];
}

const zstdFormat = 1;
const plainFormat = 2;
const plainBelowBytes = 1024;
// More than any block holds but one with a giant of a line, which is refused.
const maxUnpackedBytes = 64 * 1024 * 1024;
const maxTableBytesPerLine = 12;
const zstdOptions = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

const noBytes = new Uint8Array(0);

/** What the first block of a log has before it. */
export const chainStart: Uint8Array = new Uint8Array(32);

export interface NewBlock {
  readonly partition: number;
  readonly first: number;
  readonly at: number;
  readonly previous: Uint8Array;
  /** Lines joined by newlines, with the series and event time of each. */
  readonly lines: Uint8Array;
  readonly series: Uint32Array;
  readonly times: Float64Array;
}

export function makeBlock(block: NewBlock): BlockRow {
  const count = block.series.length;
  const { entries, slots } = buildIndex(block.series, block.times);
  const table = { slots, lengths: lineLengths(block.lines, count) };
  const chain = chainPart(block.previous, block.first, { count, at: block.at }, block.lines);
  const { partition, first, at, previous } = block;
  return pack({ partition, first, count, at, parts: null, previous, chain }, block.lines, entries, table);
}

type Head = Pick<BlockRow, 'partition' | 'first' | 'count' | 'at' | 'parts' | 'previous' | 'chain'>;

function pack(head: Head, body: Uint8Array, entries: readonly SeriesEntry[], table: LineTable): BlockRow {
  assert(body.length <= maxUnpackedBytes, `a block has at most ${maxUnpackedBytes} bytes, not ${body.length}`);
  const series = encodeEntries(entries);
  const plainTable = encodeLineTable(table);
  const plain = body.length < plainBelowBytes;
  const lines = plain ? plainTable : zstdCompressSync(plainTable, zstdOptions);
  const whole = { ...head, format: plain ? plainFormat : zstdFormat, bytes: body.length, series };
  return {
    ...whole,
    headCrc: headChecksum(whole),
    lines,
    linesCrc: crc32(lines),
    body: plain ? body : zstdCompressSync(body, zstdOptions),
  };
}

function headChecksum(head: Head & Pick<BlockRow, 'format' | 'bytes' | 'series'>): number {
  const { partition, first, count, format, bytes, at, parts, previous, chain, series } = head;
  const writer = new ByteWriter();
  for (const number of [partition, first, count, format, bytes, at]) writer.varint(number);
  return [parts ?? noBytes, previous, chain, series].reduce((crc, part) => crc32(part, crc), crc32(writer.finish()));
}

function checkHead(row: BlockRow): void {
  assert(headChecksum(row) === row.headCrc, 'the checksum of its header and index does not fit');
}

/** SHA-256 of the chain before, offset, count, arrival and the lines. */
function chainPart(previous: Uint8Array, first: number, part: BlockPart, lines: Uint8Array): Uint8Array {
  const head = new ByteWriter().raw(previous).float64(first).float64(part.count).float64(part.at).finish();
  return createHash('sha256').update(head).update(lines).digest();
}

/** Which series are in the block; verified by itself, so that a block without the wanted ones need not be unpacked. */
export function entriesOf(row: BlockRow): SeriesEntry[] {
  return named(row, () => {
    checkHead(row);
    const entries = decodeEntries(row.series);
    const lines = entries.reduce((sum, entry) => sum + entry.lines, 0);
    assert(lines === row.count, `its index speaks of ${lines} lines, its header of ${row.count}`);
    return entries;
  });
}

/** Unpacks a block and checks every line of it. Errors: STORAGE_DAMAGED with the block's name. */
export function openBlock(row: BlockRow): OpenBlock {
  return named(row, () => {
    checkHead(row);
    assert(row.format === zstdFormat || row.format === plainFormat, `its format ${row.format} is not known`);
    assert(crc32(row.lines) === row.linesCrc, 'the checksum of its line table does not fit');
    // A damaged frame may claim any size.
    const unpack = (bytes: Uint8Array, maxOutputLength: number) =>
      row.format === plainFormat ? Buffer.from(bytes) : zstdDecompressSync(bytes, { maxOutputLength });
    const body = unpack(row.body, Math.max(1, row.bytes));
    const table = decodeLineTable(unpack(row.lines, row.count * maxTableBytesPerLine), row.count);
    const parts = decodeParts(row);
    const bytes = table.lengths.reduce((sum, length) => sum + length + 1, -1);
    assert(
      bytes === body.length && bytes === row.bytes,
      `its lines should have ${row.bytes} bytes, not ${body.length}`,
    );
    verifyChain(row, body, table, parts);
    return { body, table, parts };
  });
}

function decodeParts(row: BlockRow): BlockPart[] {
  if (row.parts === null) return [{ count: row.count, at: row.at }];
  const reader = new ByteReader(row.parts);
  const parts: BlockPart[] = [];
  let at = row.at;
  while (reader.left > 0) {
    const count = reader.varint();
    at += reader.varint();
    parts.push({ count, at });
  }
  const lines = parts.reduce((sum, part) => sum + part.count, 0);
  assert(lines === row.count, `its parts speak of ${lines} lines, its header of ${row.count}`);
  return parts;
}

function encodeParts(parts: readonly BlockPart[]): Uint8Array {
  const writer = new ByteWriter();
  let before = present(parts[0], 'first part').at;
  for (const { count, at } of parts) {
    writer.varint(count).varint(at - before);
    before = at;
  }
  return writer.finish();
}

function verifyChain(row: BlockRow, body: Buffer, table: LineTable, parts: readonly BlockPart[]): void {
  let chain = row.previous;
  let first = row.first;
  let line = 0;
  let start = 0;
  for (const part of parts) {
    let length = -1;
    for (const end = line + part.count; line < end; line += 1) length += present(table.lengths[line], 'length') + 1;
    chain = chainPart(chain, first, part, body.subarray(start, start + length));
    first += part.count;
    start += length + 1;
  }
  assert(Buffer.compare(chain, row.chain) === 0, 'the checksum of its lines does not fit');
}

/** Consecutive blocks as one: the same lines, offsets, arrivals and chain. */
export function joinBlocks(rows: readonly BlockRow[]): BlockRow {
  const first = present(rows[0], 'first block');
  const last = present(rows.at(-1), 'last block');
  const opened = rows.map(openBlock);
  const count = rows.reduce((sum, row) => sum + row.count, 0);
  const body = joinLines(opened.map((block) => block.body));
  const entries = mergeEntries(rows);
  const slotOf = new Map(entries.map((entry, slot) => [entry.series, slot]));
  const slots = new Uint16Array(count);
  const lengths = new Uint32Array(count);
  let line = 0;
  for (const [i, { table }] of opened.entries()) {
    const own = entriesOf(present(rows[i], 'block'));
    for (let j = 0; j < table.slots.length; j += 1, line += 1) {
      const entry = present(own[present(table.slots[j], 'slot')], 'series entry');
      slots[line] = present(slotOf.get(entry.series), 'slot');
      lengths[line] = present(table.lengths[j], 'length');
    }
  }
  const parts = encodeParts(opened.flatMap((block) => block.parts));
  const { partition, at, previous } = first;
  const head = { partition, first: first.first, count, at, parts, previous, chain: last.chain };
  return pack(head, body, entries, { slots, lengths });
}

function mergeEntries(rows: readonly BlockRow[]): SeriesEntry[] {
  const merged = new Map<number, SeriesEntry>();
  for (const entry of rows.flatMap(entriesOf)) {
    const other = merged.get(entry.series) ?? { ...entry, lines: 0 };
    merged.set(entry.series, {
      series: entry.series,
      lines: other.lines + entry.lines,
      oldest: Math.min(other.oldest, entry.oldest),
      newest: Math.max(other.newest, entry.newest),
    });
  }
  return [...merged.values()].sort((a, b) => a.series - b.series);
}

/** The arrival of the newest point of a block. */
export function lastArrival(row: BlockRow): number {
  return named(row, () => {
    checkHead(row);
    return present(decodeParts(row).at(-1), 'last part').at;
  });
}

/** What is wrong with a block as an error that names it. */
export function damagedBlock(
  row: Pick<BlockRow, 'partition' | 'first' | 'count'>,
  why: string,
  cause?: unknown,
): PulseError {
  // Where the count itself is damaged, the block's end is not known.
  const end = row.count > 0 ? ` to ${row.first + row.count - 1}` : '';
  const name = `block ${row.first}${end} of partition ${row.partition}`;
  return new PulseError('STORAGE_DAMAGED', `${name} is damaged: ${why}`, {}, cause);
}

// Whatever goes wrong while a block is taken apart, zstd's errors among it, is damage of that block.
function named<T>(row: BlockRow, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw damagedBlock(row, (error as Error).message, error);
  }
}
