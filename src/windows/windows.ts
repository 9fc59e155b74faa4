// All windows there are: who asks the same gets the same one. A window is made when it is first asked for, over panes that it may share
// with others, and let go when nobody has asked for it for a while.
import { type ByteAccount, ByteBudget } from '../base/byte-budget.ts';
import type { Clock } from '../base/clock.ts';
import { bytesToGiveBack, MemoryReturn } from '../base/collect-garbage.ts';
import { limitExceeded, PulseError } from '../base/errors.ts';
import type { StoredPoint } from '../points/point.ts';
import type { Log } from '../store/store.ts';
import { computedOf } from './computed.ts';
import { PaneRegistry, type PaneShare } from './pane-registry.ts';
import { decodeSaved, encodeSaved } from './saved-panes.ts';
import type { PaneLimits } from './shared-panes.ts';
import { SharedWindow } from './shared-window.ts';
import { StoredFrom } from './stored-from.ts';
import { type WindowQuery, windowKey } from './window-query.ts';
import type { ValueFrame, WindowBucket } from './window-value.ts';

export interface WindowsOptions extends PaneLimits {
  readonly log: Log;
  readonly clock: Clock;
  readonly epoch: number;
  readonly maxWindows: number;
  /** Memory of all windows together. */
  readonly maxTotalWindowBytes: number;
  readonly maxAheadMs: number;
  /** How long a window's first value may take. */
  readonly fillTimeoutMs: number;
  /** Hears of what was saved and cannot be read. */
  onWarning(error: Error): void;
}

interface Held {
  readonly window: SharedWindow;
  readonly panes: readonly PaneShare[];
  users: number;
  isFilled: boolean;
  lastUse: number;
  /** Of what the window itself holds: values and steps that were computed. */
  readonly account: ByteAccount;
}

/** A share in a window: while it is held, the window stays. */
export interface WindowShare {
  /** Reading it throws where its panes could not be made anew: errors as Log.columns. */
  readonly window: SharedWindow;
  release(): void;
}

export const idleMs = 30_000;
// Of a window that was not filled in time: its client asks again soon, or not at all.
const unfilledIdleMs = 10_000;
// How long after a start somebody may come for what was saved.
const savedMs = 600_000;

export class Windows {
  readonly #options: WindowsOptions;
  readonly #budget: ByteBudget;
  readonly #panes: PaneRegistry;
  readonly #storedFrom: StoredFrom;
  readonly #held = new Map<string, Held>();
  // By entity type: the oldest time of points that were too far ahead to wait for it in memory.
  readonly #skippedFrom = new Map<string, number>();
  #savedUntil = Number.POSITIVE_INFINITY;
  readonly #memoryReturn = new MemoryReturn();
  // The most since memory was last given back.
  #peakBytes = 0;

