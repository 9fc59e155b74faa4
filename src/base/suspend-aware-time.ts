// Monotonic time that counts suspend: Node.js's own clock stands still while the machine sleeps, and its uptime, which does not,
// is too coarse (10 ms) and too slow (microseconds) to be read for every duration. So it is read once a second to correct the other.

export interface TimeSources {
  /** Fine and fast; stands still while the machine is suspended. */
  runningMs(): number;
  /** Since the machine's start, suspend included; null: not known. */
  uptimeMs(): number | null;
}

const checkEveryMs = 1000;
// Coarser than the uptime of every system (a second on macOS); shorter suspends count once they add up to this.
const minSuspendMs = 2000;

export class SuspendAwareTime {
  readonly #sources: TimeSources;
  readonly #startedMs: number;
  readonly #startedUptimeMs: number | null;
  #suspendedMs = 0;
  #checkedMs: number;

  constructor(sources: TimeSources) {
    this.#sources = sources;
    this.#startedMs = sources.runningMs();
    this.#startedUptimeMs = sources.uptimeMs();
    this.#checkedMs = this.#startedMs;
  }

  /** Milliseconds from an arbitrary start; a suspend is counted within a second of running time. */
  read(): number {
    const running = this.#sources.runningMs();
    if (running - this.#checkedMs >= checkEveryMs) this.#check(running);
    return running + this.#suspendedMs;
  }

  /** The same, with every suspend counted. */
  readChecked(): number {
    const running = this.#sources.runningMs();
    this.#check(running);
    return running + this.#suspendedMs;
  }

  #check(running: number): void {
    this.#checkedMs = running;
    const uptime = this.#sources.uptimeMs();
    if (uptime === null || this.#startedUptimeMs === null) return;
    const suspended = uptime - this.#startedUptimeMs - (running - this.#startedMs);
    if (suspended - this.#suspendedMs >= minSuspendMs) this.#suspendedMs = suspended;
  }
}
