// The state of what watches metrics, saved piece by piece: a series a row, those that have changed, and an index that says up to which place in
// the log each of them has all points, and when nobody listened. After a start the log is read from the oldest of these places.
import { promisify } from 'node:util';
import { zstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Logger } from '../base/logger.ts';
import type { Analysis } from '../insights/analysis.ts';
import type { Lease, Log, Store } from '../store/store.ts';

export interface SavedAnalysisOptions {
  readonly analysis: Analysis;
  readonly store: Store;
  readonly lease: Lease;
  readonly log: Log;
  readonly logger: Logger;
  /** Settles when what was found so far is committed: no state is saved ahead of it. */
  reported(): Promise<void>;
}

/** Nobody listened until `until`, in milliseconds since 1970, behind that place in the log. */
interface Pause {
  readonly offset: number;
  readonly until: number;
}

interface Index {
  /** All that there are. */
  readonly series: readonly number[];
  /** Those that have changed since they were saved: up to where they had all points then; null: they never were. */
  readonly behind: readonly (readonly [series: number, offset: number | null])[];
  /** Up to where those that never were saved have no points. */
  readonly begin: number;
  readonly pauses: readonly Pause[];
}

/** A series, packed: its state has all points up to `offset`. */
interface Piece {
  readonly number: number;
  readonly offset: number;
  readonly bytes: number;
  readonly packed: Uint8Array;
}

// Packed bytes of one commit.
const batchBytes = 4 * 1024 * 1024;
const indexName = 'insights';
const format = 2;
const partition = 0;
// What takes longer than some milliseconds is packed by another thread.
const mostAtOnce = 1024 * 1024;
const compress = promisify(zstdCompress);

export class SavedAnalysis {
  readonly #options: SavedAnalysisOptions;
  // By series: up to where its saved state has all points.
  readonly #saved = new Map<number, number>();
  // Up to where those that never were saved have no points.
  #begin = 0;
  #pauses: readonly Pause[] = [];
  // Those that have not come up again since the start.
  #pending: Pause[] = [];

  constructor(options: SavedAnalysisOptions) {
    this.#options = options;
  }

