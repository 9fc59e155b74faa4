// Threads that forecast, so that nobody waits for the event loop meanwhile: made when they are needed, gone when they are not.
import path from 'node:path';
import { Piscina } from 'piscina';
import { limitExceeded, PulseError } from '../base/errors.ts';
import type { Forecast } from '../forecast/auto.ts';
import type { ForecastTask } from '../forecast/kept-fits.ts';

export interface ForecastLimits {
  /** Forecasts that wait for a thread. */
  readonly maxQueuedForecasts: number;
  readonly forecastTimeoutMs: number;
  /** Fits that are kept of what users ask for, by each of the threads at most. */
  readonly maxKeptFits: number;
}

export type Asked = Omit<ForecastTask, 'mostKept'>;

/** One thread, which keeps what it has fitted. */
interface Thread {
  readonly pool: Piscina<ForecastTask, Forecast>;
  waiting: number;
}

const count = 2;
// Rules ask for the same again and again: a few widgets of many groups.
const mostKeptOfRules = 100;
// What is asked for again each minute finds what was fitted.
const idleMs = 5 * 60_000;

export class ForecastPool {
  readonly #limits: ForecastLimits;
  // Ends what is under way.
  readonly #end = new AbortController();
  #threads: Thread[] = [];
  // Where each fit is kept; the one that was asked for last is last.
  readonly #homes = { ASKED: new Map<string, Thread>(), RULES: new Map<string, Thread>() };
  #waiting = 0;

  constructor(limits: ForecastLimits) {
    this.#limits = limits;
  }

  /** Work that ends in a forecast: what it reads before counts in the queue. Errors: LIMIT_EXCEEDED past it, and those of the work. */
  async inTurn<T>(work: (run: (task: Asked) => Promise<Forecast>) => Promise<T>): Promise<T> {
    const { maxQueuedForecasts: most } = this.#limits;
    if (this.#waiting >= count + most) throw limitExceeded(`${most} forecasts wait already; try again later`, most);
    this.#waiting += 1;
    try {
      return await work((task) => this.#run(task));
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Errors: TIMEOUT, STOPPED. */
  async #run(task: Asked): Promise<Forecast> {
    const { forecastTimeoutMs, maxKeptFits } = this.#limits;
    const mostKept = task.share === 'RULES' ? mostKeptOfRules : maxKeptFits;
    const thread = this.#threadFor(this.#homes[task.share], mostKept, task.key);
    const timeout = AbortSignal.timeout(forecastTimeoutMs);
    thread.waiting += 1;
    try {
      const signal = AbortSignal.any([timeout, this.#end.signal]);
      return await thread.pool.run({ ...task, mostKept }, { name: 'run', signal });
    } catch (error) {
      if (this.#end.signal.aborted) throw new PulseError('STOPPED', 'the engine is stopping; ask the next one');
      if (timeout.aborted) throw new PulseError('TIMEOUT', `the forecast took more than ${forecastTimeoutMs / 1000} s`);
      throw error;
    } finally {
      thread.waiting -= 1;
    }
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#threads.map(({ pool }) => pool.destroy()));
  }

  /** The one that keeps the fit, else the one that has least to do. */
  #threadFor(homes: Map<string, Thread>, most: number, key: string): Thread {
    if (this.#threads.length === 0) {
      this.#threads = Array.from({ length: count }, () => ({ pool: makePool(), waiting: 0 }));
    }
    const [first, ...others] = this.#threads as [Thread, ...Thread[]];
    const idlest = others.reduce((least, one) => (one.waiting < least.waiting ? one : least), first);
    const thread = homes.get(key) ?? idlest;
    homes.delete(key);
    homes.set(key, thread);
    for (const oldest of homes.keys()) if (homes.size > most) homes.delete(oldest);
    return thread;
  }
}

function makePool(): Piscina<ForecastTask, Forecast> {
  const script = `../forecast/forecast.worker${path.extname(import.meta.filename)}`;
  return new Piscina({
    filename: new URL(script, import.meta.url).href,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: idleMs,
    execArgv: ['--no-warnings'],
  });
}
