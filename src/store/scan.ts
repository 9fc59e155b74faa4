// Reading over blocks, whatever keeps them: pages of points, or of single fields, by offset, series, time and filter.
// Blocks without a wanted series are not unpacked, lines of other series are not parsed.
import { assert, present } from '../base/assert.ts';
import { compileFilter, type Passes } from '../points/compile-filter.ts';
import { compilePath } from '../points/field-path.ts';
import type { StoredPoint } from '../points/point.ts';
import { revivePoint } from '../points/validate-point.ts';
import { type BlockRow, damagedBlock, entriesOf, lastArrival, type OpenBlock } from './block.ts';
import type { ColumnPage, ColumnRequest, PointPage, ReadRequest, ScanEnd, ScanRange } from './store.ts';

/** Where blocks come from: one view of them that does not change during a scan. */
export interface BlockSource {
  /** Offset of the oldest point that is left. */
  floor(partition: number): number;
  /** Points that may be further ahead of their arrival than the rule for points says; null: there are none. */
  ahead(partition: number): AheadRange | null;
  /** The block that holds the offset, or else the next one after it; undefined past the newest. */
  atOrAfter(partition: number, offset: number): BlockRow | undefined;
  /** The block that holds the offset, or else the one before it; undefined before the oldest. */
  atOrBefore(partition: number, offset: number): BlockRow | undefined;
  /** Its lines, verified. Errors: STORAGE_DAMAGED. */
  open(row: BlockRow): OpenBlock;
}

/** Offsets `first` to `upTo`: accepted while the log's time was in doubt, up to `ms` ahead of their arrival. */
export interface AheadRange {
  readonly first: number;
  readonly upTo: number;
  readonly ms: number;
}

/** With more such points behind it. */
export function joinAhead(before: AheadRange | null, { first, upTo, ms }: AheadRange): AheadRange {
  return { first: before?.first ?? first, upTo, ms: Math.max(before?.ms ?? 0, ms) };
}

/** `bytes`: length of the point's line. */
type Visit = (point: StoredPoint, bytes: number) => boolean;

export function readPage(source: BlockSource, request: ReadRequest): PointPage {
  const points: StoredPoint[] = [];
  const { limit, maxBytes = Number.POSITIVE_INFINITY } = request;
  let total = 0;
  const visit: Visit = (point, bytes) => {
    total += bytes;
    return points.push(point) < limit && total < maxBytes;
  };
  const end = scan(source, request, visit);
  return { points, ...end };
}

export function readColumns(source: BlockSource, request: ColumnRequest): ColumnPage {
  const times: number[] = [];
  const offsets: number[] = [];
  const series: number[] = [];
  const readers = request.fields.map(compilePath);
  const columns: unknown[][] = readers.map(() => []);
  const { maxBytes = Number.POSITIVE_INFINITY } = request;
  let total = 0;
  const end = scan(source, request, (point, bytes) => {
    total += bytes;
    times.push(point.timestamp);
    offsets.push(point.offset);
    series.push(point.series);
    for (const [i, read] of readers.entries()) columns[i]?.push(read(point.data));
    return total < maxBytes;
  });
  return {
    times: Float64Array.from(times),
    offsets: Float64Array.from(offsets),
    series: Uint32Array.from(series),
    columns,
    ...end,
  };
}

/** Visits matching points until one visit gives false, the scan limit is reached or the range is exhausted. */
function scan(source: BlockSource, range: ScanRange, visit: Visit): ScanEnd {
  const state = new ScanState(source, range, visit);
  const forward = range.direction === 'forward';
  const floor = source.floor(range.partition);
  const end = { done: true, stoppedAt: forward ? range.upTo : range.after, floor };
  if (range.series?.length === 0) return { ...end, scanned: 0 };
  const lowest = lowestOffset(source, range, Math.max(range.after + 1, floor));
  let offset = forward ? lowest : range.upTo;
  while (offset >= lowest && offset <= range.upTo) {
    const row = forward ? source.atOrAfter(range.partition, offset) : source.atOrBefore(range.partition, offset);
    checkHolds(row, range.partition, offset);
    if (!state.block(row)) return { done: false, stoppedAt: state.stoppedAt, scanned: state.scanned, floor };
    offset = forward ? row.first + row.count : row.first - 1;
  }
  return { ...end, scanned: state.scanned };
}

/** The lowest offset of a block that may have arrived late enough. */
function lowestOffset(source: BlockSource, { partition, arrivedFrom, upTo }: ScanRange, from: number): number {
  if (arrivedFrom === null) return from;
  const range = { partition, upTo, from };
  const lowest = firstArrivedFrom(source, range, arrivedFrom);
  const ahead = source.ahead(partition);
  if (ahead === null || ahead.upTo < from || lowest <= ahead.first) return lowest;
  const lowestAhead = Math.max(ahead.first, firstArrivedFrom(source, range, arrivedFrom - ahead.ms));
  return lowestAhead <= ahead.upTo ? Math.min(lowest, lowestAhead) : lowest;
}