  /** Takes up what was saved; gives the place behind which the log has to be read again. */
  async load(): Promise<number> {
    const { store, log, analysis } = this.#options;
    this.#begin = log.floor(partition) - 1;
    const saved = await store.loadState(indexName);
    if (saved === undefined || saved.format !== format || saved.offset > log.head(partition)) {
      analysis.loadedAll(this.#begin);
      return this.#begin;
    }
    const { series, behind, begin, pauses } = JSON.parse(Buffer.from(saved.bytes).toString()) as Index;
    const offsets = new Map(behind);
    this.#begin = Math.max(begin, this.#begin);
    this.#pauses = pauses;
    this.#pending = [...pauses];
    analysis.loadedAll(saved.offset);
    let oldest = saved.offset;
    for (const number of series) {
      const offset = await this.#loadSeries(number, offsets.has(number) ? (offsets.get(number) ?? null) : saved.offset);
      oldest = Math.min(oldest, offset);
    }
    if (oldest === saved.offset) this.#begin = saved.offset;
    return oldest;
  }

  /** Before the points from `first` on are read again: when nobody listened before them. */
  resumeBefore(first: number): void {
    for (let pause = this.#pending[0]; pause !== undefined && pause.offset < first; pause = this.#pending[0]) {
      this.#options.analysis.resume(pause.until);
      this.#pending.shift();
    }
  }

  /** The log has been read again, and nobody has listened until now. */
  async begin(): Promise<void> {
    const { analysis, log } = this.#options;
    const pause = { offset: log.head(partition), until: log.clock.arrival() };
    const oldest = Math.min(this.#begin, ...this.#saved.values());
    const before = this.#pauses.filter(({ offset }) => offset >= oldest && offset !== pause.offset);
    this.#pauses = [...before, pause];
    this.resumeBefore(Number.POSITIVE_INFINITY);
    analysis.resume(pause.until);
    await this.#saveIndex();
  }

  /** Saves what has changed, at most so many bytes before they are packed: those first that were saved longest ago. */
  async save(mostBytes: number): Promise<void> {
    const { analysis } = this.#options;
    const oldest = (number: number) => this.#saved.get(number) ?? this.#begin;
    const changed = [...analysis.changed].sort((a, b) => oldest(a) - oldest(b));
    if (changed.length === 0) return;
    let bytes = 0;
    let next = 0;
    while (next < changed.length && bytes < mostBytes) {
      const batch: Piece[] = [];
      for (let packed = 0; next < changed.length && packed < batchBytes && bytes < mostBytes; next += 1) {
        const piece = await this.#pack(changed[next] as number);
        batch.push(piece);
        packed += piece.packed.length;
        bytes += piece.bytes;
      }
      await this.#commit(batch);
      await this.#saveIndex();
    }
  }

  /** `offset`: up to where its state has all points; null: it has none. Gives where its points have to be read from again. */
  async #loadSeries(number: number, offset: number | null): Promise<number> {
    const { store, log, logger } = this.#options;
    const saved = await store.loadState(nameOf(number));
    if (saved === undefined && offset === null) return this.#keep(number, new Uint8Array(0), this.#begin);
    try {
      if (saved === undefined || saved.format !== format)
        throw new Error(`there is no ${nameOf(number)} of this format`);
      const upTo = Math.max(offset ?? 0, saved.offset);
      const bytes = saved.bytes.length === 0 ? saved.bytes : zstdDecompressSync(saved.bytes);
      return this.#keep(number, bytes, upTo);
    } catch (error) {
      logger.warn({ error, series: number }, 'what was learnt of a series could not be read; it is learnt anew');
      return this.#keep(number, new Uint8Array(0), log.head(partition));
    }
  }

  #keep(number: number, bytes: Uint8Array, upTo: number): number {
    this.#options.analysis.load(number, bytes, upTo);
    if (bytes.length > 0) this.#saved.set(number, upTo);
    return upTo;
  }

  async #pack(number: number): Promise<Piece> {
    const { analysis, log } = this.#options;
    // Both are read in one turn: the bytes are the state at exactly that offset.
    const offset = log.head(partition);
    const bytes = analysis.save(number);
    return { number, offset, bytes: bytes.length, packed: await pack(bytes) };
  }

  async #commit(batch: readonly Piece[]): Promise<void> {
    const { analysis, store, lease, reported } = this.#options;
    try {
      await reported();
      await store.commit(
        lease,
        batch.map(({ number, offset, packed }) => this.#state(nameOf(number), offset, packed)),
      );
    } catch (error) {
      for (const { number } of batch) analysis.touch(number);
      throw error;
    }
    for (const { number, offset } of batch) this.#saved.set(number, offset);
  }

  async #saveIndex(): Promise<void> {
    const { analysis, store, lease, log } = this.#options;
    const offset = log.head(partition);
    const behind = analysis.changed.map((number): [number, number | null] => [number, this.#saved.get(number) ?? null]);
    // What has not changed is as it was at this place too.
    if (behind.every(([, saved]) => saved !== null)) this.#begin = offset;
    const index: Index = { series: analysis.numbers, behind, begin: this.#begin, pauses: this.#pauses };
    await store.commit(lease, [this.#state(indexName, offset, Buffer.from(JSON.stringify(index)))]);
  }

  #state(name: string, offset: number, bytes: Uint8Array) {
    return { kind: 'state', name, partition, offset, epoch: this.#options.lease.epoch, format, bytes } as const;
  }
}

async function pack(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes.length === 0) return bytes;
  return bytes.length <= mostAtOnce ? zstdCompressSync(bytes) : compress(bytes);
}

function nameOf(number: number): string {
  return `${indexName}/${number}`;
}
