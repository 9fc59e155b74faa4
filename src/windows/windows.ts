// All windows there are: who asks the same gets the same one. A window is made when it is first asked for, filled from
// the log up to the place from which live points reach it, and let go when nobody has asked for it for a while.
import type { Clock } from '../base/clock.ts';
import { limitExceeded, PulseError } from '../base/errors.ts';
import type { StoredPoint } from '../points/point.ts';
import type { Log } from '../store/store.ts';
import { readFill } from './fill.ts';
import { SharedWindow } from './shared-window.ts';
import { type WindowQuery, windowKey } from './window-query.ts';
import type { ValueFrame, WindowBucket } from './window-value.ts';

export interface WindowsOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly epoch: number;
  /** Groups a window; later ones are folded into one. */
  readonly maxGroups: number;
  readonly maxWindows: number;
  readonly maxAheadMs: number;
  /** How long a window's first value may take. */
  readonly fillTimeoutMs: number;
}

/** A window with what is known of who needs it. */
interface Held {
  /** Takes points in; live ones where `isLive`. */
  window: SharedWindow;
  isLive: boolean;
  /** What is shown: the same, or the one before it while it is made anew. */
  shown: SharedWindow;
  /** Settles when `window` has all points it is about. */
  filled: Promise<void>;
  /** Why it could not be made anew. */
  failure: { readonly error: unknown } | null;
  users: number;
  lastUse: number;
}

/** A share in a window: while it is held, the window stays. */
export interface WindowShare {
  /** Another one where it was made anew since. Throws where that failed: errors as Log.columns. */
  readonly window: SharedWindow;
  release(): void;
}

export const idleMs = 60_000;

export class Windows {
  readonly #options: WindowsOptions;
  readonly #held = new Map<string, Held>();
  // By series number: the windows that its points are for. Thrown away when windows come or go.
  #bySeries: (readonly SharedWindow[] | undefined)[] = [];

  constructor(options: WindowsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Takes a point in, once it is in the log. */
  accept(point: StoredPoint, now: number): void {
    if (this.#held.size === 0) return;
    const windows = this.#bySeries[point.series] ?? this.#find(point);
    for (const window of windows) window.addPoint(point, now);
  }

  /** The window of a query with all its points in. Errors: LIMIT_EXCEEDED, TIMEOUT, as Log.columns. */
  async share(query: WindowQuery): Promise<WindowShare> {
    const held = this.#held.get(windowKey(query)) ?? this.#make(query);
    held.users += 1;
    try {
      await this.#inTime(held.filled);
    } catch (error) {
      held.users -= 1;
      held.lastUse = this.#options.clock.monotonic();
      throw error;
    }
    let isHeld = true;
    const release = () => {
      if (!isHeld) return;
      isHeld = false;
      held.users -= 1;
      held.lastUse = this.#options.clock.monotonic();
    };
    return {
      get window() {
        if (held.failure !== null) throw held.failure.error;
        return held.shown;
      },
      release,
    };
  }

  async value(query: WindowQuery): Promise<ValueFrame> {
    const { window, release } = await this.share(query);
    release();
    return window.frame(this.#options.log.now(), this.#options.epoch);
  }

  async history(query: WindowQuery, buckets: number): Promise<WindowBucket[]> {
    const { window, release } = await this.share(query);
    release();
    return window.history(this.#options.log.now(), buckets);
  }

  /** Lets windows go that nobody has asked for. */
  dropIdle(): void {
    const before = this.#options.clock.monotonic() - idleMs;
    for (const [key, { users, lastUse }] of this.#held) if (users === 0 && lastUse <= before) this.#drop(key);
  }

  /** Throws the windows of an entity type away: they are made anew, from the log, at once where somebody holds a share. */
  discard(entityType: string): void {
    for (const [key, held] of this.#held) {
      if (held.window.query.entityType !== entityType) continue;
      if (held.users === 0) this.#drop(key);
      else this.#makeAnew(held);
    }
  }

  // Who has a share sees the old window until the new one has all its points.
  #makeAnew(held: Held): void {
    const window = new SharedWindow(held.window.query, this.#options.maxGroups);
    held.window = window;
    held.isLive = false;
    this.#bySeries = [];
    // In a turn of its own: what is left of the block that is being stepped is in the log already and must not come twice.
    held.filled = Promise.resolve().then(() => (held.window === window ? this.#goLive(held) : undefined));
    held.filled.then(
      () => {
        if (held.window !== window) return;
        window.continueAfter(held.shown);
        held.shown = window;
      },
      (error) => {
        if (held.window === window) held.failure = { error };
        this.#dropFailed(held, window);
      },
    );
  }

  #make(query: WindowQuery): Held {
    const { maxGroups, maxWindows, clock } = this.#options;
    if (this.#held.size >= maxWindows) this.dropIdle();
    if (this.#held.size >= maxWindows) {
      throw limitExceeded(`there are ${maxWindows} different windows already; ask for fewer at a time`, maxWindows);
    }
    const window = new SharedWindow(query, maxGroups);
    const parts = { window, shown: window, isLive: false, filled: Promise.resolve(), failure: null };
    const held: Held = { ...parts, users: 0, lastUse: clock.monotonic() };
    this.#held.set(window.key, held);
    held.filled = this.#goLive(held);
    held.filled.catch(() => this.#dropFailed(held, window));
    return held;
  }

  // From this turn on live points reach the window; what the log has up to now is read in the background.
  #goLive(held: Held): Promise<void> {
    held.isLive = true;
    this.#bySeries = [];
    return this.#fill(held.window);
  }

  #fill(window: SharedWindow): Promise<void> {
    const { log, maxAheadMs } = this.#options;
    const upTo = log.head(log.partitionOf(window.query.entityType));
    const from = window.neededFrom(log.now());
    return readFill(log, window.query, { from, to: null, upTo, maxAheadMs }, (point) => {
      window.addValues(point, log.now());
    });
  }

  // Who waits too long gets an error; the window goes on being filled, so that asking again finds it further on.
  #inTime(filled: Promise<void>): Promise<void> {
    const { clock, fillTimeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const timer = clock.after(fillTimeoutMs, () => {
        const text = `reading the window's past takes longer than ${fillTimeoutMs / 1000} s; ask again, or for a shorter window`;
        reject(new PulseError('TIMEOUT', text));
      });
      filled.then(resolve, reject).finally(() => timer.cancel());
    });
  }

  #dropFailed(held: Held, window: SharedWindow): void {
    if (held.window === window && this.#held.get(window.key) === held) this.#drop(window.key);
  }

  #drop(key: string): void {
    this.#held.delete(key);
    this.#bySeries = [];
  }

  #find(point: StoredPoint): readonly SharedWindow[] {
    const found: SharedWindow[] = [];
    for (const { window, isLive } of this.#held.values()) {
      const { entityType, serviceId } = window.query;
      if (!isLive) continue;
      if (entityType === point.entityType && (serviceId === null || serviceId === point.serviceId)) found.push(window);
    }
    this.#bySeries[point.series] = found;
    return found;
  }
}
