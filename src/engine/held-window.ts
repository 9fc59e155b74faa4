// A window that somebody needs for as long as he watches: opened in the background, and again where its panes could not be made anew.
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { SharedWindow } from '../windows/shared-window.ts';
import type { WindowQuery } from '../windows/window-query.ts';
import type { WindowShare, Windows } from '../windows/windows.ts';

export interface HeldWindowOptions {
  readonly windows: Windows;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Who needs it, for the log. */
  readonly who: Readonly<Record<string, string>>;
}

// Between two attempts to open a window that failed: twice as long each time, so that a full machine is not kept busy by retries.
const minRetryMs = 1000;
const maxRetryMs = 60_000;

export class HeldWindow {
  readonly #options: HeldWindowOptions;
  readonly #query: WindowQuery;
  #share: WindowShare | null = null;
  #isOpening = false;
  #isReleased = false;
  #retryMs = minRetryMs;
  #retryAt = 0;
  readonly #released = new AbortController();

  constructor(query: WindowQuery, options: HeldWindowOptions) {
    this.#query = query;
    this.#options = options;
    this.#open();
  }

  /** What `read` sees in the window; undefined where it has not all its points yet, or cannot be read, which is logged. */
  read<T>(read: (window: SharedWindow) => T): T | undefined {
    if (this.#share === null) {
      this.#open();
      return undefined;
    }
    try {
      const result = read(this.#share.window);
      this.#retryMs = minRetryMs;
      return result;
    } catch (error) {
      this.#fail(error);
      this.#share.release();
      this.#share = null;
      return undefined;
    }
  }

  release(): void {
    this.#isReleased = true;
    this.#released.abort();
    this.#share?.release();
    this.#share = null;
  }

  #open(): void {
    const { windows, clock } = this.#options;
    if (this.#isOpening || this.#isReleased || clock.monotonic() < this.#retryAt) return;
    this.#isOpening = true;
    windows.share(this.#query, this.#released.signal).then(
      (share) => {
        this.#isOpening = false;
        if (this.#isReleased) share.release();
        else this.#share = share;
      },
      (error) => {
        this.#isOpening = false;
        if (!this.#isReleased) this.#fail(error);
      },
    );
  }

  #fail(error: unknown): void {
    this.#retryAt = this.#options.clock.monotonic() + this.#retryMs;
    this.#retryMs = Math.min(maxRetryMs, 2 * this.#retryMs);
    this.#options.logger.warn({ error, ...this.#options.who }, 'a window cannot be seen; it is asked for again');
  }
}
