// A stream of made-up points of one series, for trying things out: the same seed and start give the same points.
import type { PointInput } from '../points/point.ts';
import { Random, type Weighted } from './random.ts';
import type { Source, SourceOptions } from './sink.ts';
import { startTicks, type Ticks } from './ticks.ts';

export interface SimulationOptions extends SourceOptions {
  readonly entityType: string;
  readonly serviceId: string;
  readonly count: number;
  readonly intervalMs: number;
  readonly seed: number;
  /** Called after each point that was accepted. */
  readonly onSent?: (sent: number) => void;
}

// One wave of the value in so many points.
const wavePoints = 60;
const statuses: readonly Weighted<string>[] = [
  ['active', 90],
  ['pending', 7],
  ['inactive', 3],
];

/** Sends `count` points, the first at once, then one each `intervalMs`. One whose send fails is not made up for. */
export function simulate(options: SimulationOptions): Simulation {
  return new Simulation(options);
}

export class Simulation implements Source {
  readonly count: number;
  readonly intervalMs: number;
  /** Settles when all is sent, or it was stopped. */
  readonly done: Promise<void>;
  readonly #ticks: Ticks;
  #sent = 0;
  #isRunning = true;

  constructor(options: SimulationOptions) {
    this.count = options.count;
    this.intervalMs = options.intervalMs;
    const makePoint = pointMaker(options);
    this.#ticks = startTicks({ ...options, times: options.count }, async (index) => {
      await options.sink.send([makePoint(index)]);
      this.#sent += 1;
      options.onSent?.(this.#sent);
    });
    this.done = this.#ticks.ended.then(() => {
      this.#isRunning = false;
    });
  }

  /** How many points were accepted. */
  get sent(): number {
    return this.#sent;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  async stop(): Promise<void> {
    await this.#ticks.stop();
    await this.done;
  }
}

function pointMaker({ entityType, serviceId, clock, seed }: SimulationOptions): (index: number) => PointInput {
  const random = new Random(seed);
  const phase = random.uniform();
  let walk = 0;
  return (index) => {
    walk = 0.97 * walk + 1.2 * random.normal();
    const wave = Math.sin(2 * Math.PI * (phase + index / wavePoints));
    const value = 50 + 20 * wave + walk + 1.5 * random.normal();
    return {
      entityType,
      serviceId,
      timestamp: new Date(clock.now()).toISOString(),
      data: {
        value: rounded(value),
        // Log-normal, so it cannot be negative; it follows the wave, as sales follow visits.
        amount: rounded(random.logNormal(100 * (1 + 0.4 * wave), 0.35)),
        status: random.pick(statuses),
      },
      metadata: {
        source: 'simulation',
        confidence: rounded(0.85 + 0.14 * random.uniform()),
        processingTime: rounded(random.logNormal(5, 0.4)),
      },
    };
  };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
