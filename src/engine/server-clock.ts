// What the API says of the server's clock, and what an operator is warned of: steps of the wall clock, arrivals in the future.
import type { Clock, Timer } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { LogClock } from '../store/log-clock.ts';

/** Times in milliseconds since 1970. */
export interface ServerClock {
  readonly now: number;
  readonly wall: number;
  readonly aheadSeconds: number;
  readonly isStepped: boolean;
  readonly since: number | null;
  readonly takenOverAt: number | null;
  readonly newestArrivalAheadSeconds: number;
  readonly deletionTime: number;
}

export function readServerClock(clock: LogClock): ServerClock {
  const { now, wall, deletion, arrival, step } = clock.state;
  return {
    now,
    wall,
    aheadSeconds: (now - wall) / 1000,
    isStepped: step !== null,
    since: step?.since ?? null,
    takenOverAt: step?.takenOverAt ?? null,
    newestArrivalAheadSeconds: (arrival - now) / 1000,
    deletionTime: deletion,
  };
}

const lookEveryMs = 1000;
const remedy = 'set the clock right, or run `pulseql clock accept` if it is right';

/** Warns of each change, once. */
export class ClockWatch {
  readonly #clock: LogClock;
  readonly #logger: Logger;
  readonly #looking: Timer;
  #isStepped = false;
  #takenOver: number;

  constructor(log: LogClock, clock: Clock, logger: Logger) {
    this.#clock = log;
    this.#logger = logger;
    const { now, arrival, takenOver } = log.state;
    this.#takenOver = takenOver;
    if (arrival > now) {
      const details = { newestArrival: timeText(arrival), now: timeText(now) };
      const why = 'points were stored under a clock that was ahead, or the clock is behind now';
      logger.warn(details, `the newest stored point arrived in the future: ${why}; see Query.status.clock`);
    }
    this.look();
    this.#looking = clock.every(lookEveryMs, () => this.look());
  }

  look(): void {
    const { now, wall, step, takenOver } = this.#clock.state;
    const details = { wall: timeText(wall), now: timeText(now) };
    if (takenOver > this.#takenOver) {
      const slow = now > wall ? '; until the wall clock has caught up, time runs at half its rate' : '';
      this.#logger.warn(details, `the step of the wall clock is taken over${slow}`);
    } else if (step !== null && !this.#isStepped) {
      const until = timeText(step.takenOverAt);
      this.#logger.warn(details, `the wall clock was stepped, which is not believed until ${until}: ${remedy}`);
    } else if (step === null && this.#isStepped) {
      this.#logger.warn(details, 'the wall clock shows the believed time again');
    }
    this.#takenOver = takenOver;
    this.#isStepped = step !== null;
  }

  stop(): void {
    this.#looking.cancel();
  }
}

function timeText(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
