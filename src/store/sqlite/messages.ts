// What the store and its two workers say to one another.
import type { PulseErrorCode } from '../../base/errors.ts';
import type { SavedClock } from '../log-clock.ts';
import type {
  Appended,
  Change,
  ColumnPage,
  ColumnRequest,
  DocumentKind,
  Lease,
  OutboxRow,
  PointPage,
  PutResult,
  ReadRequest,
  RecordBounds,
  RecordStream,
  SavedState,
  StoredRecord,
  Versioned,
} from '../store.ts';

export interface WorkerOptions {
  /** Of the store's file. */
  readonly file: string;
}

/** An append as the writer needs it: bytes and columns, no point is copied. */
export interface AppendRequest {
  readonly kind: 'append';
  readonly id: string | null;
  readonly digest: string;
  readonly answer: string;
  /** The log's clock when it was asked for: arrival, and deletion, by which keys and ids are forgotten. */
  readonly now: number;
  readonly deletion: number;
  /** How far its points may be ahead of their arrival, in milliseconds, where that is more than the rule for points says; else 0. */
  readonly ahead: number;
  readonly lines: Uint8Array;
  readonly series: Uint32Array;
  /** Event times; NaN where the point takes its arrival. */
  readonly times: Float64Array;
  /** Line number and qualified point key. */
  readonly keys: readonly (readonly [number, string])[];
  /** Series that no earlier request has named. */
  readonly newSeries: readonly SeriesRow[];
}

export interface SeriesRow {
  readonly number: number;
  readonly entityType: string;
  readonly serviceId: string;
}

export type WriterRequest =
  | AppendRequest
  | {
      readonly kind: 'put';
      readonly document: DocumentKind;
      readonly id: string;
      readonly expected: number | null;
      readonly body: unknown;
    }
  | { readonly kind: 'commit'; readonly lease: Lease; readonly changes: readonly Change[] }
  | { readonly kind: 'trim'; readonly before: number; readonly now: number }
  | { readonly kind: 'clock'; readonly clock: SavedClock } /** Clock: null where the store was not open yet. */
  | { readonly kind: 'close'; readonly clock: SavedClock | null };

export interface WriterAnswers {
  append: Appended;
  put: { readonly result: PutResult; readonly row: Versioned | null };
  commit: readonly number[];
  trim: { readonly points: number; readonly floor: number; readonly more: boolean };
  clock: null;
  close: null;
}

export type ReaderRequest =
  | { readonly kind: 'open' }
  | { readonly kind: 'read'; readonly range: ReadRequest }
  | { readonly kind: 'columns'; readonly range: ColumnRequest }
  | { readonly kind: 'oldest'; readonly partition: number }
  | { readonly kind: 'state'; readonly name: string }
  | { readonly kind: 'records'; readonly stream: RecordStream; readonly after: number; readonly limit: number }
  | { readonly kind: 'latest-records'; readonly stream: RecordStream }
  | { readonly kind: 'record-bounds'; readonly stream: RecordStream }
  | { readonly kind: 'outbox'; readonly dueUpTo: number; readonly limit: number; readonly after: string }
  | { readonly kind: 'close' };

export interface ReaderAnswers {
  open: null;
  read: PointPage;
  columns: ColumnPage;
  oldest: number | null;
  state: SavedState | undefined;
  records: readonly StoredRecord[];
  'latest-records': readonly StoredRecord[];
  'record-bounds': RecordBounds;
  outbox: readonly OutboxRow[];
  close: null;
}

/** What the writer found in the file. */
export interface Opened {
  readonly logId: string;
  readonly epoch: number;
  readonly head: number;
  readonly floor: number;
  readonly lastAt: number;
  readonly clock: SavedClock | null;
  readonly series: readonly SeriesRow[];
  readonly documents: readonly Versioned[];
  readonly warnings: readonly string[];
}

export interface Failure {
  readonly code: PulseErrorCode;
  readonly message: string;
  readonly details: object;
  readonly stack: string;
}

/** An answer by the number of its request. */
export type Reply = { readonly n: number; readonly ok: unknown } | { readonly n: number; readonly failure: Failure };

/** What a worker reports unasked: why nothing can be written at the moment, or null once writing succeeds again. */
export interface HealthReport {
  readonly trouble: Failure | null;
}

export interface Numbered<Request> {
  readonly n: number;
  readonly request: Request;
}
