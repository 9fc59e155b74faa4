// Reads of points by the reader's thread, a few at a time. Replies that have come are all taken in one turn of the event loop: pages of many
// megabytes for many clients would hold it for seconds.
import { nextTurn } from '../../base/turns.ts';

// One that is read while the reply before it is taken.
const mostAtATime = 2;

export class PacedReads {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** Errors: those of `read`. */
  async run<T>(read: () => Promise<T>): Promise<T> {
    if (this.#running < mostAtATime) this.#running += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await read();
    } finally {
      this.#startNext();
    }
  }

  #startNext(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else void nextTurn().then(next);
  }
}
