// The store in a file: a thread that commits, a thread that reads, and here what both know in memory.
import path from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { PulseError } from '../../base/errors.ts';
import { fnv1a32 } from '../../base/hash.ts';
import type { Point } from '../../points/point.ts';
import { Documents } from '../documents.ts';
import { LiveBlocks, stampPoints } from '../live-blocks.ts';
import { aheadMs, LogClock } from '../log-clock.ts';
import { SeriesTable } from '../series-table.ts';
import type {
  AppendBatch,
  Appended,
  BlockListener,
  Change,
  ColumnPage,
  ColumnRequest,
  DocumentKind,
  Lease,
  Log,
  OutboxRow,
  PointPage,
  PutResult,
  ReadRequest,
  RecordBounds,
  RecordStream,
  SavedState,
  Storage,
  StorageHealth,
  Store,
  StoredRecord,
  Versioned,
} from '../store.ts';
import type { Opened, ReaderAnswers, ReaderRequest, SeriesRow, WriterAnswers, WriterRequest } from './messages.ts';
import { PacedReads } from './paced-reads.ts';
import { Thread } from './thread.ts';

export interface SqliteStoreOptions {
  readonly clock: Clock;
  /** As in LogClockOptions. */
  readonly maxClockStepMs?: number;
  /** The file's folder is made where it is not there. */
  readonly file: string;
  /** Hears of what was found damaged but can be done without, and of failures in the background. */
  readonly onWarning: (error: Error) => void;
}

type Writer = Thread<WriterRequest, WriterAnswers>;
type Reader = Thread<ReaderRequest, ReaderAnswers>;

// TypeScript in a checkout, JavaScript in the package: as this file itself.
function script(name: 'writer' | 'reader'): URL {
  return new URL(`./${name}.worker${path.extname(import.meta.filename)}`, import.meta.url);
}

/** Opens the store or makes it. Errors: STORAGE_IN_USE, STORAGE_READ_ONLY, STORAGE_FULL, STORAGE_TOO_NEW, STORAGE_DAMAGED. */
export async function openSqliteStore(given: SqliteStoreOptions): Promise<Storage> {
  const { clock, maxClockStepMs, file, onWarning } = given;
  const options = { file: path.resolve(file) };
  const writer: Writer = new Thread(script('writer'), options, onWarning);
  const reader: Reader = new Thread(script('reader'), options, onWarning);
  const opened = await openedOrEnded(writer, reader);
  for (const warning of opened.warnings) onWarning(new Error(warning));
  const { epoch } = opened;
  const newestArrival = opened.lastAt === 0 ? null : opened.lastAt;
  const logClock = new LogClock({ clock, maxClockStepMs, newestArrival, saved: opened.clock });
  let closing: Promise<void> | undefined;
  return {
    log: new SqliteLog(writer, reader, logClock, opened),
    store: new SqliteDocuments(writer, reader, opened, onWarning),
    ownership: { lease: (partition) => ({ partition, epoch }) },
    description: `sqlite ${file}`,
    health: () => healthOf(writer.trouble ?? reader.trouble),
    close: () => {
      closing ??= closeBoth(reader, writer, logClock);
      return closing;
    },
  };
}

function healthOf(trouble: PulseError | undefined): StorageHealth {
  return trouble === undefined ? { ok: true } : { ok: false, code: trouble.code, reason: trouble.message };
}

// A thread that died has been reported, and the other one must be closed all the same.
async function closeBoth(reader: Reader, writer: Writer, clock: LogClock | null): Promise<void> {
  for (const thread of [reader, writer]) thread.refuse();
  await Promise.allSettled([reader.ask({ kind: 'close' })]);
  await Promise.allSettled([writer.ask({ kind: 'close', clock: clock?.save() ?? null })]);
  await Promise.all([reader.terminate(), writer.terminate()]);
}

async function openedOrEnded(writer: Writer, reader: Reader): Promise<Opened> {
  try {
    const opened = await writer.opened<Opened>();
    await reader.ask({ kind: 'open' });
    return opened;
  } catch (error) {
    await closeBoth(reader, writer, null);
    throw error;
  }
}

class SqliteLog implements Log {
  readonly id: string;
  readonly partitions = 1;
  readonly series = new SeriesTable();
  readonly #writer: Writer;
  readonly #reader: Reader;
  readonly #reads = new PacedReads();
  readonly clock: LogClock;
  readonly #live = new LiveBlocks();
  #head: number;
  #floor: number;
  // How many appends are on their way.
  #appending = 0;
  // Series up to this number are known to the writer.
  #named: number;

  constructor(writer: Writer, reader: Reader, clock: LogClock, opened: Opened) {
    this.#writer = writer;
    this.#reader = reader;
    this.clock = clock;
    this.id = opened.logId;
    this.#head = opened.head;
    this.#floor = opened.floor;
    for (const { number, entityType, serviceId } of opened.series) this.series.add(number, { entityType, serviceId });
    this.#named = this.series.size;
  }

  partitionOf(entityType: string): number {
    return fnv1a32(entityType) % this.partitions;
  }

