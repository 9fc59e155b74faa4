// Streams of made-up points that somebody started: bounded in number, found by id for a while after they have ended.
import type { Clock } from '../base/clock.ts';
import { type InputIssue, invalidInput, limitExceeded, notFound } from '../base/errors.ts';
import { randomId } from '../base/ids.ts';
import type { Logger } from '../base/logger.ts';
import { readTimeSpan, type TimeSpan, type TimeSpanInput, timeSpan } from '../base/time-span.ts';
import { type Simulation, simulate } from '../sources/simulator.ts';
import type { Sink } from '../sources/sink.ts';

export interface SimulationInput {
  readonly entityType: string;
  readonly serviceId: string;
  readonly count: number;
  /** Null: 2 s. */
  readonly interval: TimeSpanInput | null;
}

export interface SimulationView {
  readonly id: string;
  readonly entityType: string;
  readonly serviceId: string;
  readonly sent: number;
  readonly count: number;
  readonly interval: TimeSpan;
  readonly isRunning: boolean;
}

export interface SimulationsOptions {
  readonly sink: Sink;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly maxRunning: number;
  random(): number;
}

interface Started {
  readonly input: SimulationInput;
  readonly interval: TimeSpan;
  readonly simulation: Simulation;
}

const maxRemembered = 1000;
export const maxCount = 1_000_000;
const defaultInterval = timeSpan(2, 'SECOND');
const intervalBounds = { leastMs: 1000, mostMs: 86_400_000 };

export class Simulations {
  readonly #options: SimulationsOptions;
  // In the order in which they were started; of more than a thousand the oldest that have ended are forgotten.
  readonly #started = new Map<string, Started>();

  constructor(options: SimulationsOptions) {
    this.#options = options;
  }

  /** Errors: INVALID_INPUT, LIMIT_EXCEEDED. */
  start(input: SimulationInput): SimulationView {
    const issues: InputIssue[] = [];
    const { entityType, serviceId, count } = input;
    const interval =
      input.interval === null ? defaultInterval : readTimeSpan(input.interval, ['interval'], issues, intervalBounds);
    if (count < 1 || count > maxCount)
      issues.push({ path: ['count'], message: `must be from 1 to ${maxCount}, not ${count}` });
    for (const [name, value] of Object.entries({ entityType, serviceId })) {
      if (value === '' || value.length > 256) issues.push({ path: [name], message: 'must have 1 to 256 characters' });
    }
    if (interval === undefined || issues.length > 0) throw invalidInput(issues);
    this.#makeRoom();
    const { sink, clock, logger } = this.#options;
    const onError = (error: unknown) =>
      logger.warn({ error, entityType, serviceId }, 'a simulated point was not taken');
    const seed = Math.floor(this.#options.random() * 2 ** 32);
    const simulation = simulate({ entityType, serviceId, count, intervalMs: interval.ms, seed, sink, clock, onError });
    const id = randomId('sim');
    this.#started.set(id, { input, interval, simulation });
    return this.#view(id);
  }

  get(id: string): SimulationView | undefined {
    return this.#started.has(id) ? this.#view(id) : undefined;
  }

  /** Errors: NOT_FOUND. */
  async stop(id: string): Promise<SimulationView> {
    const started = this.#started.get(id);
    if (started === undefined) throw notFound('simulation', id);
    await started.simulation.stop();
    return this.#view(id);
  }

  async stopAll(): Promise<void> {
    for (const { simulation } of this.#started.values()) await simulation.stop();
  }

  #makeRoom(): void {
    const { maxRunning } = this.#options;
    const running = [...this.#started.values()].filter(({ simulation }) => simulation.isRunning).length;
    if (running >= maxRunning) throw limitExceeded(`${maxRunning} simulations are running; stop one first`, maxRunning);
    for (const [id, { simulation }] of this.#started) {
      if (this.#started.size < maxRemembered) return;
      if (!simulation.isRunning) this.#started.delete(id);
    }
  }

  #view(id: string): SimulationView {
    const started = this.#started.get(id);
    if (started === undefined) throw notFound('simulation', id);
    const { input, interval, simulation } = started;
    const { entityType, serviceId, count } = input;
    return { id, entityType, serviceId, count, interval, sent: simulation.sent, isRunning: simulation.isRunning };
  }
}
