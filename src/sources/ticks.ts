// The loop of every source: a tick at once, then one at each whole interval. A tick that would fall while the one before
// still runs falls out, so that a slow sink slows the source and nothing queues.
import { type Clock, sleep } from '../base/clock.ts';
import type { Source } from './sink.ts';

export interface TickOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  /** After so many it ends by itself; without it, never. */
  readonly times?: number;
  readonly onError: (error: unknown) => void;
}

export interface Ticks extends Source {
  /** Settles when it has ended by itself or was stopped. */
  readonly ended: Promise<void>;
}

/** Calls `tick` with 0, 1, 2 and so on; one that fails is reported, and is not tried again. */
export function startTicks(options: TickOptions, tick: (index: number) => Promise<void>): Ticks {
  const stopping = new AbortController();
  const ended = run(options, tick, stopping.signal);
  return {
    ended,
    stop() {
      stopping.abort();
      return ended;
    },
  };
}

async function run(
  { clock, intervalMs, times = Number.POSITIVE_INFINITY, onError }: TickOptions,
  tick: (index: number) => Promise<void>,
  stopping: AbortSignal,
): Promise<void> {
  const start = clock.monotonic();
  let place = 0;
  for (let index = 0; index < times; index += 1) {
    if (index > 0) {
      const elapsed = clock.monotonic() - start;
      // A timer may fire a little early: the place just served must not be served again.
      place = Math.max(place, Math.floor(elapsed / intervalMs)) + 1;
      await pause(clock, place * intervalMs - elapsed, stopping);
    }
    if (stopping.aborted) return;
    await tick(index).catch(onError);
  }
}

async function pause(clock: Clock, delayMs: number, stopping: AbortSignal): Promise<void> {
  try {
    await sleep(clock, delayMs, stopping);
  } catch (error) {
    if (!stopping.aborted) throw error;
  }
}
