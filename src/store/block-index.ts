// What a block says of its lines without being unpacked: which series are in it (lines, oldest and newest event time),
// and for each line its series and length.
import { assert, present } from '../base/assert.ts';
import { ByteReader, ByteWriter } from '../base/bytes.ts';

/** One series of a block. */
export interface SeriesEntry {
  readonly series: number;
  readonly lines: number;
  /** Event time in milliseconds. */
  readonly oldest: number;
  readonly newest: number;
}

/** For each line the position of its series among the entries, and its length in bytes. */
export interface LineTable {
  readonly slots: Uint16Array;
  readonly lengths: Uint32Array;
}

/** Entries in order of series number, and each line's slot. */
export function buildIndex(
  series: Uint32Array,
  times: Float64Array,
): { readonly entries: SeriesEntry[]; readonly slots: Uint16Array } {
  const found = new Map<number, { series: number; lines: number; oldest: number; newest: number }>();
  for (let i = 0; i < series.length; i += 1) {
    const number = present(series[i], 'series');
    const time = present(times[i], 'time');
    const entry = found.get(number);
    if (entry === undefined) {
      found.set(number, { series: number, lines: 1, oldest: time, newest: time });
    } else {
      entry.lines += 1;
      if (time < entry.oldest) entry.oldest = time;
      if (time > entry.newest) entry.newest = time;
    }
  }
  const entries = [...found.values()].sort((a, b) => a.series - b.series);
  const slotOf = new Map(entries.map((entry, slot) => [entry.series, slot]));
  const slots = new Uint16Array(series.length);
  for (let i = 0; i < series.length; i += 1) slots[i] = slotOf.get(present(series[i], 'series')) ?? 0;
  return { entries, slots };
}

/** Varints: how many, the oldest time of all, then for each the step in series number, lines, oldest time after that, span. */
export function encodeEntries(entries: readonly SeriesEntry[]): Uint8Array {
  const base = entries.reduce((least, { oldest }) => Math.min(least, oldest), Number.MAX_SAFE_INTEGER);
  const writer = new ByteWriter().varint(entries.length).varint(base);
  let before = 0;
  for (const { series, lines, oldest, newest } of entries) {
    writer
      .varint(series - before)
      .varint(lines)
      .varint(oldest - base)
      .varint(newest - oldest);
    before = series;
  }
  return writer.finish();
}

export function decodeEntries(bytes: Uint8Array): SeriesEntry[] {
  const reader = new ByteReader(bytes);
  const entries: SeriesEntry[] = [];
  let left = reader.varint();
  const base = reader.varint();
  let series = 0;
  for (; left > 0; left -= 1) {
    series += reader.varint();
    const lines = reader.varint();
    const oldest = base + reader.varint();
    entries.push({ series, lines, oldest, newest: oldest + reader.varint() });
  }
  return entries;
}

/** Two runs, for they compress better apart: a varint slot for each line, then a varint length for each line. */
export function encodeLineTable({ slots, lengths }: LineTable): Uint8Array {
  const writer = new ByteWriter();
  for (const slot of slots) writer.varint(slot);
  for (const length of lengths) writer.varint(length);
  return writer.finish();
}

export function decodeLineTable(bytes: Uint8Array, count: number): LineTable {
  const reader = new ByteReader(bytes);
  const slots = new Uint16Array(count);
  const lengths = new Uint32Array(count);
  for (let i = 0; i < count; i += 1) slots[i] = reader.varint();
  for (let i = 0; i < count; i += 1) lengths[i] = reader.varint();
  return { slots, lengths };
}

/** The length of each of `count` lines that newlines join. */
export function lineLengths(lines: Uint8Array, count: number): Uint32Array {
  const lengths = new Uint32Array(count);
  let start = 0;
  for (let i = 0; i < count; i += 1) {
    assert(start <= lines.length, `${count} lines were expected, not ${i}`);
    const newlineAt = lines.indexOf(10, start);
    const end = newlineAt < 0 ? lines.length : newlineAt;
    lengths[i] = end - start;
    start = end + 1;
  }
  assert(start === lines.length + 1, `${count} lines were expected in ${lines.length} bytes`);
  return lengths;
}
