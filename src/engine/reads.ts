// Reading the past has a price and an end: so many reads run at a time, the others wait in order; each looks at so many points at
// most, has a deadline, and stops when its client leaves.
import type { Clock, Timer } from '../base/clock.ts';
import { PulseError } from '../base/errors.ts';
import type { HistoryRead } from '../windows/kpi-history.ts';

export interface ReadLimits {
  /** Reads that run at a time. */
  readonly maxReads: number;
  /** Points that one read looks at. */
  readonly maxReadPoints: number;
  /** How long one read may take, waiting included. */
  readonly readTimeoutMs: number;
}

/** One read that runs; its signal is aborted at the deadline, too. */
export type Read = HistoryRead;

interface Waiting {
  start(): void;
}

/** Reads that may wait. */
export const maxWaitingReads = 1000;

export class Reads {
  readonly #clock: Clock;
  readonly #limits: ReadLimits;
  readonly #waiting = new Set<Waiting>();
  #running = 0;

  constructor(clock: Clock, limits: ReadLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Runs `work` once it is its turn. Errors: TIMEOUT, LIMIT_EXCEEDED where too many wait, the reason of `signal`, those of the work. */
  async run<T>(signal: AbortSignal | null, work: (read: Read) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const abort = new AbortController();
    const leave = () => abort.abort(signal?.reason);
    signal?.addEventListener('abort', leave, { once: true });
    const deadline = this.#startDeadline(abort);
    try {
      await this.#turn(abort.signal);
      try {
        abort.signal.throwIfAborted();
        return await work(this.#read(abort.signal));
      } finally {
        this.#end();
      }
    } finally {
      deadline.cancel();
      signal?.removeEventListener('abort', leave);
    }
  }

  #read(signal: AbortSignal): Read {
    const { maxReadPoints: maxPoints } = this.#limits;
    let left = maxPoints;
    const spend = (points: number) => {
      left -= points;
      return left > 0;
    };
    return { signal, maxPoints, spend };
  }

  #startDeadline(abort: AbortController): Timer {
    const { readTimeoutMs } = this.#limits;
    return this.#clock.after(readTimeoutMs, () => {
      const text = `reading takes longer than ${readTimeoutMs / 1000} s; ask for a shorter time range, or again later`;
      abort.abort(new PulseError('TIMEOUT', text));
    });
  }

  #turn(signal: AbortSignal): Promise<void> | undefined {
    if (this.#running < this.#limits.maxReads) {
      this.#running += 1;
      return undefined;
    }
    if (this.#waiting.size >= maxWaitingReads) {
      const text = `${maxWaitingReads} reads of the past are waiting already; try again later`;
      throw new PulseError('LIMIT_EXCEEDED', text, { limit: maxWaitingReads, retryAfterSeconds: 1 });
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(waiting);
        reject(signal.reason);
      };
      const start = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const waiting: Waiting = { start };
      this.#waiting.add(waiting);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  // The place goes to the one that has waited longest.
  #end(): void {
    for (const next of this.#waiting) {
      this.#waiting.delete(next);
      next.start();
      return;
    }
    this.#running -= 1;
  }
}

/** The result, or the reason of the signal where that comes first: what cannot be stopped on its way ends for its client all the same. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
