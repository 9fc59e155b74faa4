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
  readonly window: SharedWindow;
  /** Settles when the window has all points it is about. */
  readonly filled: Promise<void>;
  users: number;
  lastUse: number;
}

/** A share in a window: while it is held, the window stays. */
export interface WindowShare {
  readonly window: SharedWindow;
  release(): void;
}

const idleMs = 60_000;

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
    return { window: held.window, release };
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

  /** Throws the windows of an entity type away: they are made anew, from the log, when they are next asked for. */
  discard(entityType: string): void {
    for (const [key, { window }] of this.#held) if (window.query.entityType === entityType) this.#drop(key);
  }

  #make(query: WindowQuery): Held {
    const { maxGroups, maxWindows, clock } = this.#options;
    if (this.#held.size >= maxWindows) this.dropIdle();
    if (this.#held.size >= maxWindows) {
      throw limitExceeded(`there are ${maxWindows} different windows already; ask for fewer at a time`, maxWindows);
    }
    const window = new SharedWindow(query, maxGroups);
    const held = { window, filled: this.#fill(window), users: 0, lastUse: clock.monotonic() };
    held.filled.catch(() => {
      if (this.#held.get(window.key) === held) this.#drop(window.key);
    });
    this.#held.set(window.key, held);
    this.#bySeries = [];
    return held;
  }

  // From this turn on live points reach the window; what the log has up to now is read in the background.
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

  #drop(key: string): void {
    this.#held.delete(key);
    this.#bySeries = [];
  }

  #find(point: StoredPoint): readonly SharedWindow[] {
    const found: SharedWindow[] = [];
    for (const { window } of this.#held.values()) {
      const { entityType, serviceId } = window.query;
      if (entityType === point.entityType && (serviceId === null || serviceId === point.serviceId)) found.push(window);
    }
    this.#bySeries[point.series] = found;
    return found;
  }
}