  now(): number {
    return this.clock.now();
  }

  async saveClock(): Promise<void> {
    await this.#writer.ask({ kind: 'clock', clock: this.clock.save() });
  }

  head(): number {
    return this.#head;
  }

  floor(): number {
    return this.#floor;
  }

  oldestArrival(partition: number): Promise<number | null> {
    return this.#reader.ask({ kind: 'oldest', partition });
  }

  onBlock(listener: BlockListener): () => void {
    return this.#live.listen(listener);
  }

  get isIdle(): boolean {
    return this.#appending === 0;
  }

  async append(batch: AppendBatch): Promise<Appended> {
    const { points, series } = batch;
    const times = new Float64Array(points.length);
    const keys: [number, string][] = [];
    for (let i = 0; i < points.length; i += 1) {
      const point = points[i] as Point;
      times[i] = point.timestamp;
      if (point.key !== null) keys.push([i, `${point.entityType}\u0000${point.key}`]);
    }
    const { id, digest, answer } = batch;
    const lines = ownBytes(batch.lines);
    const newSeries = this.#unnamed();
    const now = this.clock.arrival();
    const deletion = this.clock.deletion();
    const ahead = aheadMs(this.clock, points);
    this.#appending += 1;
    const appended = await this.#writer
      .ask(
        {
          kind: 'append',
          id,
          digest,
          answer,
          now,
          deletion,
          ahead,
          lines,
          series: series.slice(),
          times,
          keys,
          newSeries,
        },
        [lines.buffer, times.buffer],
      )
      .finally(() => {
        this.#appending -= 1;
      });
    if (!appended.repeated && appended.count > 0) this.#announce(appended, points, series);
    return appended;
  }

  #unnamed(): SeriesRow[] {
    const rows: SeriesRow[] = [];
    while (this.#named < this.series.size) {
      this.#named += 1;
      rows.push({ number: this.#named, ...this.series.nameOf(this.#named) });
    }
    return rows;
  }

  // The writer answers in the order of its commits, and promises settle in that order: blocks come as they lie in the log.
  #announce(appended: Appended, points: readonly Point[], series: Uint32Array): void {
    const { partition, first, count, at, duplicates } = appended;
    this.#head = first + count - 1;
    this.#live.announce({ partition, first, at, points: stampPoints(points, series, duplicates, first, at) });
  }

  read(range: ReadRequest): Promise<PointPage> {
    const upTo = Math.min(range.upTo, this.#head);
    return this.#reads.run(() => this.#reader.ask({ kind: 'read', range: { ...range, upTo } }));
  }

  columns(range: ColumnRequest): Promise<ColumnPage> {
    const upTo = Math.min(range.upTo, this.#head);
    return this.#reads.run(() => this.#reader.ask({ kind: 'columns', range: { ...range, upTo } }));
  }

  async trim(before: number): Promise<{ points: number }> {
    let points = 0;
    for (;;) {
      const part = await this.#writer.ask({ kind: 'trim', before, now: this.clock.deletion() });
      this.#floor = part.floor;
      points += part.points;
      if (!part.more) return { points };
    }
  }
}

// A view of a larger buffer must not be transferred: its owner would lose the rest.
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) return bytes as Uint8Array<ArrayBuffer>;
  return new Uint8Array(bytes);
}

class SqliteDocuments implements Store {
  readonly #writer: Writer;
  readonly #reader: Reader;
  readonly #onWarning: (error: Error) => void;
  readonly #documents = new Documents();

  constructor(writer: Writer, reader: Reader, opened: Opened, onWarning: (error: Error) => void) {
    this.#writer = writer;
    this.#reader = reader;
    this.#onWarning = onWarning;
    for (const row of opened.documents) this.#documents.set(row);
  }

  async put(kind: DocumentKind, id: string, expected: number | null, body: unknown): Promise<PutResult> {
    const { result, row } = await this.#writer.ask({ kind: 'put', document: kind, id, expected, body });
    if (row !== null) this.#documents.set(row);
    return result;
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

  commit(lease: Lease, changes: readonly Change[]): Promise<readonly number[]> {
    return this.#writer.ask({ kind: 'commit', lease, changes });
  }

  records(stream: RecordStream, after: number, limit: number): Promise<readonly StoredRecord[]> {
    return this.#reader.ask({ kind: 'records', stream, after, limit });
  }

  latestRecords(stream: RecordStream): Promise<readonly StoredRecord[]> {
    return this.#reader.ask({ kind: 'latest-records', stream });
  }

  recordBounds(stream: RecordStream): Promise<RecordBounds> {
    return this.#reader.ask({ kind: 'record-bounds', stream });
  }

  async loadState(name: string): Promise<SavedState | undefined> {
    try {
      return await this.#reader.ask({ kind: 'state', name });
    } catch (error) {
      this.#onWarning(error as Error);
      return undefined;
    }
  }

  outbox(dueUpTo: number, limit: number, after = ''): Promise<readonly OutboxRow[]> {
    return this.#reader.ask({ kind: 'outbox', dueUpTo, limit, after });
  }
}
