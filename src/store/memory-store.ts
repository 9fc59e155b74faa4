// A store in memory: the same blocks, order and rules as the file, gone with the process. Past its size the oldest blocks go.

import { assert, present } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import { conflict, PulseError } from '../base/errors.ts';
import { fnv1a32 } from '../base/hash.ts';
import { randomLogId } from '../base/ids.ts';
import type { StoredPoint } from '../points/point.ts';
import { pickLines } from '../points/read-points.ts';
import { type BlockRow, chainStart, lastArrival, makeBlock } from './block.ts';
import { lineLengths } from './block-index.ts';
import { cutLines } from './cut-lines.ts';
import { Documents, decidePut, putResult } from './documents.ts';
import { LiveBlocks, stampPoints } from './live-blocks.ts';
import { aheadMs, LogClock } from './log-clock.ts';
import { OpenBlocks } from './open-blocks.ts';
import { RecordLog } from './record-log.ts';
import { type AheadRange, type BlockSource, joinAhead, readColumns, readPage } from './scan.ts';
import { SeriesTable } from './series-table.ts';
import {
  type AppendBatch,
  type Appended,
  type BlockListener,
  type Change,
  type ColumnPage,
  type ColumnRequest,
  type DocumentKind,
  type Lease,
  type Log,
  type OutboxRow,
  type PointPage,
  type PutResult,
  type ReadRequest,
  type RecordBounds,
  type RecordStream,
  repeatWindowMs,
  type SavedState,
  type Storage,
  type StorageHealth,
  type Store,
  type StoredRecord,
  type Versioned,
} from './store.ts';

export interface MemoryStoreOptions {
  readonly clock: Clock;
  /** Bytes of packed points kept; past it the oldest blocks go. */
  readonly maxBytes: number;
  /** As in LogClockOptions. */
  readonly maxClockStepMs?: number;
}

export function openMemoryStore({ clock, maxBytes, maxClockStepMs }: MemoryStoreOptions): Storage {
  const log = new MemoryLog(new LogClock({ clock, maxClockStepMs, newestArrival: null, saved: null }), maxBytes);
  return {
    log,
    store: new MemoryDocuments(),
    ownership: { lease: (partition) => ({ partition, epoch }) },
    description: 'memory',
    health: () => log.health(),
    close: async () => log.close(),
  };
}

const epoch = 1;

/** What a batch id is answered with; `keptAt` is by the deletion clock. */
interface KeptAnswer {
  readonly digest: string;
  readonly appended: Appended;
  readonly keptAt: number;
}

class MemoryLog implements Log {
  readonly id = randomLogId();
  readonly partitions = 1;
  readonly series = new SeriesTable();
  readonly clock: LogClock;
  readonly #maxBytes: number;
  readonly #live = new LiveBlocks();
  readonly #opened = new OpenBlocks();
  // Dense: #blocks[i + 1].first === #blocks[i].first + #blocks[i].count; the newest ends at #head.
  #blocks: BlockRow[] = [];
  #bytes = 0;
  #head = 0;
  #floor = 1;
  #ahead: AheadRange | null = null;
  #closed = false;
  readonly #answers = new Map<string, KeptAnswer>();
  readonly #keys = new Map<string, number>();

  constructor(clock: LogClock, maxBytes: number) {
    this.clock = clock;
    this.#maxBytes = maxBytes;
  }

  partitionOf(entityType: string): number {
    return fnv1a32(entityType) % this.partitions;
  }

  now(): number {
    return this.clock.now();
  }

  async saveClock(): Promise<void> {
    // It ends with the process.
  }

  head(): number {
    return this.#head;
  }

  floor(): number {
    return this.#floor;
  }

  async oldestArrival(): Promise<number | null> {
    return this.#blocks[0]?.at ?? null;
  }

  onBlock(listener: BlockListener): () => void {
    return this.#live.listen(listener);
  }

  // A block is announced in the turn in which it arrives.
  get isIdle(): boolean {
    return true;
  }