/** Arrivals never go back, so halving finds it. */
function firstArrivedFrom(
  source: BlockSource,
  { partition, upTo, from }: { readonly partition: number; readonly upTo: number; readonly from: number },
  arrivedFrom: number,
): number {
  let low = from;
  let high = upTo + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const row = source.atOrAfter(partition, middle);
    checkHolds(row, partition, middle);
    if (lastArrival(row) < arrivedFrom) low = row.first + row.count;
    else high = Math.max(low, Math.min(middle, row.first));
  }
  return low;
}

// Offsets are dense: where no block holds one that was committed and not trimmed, a block is gone.
function checkHolds(row: BlockRow | undefined, partition: number, offset: number): asserts row is BlockRow {
  if (row !== undefined && row.first <= offset && offset < row.first + row.count) return;
  throw damagedBlock({ partition, first: offset, count: 1 }, 'no block holds this offset');
}

class ScanState {
  readonly #source: BlockSource;
  readonly #range: ScanRange;
  readonly #forward: boolean;
  readonly #visit: Visit;
  readonly #wanted: ReadonlySet<number> | null;
  readonly #passes: Passes | null;
  #scanned = 0;
  stoppedAt = 0;

  get scanned(): number {
    return this.#scanned;
  }

  constructor(source: BlockSource, range: ScanRange, visit: Visit) {
    this.#source = source;
    this.#range = range;
    this.#forward = range.direction === 'forward';
    this.#visit = visit;
    this.#wanted = range.series === null ? null : new Set(range.series);
    this.#passes = compileFilter(range.filter);
  }

  /** False where the scan is to stop behind `stoppedAt`. */
  block(row: BlockRow): boolean {
    const { from, to } = this.#range;
    // A look at a block's index is work too: it counts as one point, so that a page over many blocks ends.
    this.#scanned += 1;
    const entries = entriesOf(row);
    const slots = entries.map(
      (entry) =>
        (this.#wanted === null || this.#wanted.has(entry.series)) &&
        (from === null || entry.newest > from) &&
        (to === null || entry.oldest <= to),
    );
    if (slots.includes(true))
      return this.#lines(
        row,
        entries.map((entry) => entry.series),
        slots,
      );
    this.stoppedAt = this.#forward ? row.first + row.count - 1 : row.first;
    return this.#scanned < this.#range.maxScanned;
  }

  #lines(row: BlockRow, series: readonly number[], slots: readonly boolean[]): boolean {
    const { body, table, parts } = this.#source.open(row);
    const arrivals = arrivalsOf(parts, row.count);
    const starts = startsOf(table.lengths);
    const step = this.#forward ? 1 : -1;
    for (let i = this.#forward ? 0 : row.count - 1; i >= 0 && i < row.count; i += step) {
      const offset = row.first + i;
      const slot = present(table.slots[i], 'slot');
      if (offset <= this.#range.after || offset > this.#range.upTo || slots[slot] !== true) continue;
      const start = present(starts[i], 'start');
      const text = body.toString('utf8', start, start + present(table.lengths[i], 'length'));
      const point = storedPoint(text, present(arrivals[i], 'arrival'), present(series[slot], 'series'), offset);
      this.#scanned += 1;
      this.stoppedAt = offset;
      if (this.#matches(point) && !this.#visit(point, present(table.lengths[i], 'length'))) return false;
      if (this.#scanned >= this.#range.maxScanned) return false;
    }
    this.stoppedAt = this.#forward ? row.first + row.count - 1 : row.first;
    return true;
  }

  #matches(point: StoredPoint): boolean {
    const { from, to } = this.#range;
    if (from !== null && point.timestamp <= from) return false;
    if (to !== null && point.timestamp > to) return false;
    return this.#passes === null || this.#passes(point.data);
  }
}

function storedPoint(line: string, receivedAt: number, series: number, offset: number): StoredPoint {
  const { entityType, serviceId, timestamp, data, metadata } = revivePoint(JSON.parse(line), receivedAt);
  return { entityType, serviceId, timestamp, data, metadata, series, offset, receivedAt };
}

function startsOf(lengths: Uint32Array): Uint32Array {
  const starts = new Uint32Array(lengths.length);
  let start = 0;
  for (let i = 0; i < lengths.length; i += 1) {
    starts[i] = start;
    start += present(lengths[i], 'length') + 1;
  }
  return starts;
}

function arrivalsOf(parts: readonly { count: number; at: number }[], count: number): Float64Array {
  const arrivals = new Float64Array(count);
  let line = 0;
  for (const part of parts) {
    arrivals.fill(part.at, line, line + part.count);
    line += part.count;
  }
  assert(line === count, 'the parts cover all lines');
  return arrivals;
}
