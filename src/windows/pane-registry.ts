// All panes there are: who asks about the same points shares them. Panes are made when they are first asked for, filled from the
// log up to the place from which live points reach them, and gone when nobody has a share any more.
import type { StoredPoint } from '../points/point.ts';
import type { Log } from '../store/store.ts';
import { readFill } from './fill.ts';
import { type PaneQuery, paneKey } from './pane-query.ts';
import { type PaneLimits, SharedPanes } from './shared-panes.ts';

export interface PaneRegistryOptions extends PaneLimits {
  readonly log: Log;
  /** How far ahead of its arrival a point's time may be. */
  readonly maxAheadMs: number;
}

/** Panes with what is known of who needs them. */
interface Held {
  /** Takes points in; live ones where `isLive`. */
  panes: SharedPanes;
  isLive: boolean;
  /** What is read: the same, or those before while they are made anew. */
  shown: SharedPanes;
  /** Settles when `panes` has all points it is about. */
  filled: Promise<void>;
  /** Why they could not be made, or made anew. */
  failure: { readonly error: unknown } | null;
  users: number;
}

/** A share in panes: while it is held, they stay. */
export interface PaneShare {
  /** Others where they were made anew since. Throws where that failed: errors as Log.columns. */
  readonly panes: SharedPanes;
  /** Settles when they have all their points. */
  readonly filled: Promise<void>;
  readonly hasFailed: boolean;
  release(): void;
}

export class PaneRegistry {
  readonly #options: PaneRegistryOptions;
  readonly #held = new Map<string, Held>();
  // By series number: the panes that its points are for. Thrown away when panes come or go.
  #bySeries: (readonly SharedPanes[] | undefined)[] = [];

  constructor(options: PaneRegistryOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Takes a point in, once it is in the log. */
  accept(point: StoredPoint, now: number): void {
    if (this.#held.size === 0) return;
    const all = this.#bySeries[point.series] ?? this.#find(point);
    for (const panes of all) panes.addPoint(point, now);
  }

  share(query: PaneQuery): PaneShare {
    const key = paneKey(query);
    const held = this.#held.get(key) ?? this.#make(key, query);
    held.users += 1;
    let isHeld = true;
    return {
      get panes() {
        if (held.failure !== null) throw held.failure.error;
        return held.shown;
      },
      get filled() {
        return held.filled;
      },
      get hasFailed() {
        return held.failure !== null;
      },
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        held.users -= 1;
        if (held.users === 0) this.#drop(key, held);
      },
    };
  }

  /** Throws the panes of an entity type away: they are made anew, from the log. */
  discard(entityType: string): void {
    for (const [key, held] of this.#held) if (held.panes.query.entityType === entityType) this.#makeAnew(key, held);
  }

  // Who has a share sees the old panes until the new ones have all their points.
  #makeAnew(key: string, held: Held): void {
    const panes = new SharedPanes(held.panes.query, this.#options);
    held.panes = panes;
    held.isLive = false;
    this.#bySeries = [];
    // In a turn of its own: what is left of the block that is being stepped is in the log already and must not come twice.
    held.filled = Promise.resolve().then(() => (held.panes === panes ? this.#goLive(held) : undefined));
    held.filled.then(
      () => {
        if (held.panes === panes) held.shown = panes;
      },
      (error) => this.#fail(key, held, panes, error),
    );
  }

  #make(key: string, query: PaneQuery): Held {
    const panes = new SharedPanes(query, this.#options);
    const held: Held = { panes, shown: panes, isLive: false, filled: Promise.resolve(), failure: null, users: 0 };
    this.#held.set(key, held);
    held.filled = this.#goLive(held);
    held.filled.catch((error) => this.#fail(key, held, panes, error));
    return held;
  }

  // From this turn on live points reach the panes; what the log has up to now is read in the background.
  #goLive(held: Held): Promise<void> {
    held.isLive = true;
    this.#bySeries = [];
    const { panes } = held;
    const { log, maxAheadMs } = this.#options;
    const upTo = log.head(log.partitionOf(panes.query.entityType));
    const from = panes.neededFrom(log.now());
    return readFill(log, panes.query, { from, to: null, upTo, maxAheadMs }, (point) => {
      panes.addValues(point, log.now());
    });
  }

  // Who has a share is told; who asks anew gets others.
  #fail(key: string, held: Held, panes: SharedPanes, error: unknown): void {
    if (held.panes !== panes) return;
    held.failure = { error };
    this.#drop(key, held);
  }

  #drop(key: string, held: Held): void {
    if (this.#held.get(key) !== held) return;
    this.#held.delete(key);
    this.#bySeries = [];
  }

  #find(point: StoredPoint): readonly SharedPanes[] {
    const found: SharedPanes[] = [];
    for (const { panes, isLive } of this.#held.values()) {
      const { entityType, serviceId } = panes.query;
      if (!isLive) continue;
      if (entityType === point.entityType && (serviceId === null || serviceId === point.serviceId)) found.push(panes);
    }
    this.#bySeries[point.series] = found;
    return found;
  }
}
