// All states of a stream as the store has them: changes are committed in their order, with the deliveries that they bring; who watches
// hears of each once it is committed.
import type { Clock } from '../base/clock.ts';
import type { LiveIterator } from '../base/live-iterator.ts';
import { TimeSlice } from '../base/time-slice.ts';
import type { Change, Lease, OutboxRow, RecordStream, Store } from '../store/store.ts';
import { ChangeWatch, type WatchStart } from './change-watch.ts';
import { bodyOf, type ChangeBody, type Stored, storedOf } from './stored.ts';

/** What something is like from now on. */
export interface ChangeOf<Body> {
  readonly body: Body;
  /** What must be sent because of it; it is made when the change is committed, again where that is tried again. */
  readonly deliveries?: () => readonly OutboxRow[];
  /** It is forgotten with this change. */
  readonly isLast?: boolean;
}

export interface ChangeLogOptions<Body> {
  readonly stream: RecordStream;
  readonly store: Store;
  readonly lease: Lease;
  readonly clock: Clock;
  /** The time that changes are stored with, in milliseconds since 1970. */
  now(): number;
  /** Whether retention takes this state, beside changes that are older than `before`. */
  isOld(body: Body, before: number): boolean;
  /** Gets what was committed together: the new states, and the outbox rows that came with them. */
  onCommitted(stored: readonly Stored<Body>[], deliveries: readonly OutboxRow[]): void;
  /** Hears of a commit that failed; it is tried again. */
  onError(error: unknown): void;
}

const retryMs = 1000;
// More of them would be copied to the thread of the store for too long in one turn.
const mostPerCommit = 1000;
// Changes that are kept, beside the state of each.
const mostRecords = 100_000;

export class ChangeLog<Body extends ChangeBody> {
  readonly #options: ChangeLogOptions<Body>;
  // As committed, by id.
  readonly #stored = new Map<string, Stored<Body>>();
  readonly #watches = new Set<ChangeWatch<Body>>();
  #waiting: ChangeOf<Body>[] = [];
  // Those that are being committed.
  #underway: readonly ChangeOf<Body>[] = [];
  #committing: Promise<void> | null = null;
  // The last try to commit.
  #attempt: Promise<void> = Promise.resolve();
  // Whether there is anything that could be trimmed.
  #hasRecords = false;
  #isStopped = false;

  constructor(options: ChangeLogOptions<Body>) {
    this.#options = options;
  }

  async load(): Promise<void> {
    const { store, stream } = this.#options;
    for (const record of await store.latestRecords(stream)) {
      const stored = storedOf<Body>(record);
      this.#stored.set(stored.id, stored);
    }
    const { newest, trimmed } = await store.recordBounds(stream);
    this.#hasRecords = newest > trimmed;
  }

  get(id: string): Stored<Body> | undefined {
    return this.#stored.get(id);
  }

  /** Those that changed last come first. */
  list(wanted: (body: Body) => boolean): Stored<Body>[] {
    return [...this.#stored.values()].filter(wanted).sort((a, b) => b.revision - a.revision);
  }

  count(wanted: (body: Body) => boolean): number {
    let count = 0;
    for (const stored of this.#stored.values()) if (wanted(stored)) count += 1;
    return count;
  }

  /** As decided: what is on its way to the store included. */
  decided(wanted: (body: Body) => boolean): Body[] {
    const bodies = new Map<string, Body>();
    for (const stored of this.#stored.values()) bodies.set(stored.id, bodyOf(stored));
    for (const { body, isLast } of [...this.#underway, ...this.#waiting]) {
      if (isLast === true) bodies.delete(body.id);
      else bodies.set(body.id, body);
    }
    return [...bodies.values()].filter(wanted);
  }

  /** Commits changes, after those that were given before. */
  add(changes: readonly ChangeOf<Body>[]): void {
    this.#waiting.push(...changes);
    this.#committing ??= this.#commitAll().finally(() => {
      this.#committing = null;
    });
  }

  /** Settles when what was added so far is committed. */
  async settled(): Promise<void> {
    await this.#committing;
  }

  /** As settled, but rejects as soon as a commit fails, which is tried again nonetheless. */
  async committed(): Promise<void> {
    while (this.#underway.length + this.#waiting.length > 0) await this.#attempt;
  }

  /** Lets changes go that are older, and states that are old by then: gives the latter. */
  async trim(before: number): Promise<readonly Body[]> {
    if (!this.#hasRecords) return [];
    const { store, lease, stream, isOld } = this.#options;
    const old = [...this.#stored.values()].filter((body) => isOld(body, before) && !this.#isChanging(body.id));
    const changes = old.map(({ id }) => this.#forgotten(id, before - 1));
    await store.commit(lease, [...changes, { kind: 'records-trim', stream, before, most: mostRecords }]);
    // What changes meanwhile is committed after, and stays.
    const gone = old.filter((body) => this.#stored.get(body.id) === body && !this.#isChanging(body.id));
    for (const { id } of gone) this.#stored.delete(id);
    return gone;
  }

  /** Each change that is told; first `now`, or with `after`, a revision, every change since. */
  watch(wanted: (body: Body) => boolean, { after, now }: WatchStart<Body>): LiveIterator<Stored<Body>> {
    const { store, stream } = this.#options;
    const onClose = () => void this.#watches.delete(watch);
    const watch = new ChangeWatch<Body>({ store, stream, wanted, after, now, onClose });
    this.#watches.add(watch);
    return watch.iterator;
  }

  /** Commits what waits, as far as that is possible, and ends every watch. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#committing;
    for (const { iterator } of this.#watches) iterator.end();
  }

  #isChanging(id: string): boolean {
    return [...this.#underway, ...this.#waiting].some(({ body }) => body.id === id);
  }

  async #commitAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const changes = this.#waiting.splice(0, mostPerCommit);
      this.#underway = changes;
      try {
        this.#attempt = this.#commit(changes);
        await this.#attempt;
        this.#underway = [];
      } catch (error) {
        this.#options.onError(error);
        if (this.#isStopped) return;
        this.#underway = [];
        this.#waiting = [...changes, ...this.#waiting];
        await new Promise<void>((resolve) => this.#options.clock.after(retryMs, resolve));
      }
    }
  }

  async #commit(changes: readonly ChangeOf<Body>[]): Promise<void> {
    const { store, lease, stream, clock, now, onCommitted } = this.#options;
    const at = now();
    const slice = new TimeSlice(clock);
    const rows: Change[] = [];
    const sent: OutboxRow[] = [];
    for (const { body, deliveries } of changes) {
      rows.push({ kind: 'record', stream, key: body.id, at, body });
      for (const delivery of deliveries?.() ?? []) {
        sent.push(delivery);
        rows.push({ kind: 'outbox-put', ...delivery });
      }
      if (slice.isOver) await slice.pause();
    }
    const last = changes.filter(({ isLast }) => isLast === true);
    for (const { body } of last) rows.push(this.#forgotten(body.id, at));
    const revisions = await store.commit(lease, rows);
    this.#hasRecords = true;
    const all = changes.map(({ body }, i): Stored<Body> => ({ ...body, revision: revisions[i] as number }));
    for (const stored of all) this.#stored.set(stored.id, stored);
    for (const { body } of last) this.#stored.delete(body.id);
    for (const stored of all) for (const watch of this.#watches) watch.offer(stored);
    // All of them have it before anybody is told: who is told goes on with others, who then have told it too.
    for (const watch of this.#watches) watch.iterator.wake();
    onCommitted(all, sent);
  }

  #forgotten(key: string, at: number): Change {
    return { kind: 'record', stream: this.#options.stream, key, at, body: null };
  }
}
