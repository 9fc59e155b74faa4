// The state of what watches metrics, saved piece by piece: eight series a row, those that have changed, and an index that says up to which place
// in the log each of them has all points. After a start the log is read from the oldest of these places.
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Logger } from '../base/logger.ts';
import type { Analysis } from '../insights/analysis.ts';
import type { Lease, Log, Store } from '../store/store.ts';

export interface SavedAnalysisOptions {
  readonly analysis: Analysis;
  readonly store: Store;
  readonly lease: Lease;
  readonly log: Log;
  readonly logger: Logger;
}

interface Index {
  readonly chunks: readonly number[];
  /** Chunks that have changed since they were saved: up to where they had all points then. */
  readonly behind: readonly (readonly [number, number])[];
}

const indexName = 'insights';
const format = 1;
const partition = 0;

export class SavedAnalysis {
  readonly #options: SavedAnalysisOptions;
  // By chunk: up to where its saved state has all points.
  readonly #saved = new Map<number, number>();
  // The same for what has never been saved.
  #begin = 0;

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
    const { chunks, behind } = JSON.parse(Buffer.from(saved.bytes).toString()) as Index;
    analysis.loadedAll(saved.offset);
    this.#begin = saved.offset;
    const offsets = new Map(behind);
    for (const chunk of chunks) {
      const offset = await this.#loadChunk(chunk, offsets.get(chunk) ?? saved.offset, saved.offset);
      if (offset < saved.offset) this.#saved.set(chunk, offset);
    }
    return Math.min(saved.offset, ...this.#saved.values());
  }

  /** Saves what has changed, at most so many pieces: those first that were saved longest ago. */
  async save(most: number): Promise<void> {
    const { analysis } = this.#options;
    const oldest = (chunk: number) => this.#saved.get(chunk) ?? this.#begin;
    const changed = [...analysis.changed].sort((a, b) => oldest(a) - oldest(b));
    if (changed.length === 0) return;
    for (const chunk of changed.slice(0, most)) await this.#saveChunk(chunk);
    await this.#saveIndex();
  }

  async #loadChunk(chunk: number, offset: number, newest: number): Promise<number> {
    const { store, analysis, logger } = this.#options;
    const saved = await store.loadState(nameOf(chunk));
    const upTo = Math.max(offset, saved?.offset ?? 0);
    try {
      if (saved === undefined || saved.format !== format)
        throw new Error(`there is no ${nameOf(chunk)} of this format`);
      analysis.load(chunk, zstdDecompressSync(saved.bytes), upTo);
      return upTo;
    } catch (error) {
      logger.warn({ error, chunk }, 'what was learnt of some metrics could not be read; they are learnt anew');
      return newest;
    }
  }

  async #saveChunk(chunk: number): Promise<void> {
    const { analysis, store, lease, log } = this.#options;
    // Both are read in one turn: the bytes are the state at exactly that offset.
    const offset = log.head(partition);
    const bytes = zstdCompressSync(analysis.save(chunk));
    try {
      await store.commit(lease, [this.#state(nameOf(chunk), offset, bytes)]);
      this.#saved.set(chunk, offset);
    } catch (error) {
      analysis.touch(chunk);
      throw error;
    }
  }

  async #saveIndex(): Promise<void> {
    const { analysis, store, lease, log } = this.#options;
    const offset = log.head(partition);
    const behind = analysis.changed.map((chunk): [number, number] => [chunk, this.#saved.get(chunk) ?? this.#begin]);
    // What has not changed is as it was at this place too.
    const index: Index = { chunks: analysis.chunks, behind };
    await store.commit(lease, [this.#state(indexName, offset, Buffer.from(JSON.stringify(index)))]);
  }

  #state(name: string, offset: number, bytes: Uint8Array) {
    return { kind: 'state', name, partition, offset, epoch: this.#options.lease.epoch, format, bytes } as const;
  }
}

function nameOf(chunk: number): string {
  return `${indexName}/${chunk}`;
}
