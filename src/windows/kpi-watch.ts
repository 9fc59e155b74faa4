// A KPI without a dashboard, watched: first a snapshot with the history asked for, then what changed, at most once in
// `everySeconds`. A reader that is slow finds what changed since it last read.
import { LiveIterator } from '../base/live-iterator.ts';
import type { Log } from '../store/store.ts';
import type { Tickers } from './ticking.ts';
import type { WindowQuery } from './window-query.ts';
import type { ValueFrame, WindowBucket } from './window-value.ts';
import { WindowWatch } from './window-watch.ts';
import type { WindowShare, Windows } from './windows.ts';

export interface KpiUpdate {
  readonly frame: ValueFrame;
  readonly buckets: readonly WindowBucket[];
  readonly isSnapshot: boolean;
}

export interface KpiWatchOptions {
  readonly windows: Windows;
  readonly tickers: Tickers;
  readonly log: Log;
  readonly epoch: number;
  readonly query: WindowQuery;
  readonly everySeconds: number;
  /** Steps of the window's past; 0: none. */
  readonly history: number;
}

export function watchKpi(options: KpiWatchOptions): LiveIterator<KpiUpdate> {
  const watch = new KpiWatch(options);
  return watch.iterator;
}

class KpiWatch {
  readonly iterator: LiveIterator<KpiUpdate>;
  readonly #options: KpiWatchOptions;
  #share: WindowShare | null = null;
  #watch: WindowWatch | null = null;
  #isSnapshot = true;
  #isDue = true;
  #isClosed = false;
  readonly #leave: () => void;
  readonly #closed = new AbortController();

  constructor(options: KpiWatchOptions) {
    this.#options = options;
    const sharing = {
      kind: 'ANEW',
      isCaughtUp: () => !this.#isSnapshot && !this.#isDue,
      forget: () => this.#watch?.forget(),
    } as const;
    this.iterator = new LiveIterator({ take: () => this.#take(), close: () => this.#close(), sharing });
    this.#leave = options.tickers.add(options.everySeconds, { tick: () => this.#tick() });
    options.windows.share(options.query, this.#closed.signal).then(
      (share) => this.#begin(share),
      (error) => this.iterator.fail(error),
    );
  }

  #begin(share: WindowShare): void {
    if (this.#isClosed) {
      share.release();
      return;
    }
    this.#share = share;
    this.#watch = new WindowWatch(share, this.#options.history);
    this.iterator.wake();
  }

  #tick(): void {
    this.#isDue = true;
    this.iterator.wake();
  }

  #take(): KpiUpdate | undefined {
    if (this.#watch === null || !this.#isDue) return undefined;
    const { log, epoch } = this.#options;
    const now = log.now();
    this.#isDue = false;
    const isSnapshot = this.#isSnapshot;
    const change = isSnapshot ? this.#watch.snapshot(now, epoch) : this.#watch.change(now, epoch);
    this.#isSnapshot = false;
    return change === null ? undefined : { ...change, isSnapshot };
  }

  #close(): void {
    this.#isClosed = true;
    this.#closed.abort();
    this.#leave();
    this.#share?.release();
  }
}
