// What a store promises: a log of points with one order per partition, documents changed by compare-and-set, and
// every durable effect of computing under a lease. Every implementation passes test/store/store-cases.ts.
import type { PulseErrorCode } from '../base/errors.ts';
import type { PointFilter } from '../points/condition.ts';
import type { Point, StoredPoint } from '../points/point.ts';
import type { LogClock } from './log-clock.ts';

/** One file or process's worth of store. */
export interface Storage {
  readonly log: Log;
  readonly store: Store;
  readonly ownership: Ownership;
  /** For status: what kind of store, and where. */
  readonly description: string;
  /** Whether appends are accepted now, known without asking the disk: cheap enough for each request. */
  health(): StorageHealth;
  close(): Promise<void>;
}

/**
 * STORAGE_FULL ends by itself once there is room, STORAGE_FAILED and STORAGE_DAMAGED only with a restart; STOPPED after
 * close(). `reason` is a sentence for people, without the folder's path.
 */
export type StorageHealth =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: PulseErrorCode; readonly reason: string };

export interface Log {
  /** Which log this is: part of every cursor, so that another log's is told apart. */
  readonly id: string;
  readonly partitions: number;
  partitionOf(entityType: string): number;

  /** The log's time in milliseconds: it never goes back. Points arrive at it, or later where the newest stored one lies in the future. */
  now(): number;
  /** All of the log's times: `now()` is one of them. */
  readonly clock: LogClock;
  /** Stores the clock for the next start. Errors: STORAGE_*. */
  saveClock(): Promise<void>;
  /** Offset of the newest committed point; 0 where there never was one. */
  head(partition: number): number;
  /** Offset of the oldest point that is left; head + 1 where none is. */
  floor(partition: number): number;
  /** Arrival of the oldest point that is left; null where none is. */
  oldestArrival(partition: number): Promise<number | null>;

  /**
   * Answers once the points are durable, with their offsets; the same batch id again gets the first answer, with
   * other content CONFLICT. A point whose key was seen within the last 24 h, by the deletion clock, is left out and named. The points' order
   * is kept; they are in front of every later append. All of a batch is of one partition.
   * Errors: STORAGE_FULL, STORAGE_FAILED, STORAGE_READ_ONLY; then nothing of the batch is stored.
   */
  append(batch: AppendBatch): Promise<Appended>;

  /** Whether no append is on its way: points that come arrive at clock.arrival() or later. */
  readonly isIdle: boolean;

  /** Calls `listener` with each block right after its commit, in order, before its append answers. */
  onBlock(listener: BlockListener): () => void;

  /** A page of points. Errors: STORAGE_DAMAGED, with the block named. */
  read(request: ReadRequest): Promise<PointPage>;
  /** A page of single fields of points, for computing over many. Errors: as read. */
  columns(request: ColumnRequest): Promise<ColumnPage>;

  /** Names of the numbered series; numbers are given once and never again. */
  readonly series: SeriesNames;

  /** Lets whole blocks go whose newest point arrived before `before` (milliseconds), and gives their space back. */
  trim(before: number): Promise<{ readonly points: number }>;
}

export type BlockListener = (block: PointBlock) => void;

/** Points that were committed together: offsets first, first + 1, …, all arrived at `at`. */
export interface PointBlock {
  readonly partition: number;
  readonly first: number;
  readonly at: number;
  readonly points: readonly StoredPoint[];
}

export interface AppendBatch {
  /** Null: not to be repeated. */
  readonly id: string | null;
  /** Digest of the content as it was sent, compared where the id comes again. */
  readonly digest: string;
  readonly points: readonly Point[];
  /** The number of each point's series, from Log.series. */
  readonly series: Uint32Array;
  /** The points' own bytes: a JSON line each, joined by newlines. May be transferred: do not use it afterwards. */
  readonly lines: Uint8Array;
  /** Kept with the id and given back when it comes again. */
  readonly answer: string;
}

export interface Appended {
  readonly partition: number;
  /** Of the first stored point; `count` may be 0. */
  readonly first: number;
  readonly count: number;
  /** Arrival. */
  readonly at: number;
  /** Which points of the batch were left out, since their key had come before. */
  readonly duplicates: readonly number[];
  /** Whether this is the answer to an earlier append of the same id; `answer` is that one's. */
  readonly repeated: boolean;
  readonly answer: string;
}

/** Series by number: what a block's index refers to. */
export interface SeriesNames {
  readonly size: number;
  /** The number of a series; undefined where it has none yet. */
  find(entityType: string, serviceId: string): number | undefined;
  /** The number of a series, made up where there is none yet. */
  numberOf(entityType: string, serviceId: string): number;
  nameOf(number: number): SeriesName;
  /** Numbers of the series of an entity type, of one service or of all. */
  numbers(entityType: string, serviceId: string | null): readonly number[];
}

export interface SeriesName {
  readonly entityType: string;
  readonly serviceId: string;
}

/** Which points, in which direction, how many. */
export interface ScanRange {
  readonly partition: number;
  /** Only these series; null: all. */
  readonly series: readonly number[] | null;
  /** Offsets above `after` and up to `upTo`. */
  readonly after: number;
  readonly upTo: number;
  /** Event time in milliseconds: from < timestamp <= to; null: unbounded. */
  readonly from: number | null;
  readonly to: number | null;
  readonly filter: PointFilter;
  /** Leaves blocks out that arrived before this, in milliseconds: no point is further ahead of its arrival than a rule says. */
  readonly arrivedFrom: number | null;
  /** Where the page starts: at the oldest or at the newest of the range. Points come in that order. */
  readonly direction: 'forward' | 'backward';
  /** A page stops after so many points of these series were looked at; `done` is then false. */
  readonly maxScanned: number;
  /** A page ends behind the point with which its points' lines come to so many bytes; `done` is then false. Left out: no bound. */
  readonly maxBytes?: number | undefined;
}