  // Answers in a later turn, as a store with a disk does: nobody may rely on an append being done at once.
  async append(batch: AppendBatch): Promise<Appended> {
    await Promise.resolve();
    if (this.#closed) throw new PulseError('STOPPED', 'the store is closed');
    const before = batch.id === null ? undefined : this.#answers.get(batch.id);
    if (before !== undefined) return repeated(before, batch);
    const appended = this.#store(batch);
    if (batch.id !== null)
      this.#answers.set(batch.id, { digest: batch.digest, appended, keptAt: this.clock.deletion() });
    return appended;
  }

  #store(batch: AppendBatch): Appended {
    const at = this.clock.arrival();
    const keptAt = this.clock.deletion();
    const { duplicates, keys } = this.#sortKeys(batch, keptAt);
    const first = this.#head + 1;
    const points = stampPoints(batch.points, batch.series, duplicates, first, at);
    const left = new Set(duplicates);
    const kept = batch.points.flatMap((_, i) => (left.has(i) ? [] : [i]));
    // Nothing is kept before everything could be packed.
    const rows = this.#pack(points, Buffer.from(batch.lines), kept, batch.points.length);
    for (const key of keys) this.#keys.set(key, keptAt);
    this.#blocks.push(...rows);
    for (const row of rows) this.#bytes += bytesOf(row);
    this.#head += points.length;
    const ms = aheadMs(this.clock, batch.points);
    if (ms > 0) this.#ahead = joinAhead(this.#ahead, { first, upTo: this.#head, ms });
    this.#shrink();
    if (points.length > 0) this.#live.announce({ partition: 0, first, at, points });
    return { partition: 0, first, count: points.length, at, duplicates, repeated: false, answer: batch.answer };
  }

  #pack(points: readonly StoredPoint[], lines: Buffer, kept: readonly number[], count: number): BlockRow[] {
    const rows: BlockRow[] = [];
    let packed = 0;
    for (const run of count === 0 ? [] : cutLines(kept, lineLengths(lines, count))) {
      const part = points.slice(packed, packed + run.length);
      packed += run.length;
      const { offset: first, receivedAt: at } = present(part[0], 'first point');
      const row = makeBlock({
        partition: 0,
        first,
        at,
        previous: (rows.at(-1) ?? this.#blocks.at(-1))?.chain ?? chainStart,
        lines: pickLines(lines, run),
        series: Uint32Array.from(part, (point) => point.series),
        times: Float64Array.from(part, (point) => point.timestamp),
      });
      rows.push(row);
    }
    return rows;
  }

