// Watching a change log: first what its owner says is current, or every change since a place in it, page by page as they are read; then
// each change as it is committed. A slow reader gets the latest of each.
import { LiveIterator } from '../base/live-iterator.ts';
import type { Sharing } from '../base/sharing.ts';
import type { RecordStream, Store } from '../store/store.ts';
import { ChangeQueue } from './change-queue.ts';
import { type ChangeBody, type Stored, storedOf } from './stored.ts';

/** Where a watch begins. */
export interface WatchStart<Body> {
  /** A revision whose successors come first; null: `now` come first. */
  readonly after: number | null;
  readonly now: readonly Stored<Body>[];
}

export interface ChangeWatchOptions<Body> extends WatchStart<Body> {
  readonly stream: RecordStream;
  readonly store: Pick<Store, 'records'>;
  wanted(body: Body): boolean;
  onClose(): void;
}

const recordsAPage = 500;

export class ChangeWatch<Body extends ChangeBody> {
  readonly iterator: LiveIterator<Stored<Body>>;
  readonly #options: ChangeWatchOptions<Body>;
  readonly #queue = new ChangeQueue<Body>();
  // While the past is read, what is committed meanwhile; null: it has all been read.
  #meanwhile: ChangeQueue<Body> | null;
  #reached: number;
  #isReading = false;

  constructor(options: ChangeWatchOptions<Body>) {
    this.#options = options;
    const { after, now, onClose } = options;
    if (after === null) for (const stored of now) this.#queue.push(stored);
    this.#meanwhile = after === null ? null : new ChangeQueue();
    this.#reached = after ?? 0;
    const sharing: Sharing<Stored<Body>> = {
      kind: 'LATEST',
      isCaughtUp: () => this.#meanwhile === null && this.#queue.isEmpty,
      keyOf: ({ id }) => id,
    };
    this.iterator = new LiveIterator({ take: () => this.#take(), close: onClose, sharing });
  }

  /** A change was committed; told at the next wake. */
  offer(stored: Stored<Body>): void {
    if (!this.#tells(stored)) return;
    if (this.#meanwhile !== null) {
      this.#meanwhile.push(stored);
      return;
    }
    this.#queue.push(stored);
  }

  #tells(body: Body): boolean {
    return body.isTold && this.#options.wanted(body);
  }

  #take(): Stored<Body> | undefined {
    const next = this.#queue.shift();
    if (next === undefined && this.#meanwhile !== null && !this.#isReading) {
      this.#isReading = true;
      this.#read().then(
        () => this.iterator.wake(),
        (error) => this.iterator.fail(error),
      );
    }
    return next;
  }

  async #read(): Promise<void> {
    const { store, stream } = this.#options;
    const page = await store.records(stream, this.#reached, recordsAPage);
    this.#isReading = false;
    this.#reached = page.at(-1)?.revision ?? this.#reached;
    for (const record of page) {
      if (record.body === null) continue;
      const stored = storedOf<Body>(record);
      if (this.#tells(stored)) this.#queue.push(stored);
    }
    if (page.length === recordsAPage) return;
    for (let stored = this.#meanwhile?.shift(); stored !== undefined; stored = this.#meanwhile?.shift()) {
      if (stored.revision > this.#reached) this.#queue.push(stored);
    }
    this.#meanwhile = null;
  }
}