  constructor(options: WindowsOptions) {
    this.#options = options;
    this.#budget = new ByteBudget(options.maxTotalWindowBytes);
    this.#storedFrom = new StoredFrom(options.log, options.maxAheadMs, options.onWarning);
    const storedFrom = (entityType: string) => this.#storedFrom.of(entityType);
    this.#panes = new PaneRegistry({
      ...options,
      budget: this.#budget,
      makeRoom: () => this.#evictIdle(),
      storedFrom,
    });
  }

  get size(): number {
    return this.#held.size;
  }

  /** `listener` hears of a point that some window could not take after `accept` had returned. */
  onFailedPoint(listener: (point: StoredPoint, error: unknown) => void): void {
    this.#panes.onFailedPoint = listener;
  }

  /** Different questions about points: what one point costs goes with these. */
  get paneSets(): number {
    return this.#panes.size;
  }

  /** Memory of all windows, in which other work on the past takes its part. */
  get budget(): ByteBudget {
    return this.#budget;
  }

  /** Memory of all windows, about. */
  get bytes(): number {
    return this.#budget.used;
  }

  /** Panes as bytes, for `load` after a start: as much as fits. */
  async save(mostBytes: number): Promise<Uint8Array> {
    return encodeSaved(await this.#panes.save(mostBytes));
  }

  /** Throws where the bytes are none that were saved. */
  load(bytes: Uint8Array): void {
    this.#panes.adopt(decodeSaved(bytes));
    this.#savedUntil = this.#options.clock.monotonic() + savedMs;
  }

  /** A new block of points begins. */
  beginBlock(): void {
    this.#panes.beginBlock();
  }

  /** Takes a point in, once it is in the log. */
  accept(point: StoredPoint, now: number): void {
    if (point.timestamp <= now + this.#options.maxAheadMs) {
      this.#panes.accept(point, now);
      return;
    }
    // The log's time is in doubt: when it gets there, the windows are filled from the log again.
    const { entityType, timestamp } = point;
    const from = this.#skippedFrom.get(entityType) ?? Number.POSITIVE_INFINITY;
    if (timestamp < from) this.#skippedFrom.set(entityType, timestamp);
  }

  /**
   * The window of a query with all its points in. Errors: LIMIT_EXCEEDED, TIMEOUT, as Log.columns, and the reason of `signal` once that
   * is aborted: then filling the window stops, unless others wait for it.
   */
  async share(query: WindowQuery, signal: AbortSignal | null = null): Promise<WindowShare> {
    signal?.throwIfAborted();
    const refreshed = this.#storedFrom.refresh(query.entityType);
    if (refreshed !== undefined) await refreshed;
    signal?.throwIfAborted();
    const held = this.#find(query) ?? this.#make(query);
    held.users += 1;
    // Until the window is dropped: who asked once asks again.
    if (query.comparesPrevious !== false) for (const panes of held.panes) panes.compare();
    let isHeld = true;
    const release = () => {
      if (!isHeld) return;
      isHeld = false;
      held.users -= 1;
      held.lastUse = this.#options.clock.monotonic();
    };
    try {
      await this.#inTime(Promise.all(held.panes.map(({ filled }) => filled)), signal);
      held.isFilled = true;
    } catch (error) {
      release();
      const isAbandoned = held.users === 0 && signal?.aborted === true && !held.isFilled;
      if (isAbandoned || held.panes.some(({ hasFailed }) => hasFailed)) this.#drop(held);
      throw error;
    }
    return { window: held.window, release };
  }

  async value(query: WindowQuery, signal: AbortSignal | null = null): Promise<ValueFrame> {
    const { window, release } = await this.share(query, signal);
    release();
    return window.frame(this.#options.log.now(), this.#options.epoch);
  }

  async history(query: WindowQuery, buckets: number, signal: AbortSignal | null = null): Promise<WindowBucket[]> {
    const { window, release } = await this.share(query, signal);
    release();
    return window.history(this.#options.log.now(), buckets);
  }

  /** What time alone changes, once a second; `now` is the log's clock. */
  tick(now: number): void {
    for (const [entityType, from] of this.#skippedFrom) if (from <= now) this.#takeSkipped(entityType);
    this.#panes.tick(now);
    this.dropIdle();
    for (const { account, window } of this.#held.values()) {
      account.set(window.bytes);
      this.#storedFrom.refresh(window.query.entityType);
    }
    this.#panes.rebuildTrimmed(now);
    this.#panes.keepBudget();
    this.#giveBack();
  }

  /** Lets windows go that nobody has asked for. */
  dropIdle(): void {
    const now = this.#options.clock.monotonic();
    if (now >= this.#savedUntil) this.#panes.forgetSaved();
    for (const held of this.#held.values()) {
      const mayIdleMs = held.isFilled ? idleMs : unfilledIdleMs;
      if (held.users === 0 && held.lastUse <= now - mayIdleMs) this.#drop(held);
    }
  }

  #giveBack(): void {
    this.#peakBytes = Math.max(this.#peakBytes, this.#budget.used);
    const released = this.#peakBytes - this.#budget.used;
    if (released >= bytesToGiveBack) {
      this.#peakBytes = this.#budget.used;
      this.#memoryReturn.begin(released);
    }
    this.#memoryReturn.tick();
  }

  /** Drops windows without users, the least recently used first, until the budget holds. */
  #evictIdle(): void {
    const idle = [...this.#held.values()].filter(({ users }) => users === 0);
    for (const held of idle.sort((a, b) => a.lastUse - b.lastUse)) {
      if (!this.#budget.isOver) return;
      this.#drop(held);
    }
  }

  /** Throws the windows of an entity type away: they are made anew, from the log, at once where somebody holds a share. */
  discard(entityType: string): void {
    for (const held of this.#held.values()) {
      if (held.users === 0 && held.window.query.entityType === entityType) this.#drop(held);
    }
    this.#panes.discard(entityType);
  }

  #takeSkipped(entityType: string): void {
    this.#skippedFrom.delete(entityType);
    this.discard(entityType);
  }

  // One whose panes failed is made again for who asks anew.
  #find(query: WindowQuery): Held | undefined {
    const held = this.#held.get(windowKey(query));
    if (held === undefined || !held.panes.some(({ hasFailed }) => hasFailed)) return held;
    this.#drop(held);
    return undefined;
  }

  #make(query: WindowQuery): Held {
    const { maxWindows, clock } = this.#options;
    if (this.#held.size >= maxWindows) this.dropIdle();
    if (this.#held.size >= maxWindows) {
      throw limitExceeded(`there are ${maxWindows} different windows already; ask for fewer at a time`, maxWindows);
    }
    const panes = computedOf(query).panes.map((one) => this.#panes.share(one));
    const window = new SharedWindow(query, panes, () => this.#storedFrom.of(query.entityType));
    const account = this.#budget.open();
    const held: Held = { window, panes, users: 0, isFilled: false, lastUse: clock.monotonic(), account };
    this.#held.set(window.key, held);
    return held;
  }

  // After a timeout filling continues for a while, so that a client that asks again finds the window further on.
  #inTime(filled: Promise<unknown>, signal: AbortSignal | null): Promise<void> {
    const { clock, fillTimeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const abort = () => reject(signal?.reason);
      signal?.addEventListener('abort', abort, { once: true });
      const timer = clock.after(fillTimeoutMs, () => {
        const text = `reading the window's past takes longer than ${fillTimeoutMs / 1000} s; ask again, or for a shorter window`;
        reject(new PulseError('TIMEOUT', text));
      });
      filled
        .then(() => resolve(), reject)
        .finally(() => {
          timer.cancel();
          signal?.removeEventListener('abort', abort);
        });
    });
  }

  #drop(held: Held): void {
    if (this.#held.get(held.window.key) === held) this.#held.delete(held.window.key);
    held.account.close();
    for (const share of held.panes) share.release();
  }
}
