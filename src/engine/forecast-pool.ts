// Threads that forecast, so that nobody waits for the event loop meanwhile: made when they are needed, gone when they are not.
import path from 'node:path';
import { Piscina } from 'piscina';
import { limitExceeded, PulseError } from '../base/errors.ts';
import type { Forecast } from '../forecast/auto.ts';
import type { ForecastTask } from '../forecast/forecast.worker.ts';

export interface ForecastLimits {
  /** Forecasts that wait for a thread. */
  readonly maxQueuedForecasts: number;
  readonly forecastTimeoutMs: number;
}

const threads = 2;
const idleMs = 10_000;

export class ForecastPool {
  readonly #limits: ForecastLimits;
  // Ends what is under way.
  readonly #end = new AbortController();
  #pool: Piscina<ForecastTask, Forecast> | null = null;
  #waiting = 0;

  constructor(limits: ForecastLimits) {
    this.#limits = limits;
  }

  /** Work that ends in a forecast: what it reads before counts in the queue. Errors: LIMIT_EXCEEDED past it, and those of the work. */
  async inTurn<T>(work: (run: (task: ForecastTask) => Promise<Forecast>) => Promise<T>): Promise<T> {
    const { maxQueuedForecasts: most } = this.#limits;
    if (this.#waiting >= threads + most) throw limitExceeded(`${most} forecasts wait already; try again later`, most);
    this.#waiting += 1;
    try {
      return await work((task) => this.#run(task));
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Errors: TIMEOUT, STOPPED. */
  async #run(task: ForecastTask): Promise<Forecast> {
    const { forecastTimeoutMs } = this.#limits;
    this.#pool ??= makePool();
    const timeout = AbortSignal.timeout(forecastTimeoutMs);
    try {
      return await this.#pool.run(task, { name: 'run', signal: AbortSignal.any([timeout, this.#end.signal]) });
    } catch (error) {
      if (this.#end.signal.aborted) throw new PulseError('STOPPED', 'the engine is stopping; ask the next one');
      if (timeout.aborted) throw new PulseError('TIMEOUT', `the forecast took more than ${forecastTimeoutMs / 1000} s`);
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await this.#pool?.destroy();
  }
}

function makePool(): Piscina<ForecastTask, Forecast> {
  const script = `../forecast/forecast.worker${path.extname(import.meta.filename)}`;
  return new Piscina({
    filename: new URL(script, import.meta.url).href,
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: idleMs,
    execArgv: ['--no-warnings'],
  });
}
