// All panes there are: who asks about the same points shares them. Panes are made when they are first asked for, filled from the
// log up to the place from which live points reach them, and gone when nobody has a share any more.

import type { ByteAccount, ByteBudget } from '../base/byte-budget.ts';
import { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { Clock } from '../base/clock.ts';
import { isPulseError } from '../base/errors.ts';
import { TimeSlice } from '../base/time-slice.ts';
import { nextTurn } from '../base/turns.ts';
import type { StoredPoint } from '../points/point.ts';
import { SearchBudget } from '../points/text-search.ts';
import type { Log } from '../store/store.ts';
import { Backlog } from './backlog.ts';
import { type FillRange, readFill } from './fill.ts';
import { type PaneQuery, paneKey } from './pane-query.ts';
import { paneIndex } from './panes.ts';
import { pastBudget } from './past-budget.ts';
import { valuesAPiece } from './previous-edge.ts';
import type { SavedPanes } from './saved-panes.ts';
import { type PaneLimits, SharedPanes } from './shared-panes.ts';

export interface PaneRegistryOptions extends PaneLimits {
  readonly log: Log;
  readonly clock: Clock;
  /** How far ahead of its arrival a point's time may be. */
  readonly maxAheadMs: number;
  /** The time after which all points of an entity type are stored. */
  storedFrom(entityType: string): number;
  /** Of all windows together. */
  readonly budget: ByteBudget;
  /** Evicts windows without users while the budget is exceeded. */
  makeRoom(): void;
  /** Hears of what was saved and cannot be read. */
  onWarning(error: Error): void;
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
  isFilled: boolean;
  /** Why they could not be made, or made anew. */
  failure: { readonly error: unknown } | null;
  users: number;
  /** Of them, those that compare with the window before. */
  comparing: number;
  /** Whether the last reading of what that needs failed. */
  isBlind: boolean;
  /** The pane up to which retention had deleted points when they were filled. */
  trimmedPane: number;
  readonly account: ByteAccount;
  /** Aborted when they are dropped or made again: then filling them stops. */
  dropped: AbortController;
}

/** A share in panes: while it is held, they stay. */
export interface PaneShare {
  /** Others where they were made anew since. Throws where that failed: errors as Log.columns. */
  readonly panes: SharedPanes;
  /** Settles when they have all their points. */
  readonly filled: Promise<void>;
  readonly hasFailed: boolean;
  /** From now on the window before is shown too: `filled` waits for that. */
  compare(): void;
  release(): void;
}

interface ShareHooks {
  catchUp(): void;
  readPrevious(): Promise<void>;
  release(): void;
}

class Share implements PaneShare {
  readonly #held: Held;
  readonly #hooks: ShareHooks;
  #isHeld = true;
  #compares = false;

  constructor(held: Held, hooks: ShareHooks) {
    this.#held = held;
    this.#hooks = hooks;
  }

  get panes(): SharedPanes {
    this.#hooks.catchUp();
    const { failure, shown } = this.#held;
    if (failure !== null) throw failure.error;
    return shown;
  }

  get filled(): Promise<void> {
    const { filled } = this.#held;
    return this.#compares ? filled.then(() => this.#hooks.readPrevious()) : filled;
  }

  get hasFailed(): boolean {
    return this.#held.failure !== null;
  }

  compare(): void {
    if (this.#compares) return;
    this.#compares = true;
    startComparing(this.#held);
  }

  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    if (this.#compares) stopComparing(this.#held);
    this.#hooks.release();
  }
}

// With the garbage that replacing them leaves before it is collected.
const garbageShare = 1.5;
// Between two counts of what panes hold, while they are filled and while points arrive.
const pointsPerCount = 500;

export class PaneRegistry {
  /** Hears of a point that some panes could not take after `accept` had returned. */
  onFailedPoint: (point: StoredPoint, error: unknown) => void = () => undefined;
  readonly #options: PaneRegistryOptions;
  readonly #held = new Map<string, Held>();
  // By series number: the panes that its points are for. Thrown away when panes come or go.
  #bySeries: (readonly SharedPanes[] | undefined)[] = [];

  // Those that read what the window before needs.
  readonly #reading = new Map<SharedPanes, Promise<void>>();
  #acceptedPoints = 0;
  readonly #searches = new SearchBudget();
  readonly #backlog: Backlog;
  // Sets that were saved before the start and that nobody has asked for yet.
  #saved = new Map<string, SavedPanes>();

  constructor(options: PaneRegistryOptions) {
    this.#options = options;
    this.#backlog = new Backlog({
      now: () => options.log.now(),
      take: (panes, point, now) => this.#add(panes, point, now),
      onFailure: (point, error) => this.onFailedPoint(point, error),
    });
  }

  get size(): number {
    return this.#held.size;
  }

  /** A new block of points begins. */
  beginBlock(): void {
    this.#searches.renew();
    this.#backlog.beginBlock();
  }

  /** Takes a point in, once it is in the log. */
  accept(point: StoredPoint, now: number): void {
    if (this.#held.size === 0) return;
    const all = this.#bySeries[point.series] ?? this.#find(point);
    for (const panes of all) this.#backlog.add(panes, point, now);
    this.#acceptedPoints += 1;
    if (this.#acceptedPoints % pointsPerCount === 0) this.#countOf(point.entityType);
  }

  /** Counts what all sets hold. Past the budget, windows without users are evicted, then the newest sets fail with LIMIT_EXCEEDED. */
  keepBudget(): void {
    for (const held of this.#held.values()) this.#count(held);
    this.#shrink();
  }

  share(query: PaneQuery): PaneShare {
    const key = paneKey(query);
    const held = this.#held.get(key) ?? this.#make(key, query);
    held.users += 1;
    return new Share(held, {
      catchUp: () => this.#backlog.catchUp(held.panes),
      readPrevious: () => this.#readPrevious(held, held.shown),
      release: () => {
        held.users -= 1;
        if (held.users === 0) this.#drop(key, held);
      },
    });
  }

  /** What time alone asks for, once a second: points whose time has come, and those that the window before needs soon. */
  tick(now: number): void {
    for (const held of this.#held.values()) {
      const { panes, shown, comparing } = held;
      panes.letDueIn(now);
      if (shown !== panes) shown.letDueIn(now);
      if (comparing > 0 && held.isFilled) this.#keepComparing(held);
    }
  }

  /** Takes up what was saved: whoever asks for such a set has it filled from there. */
  adopt(saved: Map<string, SavedPanes>): void {
    this.#saved = saved;
  }

  /** Lets go of what was saved and nobody asked for. */
  forgetSaved(): void {
    this.#saved.clear();
  }

  /** Sets that have all their points, in at most so many bytes; others have their turn between two. */
  async save(mostBytes: number): Promise<SavedPanes[]> {
    const sets: SavedPanes[] = [];
    let left = mostBytes;
    for (const [key, { panes, shown, isFilled, isLive }] of [...this.#held]) {
      if (!isFilled || !isLive || panes !== shown || this.#held.get(key)?.panes !== panes) continue;
      this.#backlog.catchUp(panes);
      if (panes.panes.bytes > left) continue;
      const writer = new ByteWriter();
      panes.save(writer);
      const { log } = this.#options;
      const set = { key, offset: log.head(log.partitionOf(panes.query.entityType)), bytes: writer.finish() };
      if (set.bytes.length > left) continue;
      left -= set.bytes.length;
      sets.push(set);
      await nextTurn();
    }
    return sets;
  }

  /** Throws the panes of an entity type away: they are made anew, from the log. */
  discard(entityType: string): void {
    for (const [key, held] of this.#held) if (held.panes.query.entityType === entityType) this.#makeAnew(key, held);
  }

  /** Makes those again that hold a pane whose points retention has deleted since. */
  rebuildTrimmed(now: number): void {
    for (const [key, held] of this.#held) {
      const { panes, isFilled } = held;
      const trimmedPane = this.#trimmedPane(panes);
      if (!isFilled || trimmedPane <= held.trimmedPane || !panes.holdsUpTo(trimmedPane, now)) continue;
      held.trimmedPane = trimmedPane;
      this.#makeAnew(key, held);
    }
  }

  #trimmedPane({ query, paneMs }: SharedPanes): number {
    const storedFrom = this.#options.storedFrom(query.entityType);
    return storedFrom === Number.NEGATIVE_INFINITY ? storedFrom : paneIndex(storedFrom, paneMs);
  }

  // Who has a share sees the old panes until the new ones have all their points.
  #makeAnew(key: string, held: Held): void {
    const panes = this.#newPanes(held.panes.query);
    if (held.comparing > 0) panes.compare();
    held.dropped.abort();
    this.#backlog.catchUp(held.panes);
    held.dropped = new AbortController();
    held.panes = panes;
    held.isLive = false;
    held.isFilled = false;
    this.#bySeries = [];
    // In a turn of its own: what is left of the block that is being stepped is in the log already and must not come twice.
    held.filled = Promise.resolve().then(() => (held.panes === panes ? this.#goLive(held, 0) : undefined));
    this.#showOnceFilled(key, held);
  }

  #make(key: string, query: PaneQuery): Held {
    const { panes, offset } = this.#begin(key, query);
    const { budget } = this.#options;
    // Saved ones may hold points that have been deleted since.
    const trimmedPane = offset > 0 ? Number.NEGATIVE_INFINITY : this.#trimmedPane(panes);
    const parts = { panes, shown: panes, isLive: false, isFilled: false, filled: Promise.resolve(), failure: null };
    const use = { users: 0, comparing: 0, isBlind: false };
    const held: Held = { ...parts, ...use, trimmedPane, account: budget.open(), dropped: new AbortController() };
    this.#held.set(key, held);
    held.filled = this.#goLive(held, offset);
    this.#showOnceFilled(key, held);
    return held;
  }

  #showOnceFilled(key: string, held: Held): void {
    const { panes, filled } = held;
    filled.then(
      () => {
        if (held.panes !== panes) return;
        held.shown = panes;
        held.isFilled = true;
      },
      (error) => this.#fail(key, held, panes, error),
    );
  }

  /** New panes, as they were saved where they were; with the offset up to which they have all points. */
  #begin(key: string, query: PaneQuery): { panes: SharedPanes; offset: number } {
    const saved = this.#saved.get(key);
    this.#saved.delete(key);
    const { log, onWarning } = this.#options;
    if (saved !== undefined && saved.offset <= log.head(log.partitionOf(query.entityType))) {
      try {
        const panes = this.#newPanes(query);
        panes.load(new ByteReader(saved.bytes));
        return { panes, offset: saved.offset };
      } catch (error) {
        onWarning(new Error(`saved panes could not be read; they are made from the log: ${(error as Error).message}`));
      }
    }
    return { panes: this.#newPanes(query), offset: 0 };
  }

  // From this turn on live points reach the panes; what the log has behind `after` and up to now is read in the background.
  #goLive(held: Held, after: number): Promise<void> {
    held.isLive = true;
    this.#bySeries = [];
    const { panes } = held;
    const { log, maxAheadMs } = this.#options;
    const upTo = log.head(log.partitionOf(panes.query.entityType));
    const from = panes.neededFrom(log.now());
    return this.#fill(held, { from, to: null, after, upTo, maxAheadMs, signal: held.dropped.signal });
  }

  async #fill(held: Held, range: FillRange): Promise<void> {
    const { log, clock } = this.#options;
    const { panes } = held;
    let taken = 0;
    let now = log.now();
    await readFill(log, panes.query, range, (point) => {
      panes.addValues(point, now);
      taken += 1;
      if (taken % pointsPerCount !== 0) return;
      now = log.now();
      this.#admit(held);
    });
    // Panes of many groups are long to merge: others have their turn in between.
    const slice = new TimeSlice(clock);
    for (const _ of panes.prepare(log.now())) {
      if (!slice.isOver) continue;
      this.#admit(held);
      await slice.pause();
      range.signal?.throwIfAborted();
    }
    this.#admit(held);
    if (held.comparing > 0) await this.#readPrevious(held, panes);
  }

  #newPanes(query: PaneQuery): SharedPanes {
    return new SharedPanes(query, this.#options, { searches: this.#searches, keptValues: valuesAPiece });
  }

  /** Until it is read, there is nothing to compare with: it is tried again a second later. */
  #keepComparing(held: Held): void {
    this.#readPrevious(held, held.shown).then(
      () => {
        held.isBlind = false;
      },
      (error) => {
        if (held.dropped.signal.aborted || held.isBlind) return;
        held.isBlind = true;
        const text = `the points of the window before could not be read: ${(error as Error).message}`;
        this.#options.onWarning(new Error(text, { cause: error }));
      },
    );
  }

  /** Reads what the window before needs now and a while later. Errors: as Log.columns. */
  #readPrevious(held: Held, panes: SharedPanes): Promise<void> {
    const running = this.#reading.get(panes);
    if (running !== undefined) return running;
    const reading = this.#readRanges(held, panes).finally(() => this.#reading.delete(panes));
    this.#reading.set(panes, reading);
    return reading;
  }

  async #readRanges({ dropped: { signal } }: Held, panes: SharedPanes): Promise<void> {
    const { log, maxAheadMs } = this.#options;
    // In a turn of its own, as when they are made anew.
    await undefined;
    for (;;) {
      this.#backlog.catchUp(panes);
      const now = log.now();
      const range = panes.loadPrevious(now);
      if (range === null) return;
      const upTo = log.head(log.partitionOf(panes.query.entityType));
      const { readFrom: from, readTo, expected } = range;
      const fill = { from, to: Math.min(readTo, now), upTo, maxAheadMs, signal, expected };
      try {
        await readFill(log, panes.query, fill, (point) => panes.takeStored(point));
        panes.loaded();
      } catch (error) {
        panes.notLoaded();
        throw error;
      }
    }
  }

  #add(panes: SharedPanes, point: StoredPoint, now: number): void {
    try {
      panes.addPoint(point, now);
    } catch (error) {
      // Its filters cost too much: it fails, the others continue.
      const held = this.#held.get(panes.key);
      if (!isPulseError(error, 'LIMIT_EXCEEDED') || held === undefined) throw error;
      this.#fail(panes.key, held, panes, error);
    }
  }

  #count(held: Held): void {
    const { panes, shown, account } = held;
    account.set(garbageShare * (panes.panes.bytes + (shown === panes ? 0 : shown.panes.bytes)));
  }

  /** Errors: LIMIT_EXCEEDED where there is no room, even without the windows that nobody uses. */
  #admit(held: Held): void {
    const { budget, makeRoom } = this.#options;
    this.#count(held);
    if (budget.isOver) makeRoom();
    if (budget.isOver) throw pastBudget(budget);
  }

  #countOf(entityType: string): void {
    for (const held of this.#held.values()) if (held.panes.query.entityType === entityType) this.#count(held);
    this.#shrink();
  }

  // The newest fail first: those that were there before keep their values.
  #shrink(): void {
    const { budget, makeRoom } = this.#options;
    if (!budget.isOver) return;
    makeRoom();
    for (const [key, held] of [...this.#held].reverse()) {
      if (!budget.isOver) return;
      this.#fail(key, held, held.panes, pastBudget(budget));
    }
  }

  // Who has a share is told; who asks anew gets others.
  #fail(key: string, held: Held, panes: SharedPanes, error: unknown): void {
    if (held.panes !== panes) return;
    this.#backlog.drop(panes);
    held.failure = { error };
    this.#drop(key, held);
    // Users keep their share until they read it: what it holds is given back now.
    held.panes = this.#newPanes(panes.query);
    held.shown = held.panes;
  }

  #drop(key: string, held: Held): void {
    if (this.#held.get(key) !== held) return;
    this.#held.delete(key);
    this.#backlog.drop(held.panes);
    held.account.close();
    held.dropped.abort();
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

function startComparing(held: Held): void {
  held.comparing += 1;
  held.panes.compare();
  held.shown.compare();
}

function stopComparing(held: Held): void {
  held.comparing -= 1;
  if (held.comparing > 0) return;
  held.panes.stopComparing();
  held.shown.stopComparing();
}
