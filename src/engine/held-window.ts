// A window that somebody needs for as long as he watches: opened in the background, and again where its panes could not be made anew.
import type { Logger } from '../base/logger.ts';
import type { SharedWindow } from '../windows/shared-window.ts';
import type { WindowQuery } from '../windows/window-query.ts';
import type { WindowShare, Windows } from '../windows/windows.ts';

export interface HeldWindowOptions {
  readonly windows: Windows;
  readonly logger: Logger;
  /** Who needs it, for the log. */
  readonly who: Readonly<Record<string, string>>;
}

export class HeldWindow {
  readonly #options: HeldWindowOptions;
  readonly #query: WindowQuery;
  #share: WindowShare | null = null;
  #isOpening = false;
  #isReleased = false;

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
      return read(this.#share.window);
    } catch (error) {
      this.#warn(error);
      this.#share.release();
      this.#share = null;
      return undefined;
    }
  }

  release(): void {
    this.#isReleased = true;
    this.#share?.release();
    this.#share = null;
  }

  #open(): void {
    if (this.#isOpening || this.#isReleased) return;
    this.#isOpening = true;
    this.#options.windows.share(this.#query).then(
      (share) => {
        this.#isOpening = false;
        if (this.#isReleased) share.release();
        else this.#share = share;
      },
      (error) => {
        this.#isOpening = false;
        this.#warn(error);
      },
    );
  }

  #warn(error: unknown): void {
    this.#options.logger.warn({ error, ...this.#options.who }, 'a window cannot be seen; it is asked for again');
  }
}