export interface ReadRequest extends ScanRange {
  readonly limit: number;
}

export interface ScanEnd {
  /** Whether the range is exhausted; else go on with after (forward) or upTo (backward, minus one) at `stoppedAt`. */
  readonly done: boolean;
  /** The last offset that was looked at; where the range is exhausted, its end. */
  readonly stoppedAt: number;
  /** Points and blocks that were looked at. */
  readonly scanned: number;
  /** Offset of the oldest point that was left: what lies below it in the range is gone. */
  readonly floor: number;
}

export interface PointPage extends ScanEnd {
  readonly points: readonly StoredPoint[];
}

export interface ColumnRequest extends ScanRange {
  readonly fields: readonly string[];
}

export interface ColumnPage extends ScanEnd {
  readonly times: Float64Array;
  readonly offsets: Float64Array;
  readonly series: Uint32Array;
  /** For each of the request's fields the value in each point; undefined where it is absent. */
  readonly columns: readonly (readonly unknown[])[];
}

/** What kinds of documents there are. */
export type DocumentKind = 'dashboard' | 'setting' | 'analyzer';

export interface Versioned {
  readonly kind: DocumentKind;
  readonly id: string;
  readonly version: number;
  /** Place in the change feed: every change gets the next one. */
  readonly revision: number;
  /** Null: deleted. */
  readonly body: unknown;
}

export interface Store {
  /**
   * Changes one document if its version is `expected` (null: it must not exist); a null body deletes. Version 1 is
   * the first. Answers after the commit.
   */
  put(kind: DocumentKind, id: string, expected: number | null, body: unknown): Promise<PutResult>;
  get(kind: DocumentKind, id: string): Promise<Versioned | undefined>;
  list(kind: DocumentKind): Promise<readonly Versioned[]>;
  /** Every change of a kind with a revision above `after`, then those to come; only the latest state of each document. */
  changes(kind: DocumentKind, after: number): AsyncIterableIterator<Versioned>;
  /**
   * All or nothing; throws CONFLICT where the lease has been taken over. Gives the revisions of the records among the changes,
   * in their order.
   */
  commit(lease: Lease, changes: readonly Change[]): Promise<readonly number[]>;
  /** Records of a stream with a revision above `after`, in that order, at most `limit`. */
  records(stream: RecordStream, after: number, limit: number): Promise<readonly StoredRecord[]>;
  /** The newest record of each key of a stream, in order of revision; tombstones are left out. */
  latestRecords(stream: RecordStream): Promise<readonly StoredRecord[]>;
  /** Places in a stream: of the newest record, and of the newest that retention has taken; 0 where there is none. */
  recordBounds(stream: RecordStream): Promise<RecordBounds>;
  /** The saved state of that name; undefined where there is none or its bytes are damaged, which is reported. */
  loadState(name: string): Promise<SavedState | undefined>;
  /** Rows of the outbox with `due` up to the given time, in order of their ids: the first `limit` after the id `after`. */
  outbox(dueUpTo: number, limit: number, after?: string): Promise<readonly OutboxRow[]>;
}

export type PutResult = { readonly version: number; readonly revision: number } | { readonly conflict: number };

/** What changes by time and by people as well as by points has a change log of its own. */
export type RecordStream = 'alerts' | 'insights' | 'predictions';

/** One change of something that is computed: what it was like from then on. */
export interface NewRecord {
  readonly stream: RecordStream;
  /** What it is about; the newest record of a key is its state. */
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Null: it is gone, and will be forgotten once it is old. */
  readonly body: unknown;
}

export interface StoredRecord extends NewRecord {
  /** Its place in the stream: greater than that of every earlier one. */
  readonly revision: number;
}

export interface RecordBounds {
  readonly newest: number;
  readonly trimmed: number;
}

export type Change =
  | ({ readonly kind: 'record' } & NewRecord)
  /** Lets records go that are older than `before`, or not among the newest `most`, and are not the state of their key. */
  | { readonly kind: 'records-trim'; readonly stream: RecordStream; readonly before: number; readonly most: number }
  | ({ readonly kind: 'state' } & SavedState)
  | ({ readonly kind: 'outbox-put' } & OutboxRow)
  | { readonly kind: 'outbox-done'; readonly id: string };

/** A state that can be computed again from the log: loadable, discardable. */
export interface SavedState {
  readonly name: string;
  readonly partition: number;
  /** Computed to this offset, inclusive. */
  readonly offset: number;
  readonly epoch: number;
  /** Version of the bytes' format; another is discarded. */
  readonly format: number;
  readonly bytes: Uint8Array;
}

/** Something that must be sent, at least once. */
export interface OutboxRow {
  readonly id: string;
  /** Not before, in milliseconds. */
  readonly due: number;
  readonly attempts: number;
  readonly body: string;
}

/** The right to compute for a partition; `epoch` grows with every owner. */
export interface Lease {
  readonly partition: number;
  readonly epoch: number;
}

export interface Ownership {
  lease(partition: number): Lease;
}

/** How long the log answers repeated batch ids and point keys, in milliseconds. */
export const repeatWindowMs = 24 * 3_600_000;
/** Points in a block at most; neighbours that fit together are joined. */
export const pointsPerBlock = 500;
/** Bytes of lines in a block at most, but where one line alone has more. */
export const bytesPerBlock = 4 * 1024 * 1024;
