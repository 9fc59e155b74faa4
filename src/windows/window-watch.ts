// Watching one window: at most once an interval, what a client would see a difference in; the first time all of it.
import { isBucketChanged, isChanged, type ValueFrame, type WindowBucket } from './window-value.ts';
import type { WindowShare } from './windows.ts';

export interface WindowChange {
  readonly frame: ValueFrame;
  /** All of them at first, then those that are new or different. */
  readonly buckets: readonly WindowBucket[];
}

/** What a watcher was last told of a window, and what is new since. */
export class WindowWatch {
  readonly #share: Pick<WindowShare, 'window'>;
  /** How many steps of the window's past are watched too; 0: none. */
  readonly #history: number;
  #told: ValueFrame | null = null;
  #buckets = new Map<number, WindowBucket>();

  constructor(share: Pick<WindowShare, 'window'>, history: number) {
    this.#share = share;
    this.#history = history;
  }

  /** All of it, as for a watcher that knows nothing. */
  snapshot(now: number, epoch: number): WindowChange {
    this.#told = null;
    this.#buckets.clear();
    return this.change(now, epoch) ?? { frame: this.#share.window.frame(now, epoch), buckets: [] };
  }

  /** What was told counts no more: the next change is all of it. */
  forget(): void {
    this.#told = null;
    this.#buckets.clear();
  }

  /** What is different from what was last told; null where nothing is. */
  change(now: number, epoch: number): WindowChange | null {
    const frame = this.#share.window.frame(now, epoch);
    const buckets = this.#history === 0 ? [] : this.#newBuckets(now);
    if (this.#told !== null && buckets.length === 0 && !isChanged(this.#told.value, frame.value)) return null;
    this.#told = frame;
    return { frame, buckets };
  }

  #newBuckets(now: number): WindowBucket[] {
    const all = this.#share.window.history(now, this.#history);
    const changed = all.filter((bucket) => isBucketChanged(this.#buckets.get(bucket.start), bucket));
    this.#buckets = new Map(all.map((bucket) => [bucket.start, bucket]));
    return changed;
  }
}