  /** Which points have a key that came before, and the keys that are new. */
  #sortKeys(batch: AppendBatch, now: number): { duplicates: number[]; keys: Set<string> } {
    const duplicates: number[] = [];
    const keys = new Set<string>();
    for (const [i, { key, entityType }] of batch.points.entries()) {
      if (key === null) continue;
      const qualified = `${entityType}\u0000${key}`;
      const seenAt = this.#keys.get(qualified) ?? Number.NEGATIVE_INFINITY;
      if (keys.has(qualified) || seenAt > now - repeatWindowMs) duplicates.push(i);
      else keys.add(qualified);
    }
    return { duplicates, keys };
  }

  #shrink(): void {
    while (this.#bytes > this.#maxBytes && this.#blocks.length > 1) this.#dropOldest();
  }

  #dropOldest(): BlockRow {
    const row = present(this.#blocks.shift(), 'oldest block');
    this.#bytes -= bytesOf(row);
    this.#floor = row.first + row.count;
    return row;
  }

  async read(request: ReadRequest): Promise<PointPage> {
    return readPage(this.#source(), { ...request, upTo: Math.min(request.upTo, this.#head) });
  }

  async columns(request: ColumnRequest): Promise<ColumnPage> {
    return readColumns(this.#source(), { ...request, upTo: Math.min(request.upTo, this.#head) });
  }

  async trim(before: number): Promise<{ points: number }> {
    let points = 0;
    while (this.#blocks[0] !== undefined && lastArrival(this.#blocks[0]) < before) points += this.#dropOldest().count;
    const oldest = this.clock.deletion() - repeatWindowMs;
    for (const [key, at] of this.#keys) if (at <= oldest) this.#keys.delete(key);
    for (const [id, { keptAt }] of this.#answers) if (keptAt <= oldest) this.#answers.delete(id);
    return { points };
  }

  // Never full: past its size the oldest blocks are dropped.
  health(): StorageHealth {
    return this.#closed ? { ok: false, code: 'STOPPED', reason: 'the store is closed' } : { ok: true };
  }

  close(): void {
    this.#closed = true;
  }

  #source(): BlockSource {
    return {
      floor: () => this.#floor,
      ahead: () => this.#ahead,
      atOrAfter: (_, offset) => this.#blocks[this.#indexOf(offset)],
      open: (row) => this.#opened.open(row),
      atOrBefore: (_, offset) => this.#blocks[Math.min(this.#indexOf(offset), this.#blocks.length - 1)],
    };
  }

  /** Of the block that holds the offset: where none does, of the first one after it. */
  #indexOf(offset: number): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const row = present(this.#blocks[middle], 'block');
      if (row.first + row.count <= offset) low = middle + 1;
      else high = middle;
    }
    assert(low <= this.#blocks.length, 'the index is within the blocks');
    return low;
  }
}

function repeated(before: { digest: string; appended: Appended }, batch: AppendBatch): Appended {
  if (before.digest !== batch.digest) throw repeatedWithOtherContent(present(batch.id, 'batch id'));
  return { ...before.appended, repeated: true };
}

/** The error for a batch id that comes again with other content. */
export function repeatedWithOtherContent(id: string): PulseError {
  return conflict(`the batch id ${JSON.stringify(id)} was used for other content; give each batch an id of its own`);
}

function bytesOf(row: BlockRow): number {
  return row.body.length + row.lines.length + row.series.length + 200;
}

class MemoryDocuments implements Store {
  readonly #documents = new Documents();
  #revision = 0;
  readonly #states = new Map<string, SavedState>();
  readonly #outbox = new Map<string, OutboxRow>();
  readonly #records = new Map<RecordStream, RecordLog>();

  async put(kind: DocumentKind, id: string, expected: number | null, body: unknown): Promise<PutResult> {
    await Promise.resolve();
    const copy = body === null ? null : structuredClone(body);
    const decision = decidePut(this.#documents.row(kind, id), { kind, id, expected, body: copy }, this.#revision + 1);
    if ('row' in decision) {
      this.#revision += 1;
      this.#documents.set(decision.row);
    }
    return putResult(decision);
  }

  async get(kind: DocumentKind, id: string): Promise<Versioned | undefined> {
    return this.#documents.get(kind, id);
  }

  async list(kind: DocumentKind): Promise<readonly Versioned[]> {
    return this.#documents.list(kind);
  }

  changes(kind: DocumentKind, after: number): AsyncIterableIterator<Versioned> {
    return this.#documents.changes(kind, after);
  }

  async commit(lease: Lease, changes: readonly Change[]): Promise<readonly number[]> {
    if (lease.epoch !== epoch) throw fenced(lease.epoch, epoch);
    const revisions: number[] = [];
    for (const change of changes) {
      switch (change.kind) {
        case 'record':
          revisions.push(this.#recordsOf(change.stream).add(change));
          break;
        case 'records-trim':
          this.#recordsOf(change.stream).trim(change.before, change.most);
          break;
        case 'state': {
          const { kind: _, ...state } = change;
          this.#states.set(state.name, { ...state, bytes: state.bytes.slice() });
          break;
        }
        case 'outbox-put': {
          const { kind: _, ...row } = change;
          this.#outbox.set(row.id, row);
          break;
        }
        default:
          this.#outbox.delete(change.id);
      }
    }
    return revisions;
  }

  async records(stream: RecordStream, after: number, limit: number): Promise<readonly StoredRecord[]> {
    return this.#recordsOf(stream).after(after, limit);
  }

  async latestRecords(stream: RecordStream): Promise<readonly StoredRecord[]> {
    return this.#recordsOf(stream).latest();
  }

  async recordBounds(stream: RecordStream): Promise<RecordBounds> {
    return this.#recordsOf(stream).bounds;
  }

  #recordsOf(stream: RecordStream): RecordLog {
    const found = this.#records.get(stream) ?? new RecordLog();
    this.#records.set(stream, found);
    return found;
  }

  async loadState(name: string): Promise<SavedState | undefined> {
    const state = this.#states.get(name);
    return state === undefined ? undefined : { ...state, bytes: state.bytes.slice() };
  }

  async outbox(dueUpTo: number, limit: number, after = ''): Promise<readonly OutboxRow[]> {
    const rows = [...this.#outbox.values()].filter(({ due, id }) => due <= dueUpTo && id > after);
    return rows.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit);
  }
}

/** The error for a commit under a lease that somebody else has taken over. */
export function fenced(epochGiven: number, epochNow: number): PulseError {
  return conflict(`epoch ${epochGiven} has been taken over by ${epochNow}; nothing of the commit was done`, epochNow);
}
