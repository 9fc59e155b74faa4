// Time as a parameter: the only place that reads the machine's clocks or starts its timers.

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since 1970 by the machine's clock; it may jump. */
  now(): number;
  /** Milliseconds from an arbitrary start; it never goes back: for durations. */
  monotonic(): number;
  /** Calls `run` once, `delayMs` from now. */
  after(delayMs: number, run: () => void): Timer;
  /** Calls `run` every `intervalMs` until cancelled. */
  every(intervalMs: number, run: () => void): Timer;
}

/** The machine's clock. Its timers do not keep a process alive: what must live holds a socket or a file. */
export const systemClock: Clock = machineClock((timer) => timer.unref());

/** The same with timers that keep the process alive: for a program that does nothing but wait for the next one. */
export const wakefulClock: Clock = machineClock((timer) => timer);

function machineClock(hold: (timer: NodeJS.Timeout) => NodeJS.Timeout): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    after(delayMs, run) {
      const timer = hold(setTimeout(run, delayMs));
      return { cancel: () => clearTimeout(timer) };
    },
    every(intervalMs, run) {
      const timer = hold(setInterval(run, intervalMs));
      return { cancel: () => clearInterval(timer) };
    },
  };
}

/** Resolves `delayMs` from now; rejects with the signal's reason where that comes first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    function abort() {
      timer.cancel();
      reject(signal?.reason);
    }
    signal?.addEventListener('abort', abort, { once: true });
  });
}
