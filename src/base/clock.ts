// Time as a parameter: the only place that reads the machine's clocks or starts its timers.
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { SuspendAwareTime } from './suspend-aware-time.ts';

/** Which start of the machine this is, and how long ago it was, suspend included. */
export interface Boot {
  readonly id: string;
  readonly uptimeMs: number;
}

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since 1970 by the machine's clock; it may jump. */
  now(): number;
  /** Milliseconds from an arbitrary start; it never goes back and counts the time that the machine was suspended: for durations. */
  monotonic(): number;
  /** The same, after checking for a suspend in the last second: for when the wall clock has jumped. */
  checkedMonotonic?(): number;
  /** Null or absent: not known. With it durations across restarts of the process can be proven. */
  boot?(): Boot | null;
  /** Calls `run` once, `delayMs` from now. */
  after(delayMs: number, run: () => void): Timer;
  /** Calls `run` every `intervalMs` until cancelled. */
  every(intervalMs: number, run: () => void): Timer;
}

/** The machine's clock. Its timers do not keep a process alive: what must live holds a socket or a file. */
export const systemClock: Clock = machineClock((timer) => timer.unref());

/** The same with timers that keep the process alive: for a program that does nothing but wait for the next one. */
export const wakefulClock: Clock = machineClock((timer) => timer);

// One for both clocks: a second one would look for suspends again.
const time = new SuspendAwareTime({ runningMs: () => performance.now(), uptimeMs: machineUptimeMs });
const bootIdFile = '/proc/sys/kernel/random/boot_id';

function machineClock(hold: (timer: NodeJS.Timeout) => NodeJS.Timeout): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => time.read(),
    checkedMonotonic: () => time.readChecked(),
    boot: machineBoot,
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

// Counts suspend on Linux, macOS and Windows. A sandbox may refuse it.
function machineUptimeMs(): number | null {
  try {
    return uptime() * 1000;
  } catch {
    return null;
  }
}

function machineBoot(): Boot | null {
  const uptimeMs = machineUptimeMs();
  if (uptimeMs === null) return null;
  try {
    return { id: readFileSync(bootIdFile, 'utf8').trim(), uptimeMs };
  } catch {
    // Only Linux names its starts.
    return null;
  }
}

/** The same clock, with another time of day. */
export function withNow(clock: Clock, now: () => number): Clock {
  return {
    now,
    monotonic: () => clock.monotonic(),
    after: (delayMs, run) => clock.after(delayMs, run),
    every: (intervalMs, run) => clock.every(intervalMs, run),
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
