// All alerts as the store has them: changes are committed in their order, with the deliveries that they bring; who watches hears of each
// once it is committed.
import type { Clock } from '../base/clock.ts';
import type { LiveIterator } from '../base/live-iterator.ts';
import type { Change, Lease, OutboxRow, Store } from '../store/store.ts';
import type { Alert, StoredAlert } from './alert.ts';
import { type AlertFilter, AlertWatch, isWanted } from './alert-watch.ts';
import { isAlarming } from './transition.ts';

/** A change of an alert, with what must be sent because of it. */
export interface AlertChange {
  readonly alert: Alert;
  readonly deliveries: readonly OutboxRow[];
  /** Its rule is gone: it is forgotten with this change. */
  readonly isLast: boolean;
}

export interface AlertLogOptions {
  readonly store: Store;
  readonly lease: Lease;
  readonly clock: Clock;
  /** The log's clock. */
  now(): number;
  onCommitted(alerts: readonly StoredAlert[]): void;
  /** Hears of a commit that failed; it is tried again. */
  onError(error: unknown): void;
}

const retryMs = 1000;
/** Changes that are kept, beside the state of each alert. */
export const mostRecords = 100_000;

export class AlertLog {
  readonly #options: AlertLogOptions;
  // As committed, by id.
  readonly #alerts = new Map<string, StoredAlert>();
  readonly #watchers = new Set<AlertWatch>();
  #waiting: AlertChange[] = [];
  // Those that are being committed.
  #underway: readonly AlertChange[] = [];
  #committing: Promise<void> | null = null;
  // Whether there is anything that could be trimmed.
  #hasRecords = false;
  #isStopped = false;

  constructor(options: AlertLogOptions) {
    this.#options = options;
  }

  async load(): Promise<void> {
    for (const { body, revision } of await this.#options.store.latestRecords('alerts')) {
      const alert = { ...(body as Alert), revision };
      this.#alerts.set(alert.id, alert);
    }
    const { newest, trimmed } = await this.#options.store.recordBounds('alerts');
    this.#hasRecords = newest > trimmed;
  }

  get(id: string): StoredAlert | undefined {
    return this.#alerts.get(id);
  }

  /** Those that changed last come first. */
  list(filter: AlertFilter): StoredAlert[] {
    return [...this.#alerts.values()]
      .filter((alert) => isWanted(filter, alert))
      .sort((a, b) => b.revision - a.revision);
  }

  /** Alerts of a rule as decided: what is on its way to the store included. */
  decidedOf(ruleId: string): Alert[] {
    const alerts = new Map<string, Alert>();
    for (const { revision: _, ...alert } of this.#alerts.values())
      if (alert.rule.id === ruleId) alerts.set(alert.id, alert);
    for (const { alert, isLast } of [...this.#underway, ...this.#waiting]) {
      if (alert.rule.id !== ruleId) continue;
      if (isLast) alerts.delete(alert.id);
      else alerts.set(alert.id, alert);
    }
    return [...alerts.values()];
  }

  get alarming(): number {
    let count = 0;
    for (const { state } of this.#alerts.values()) if (isAlarming(state)) count += 1;
    return count;
  }

  /** Commits changes, after those that were given before. */
  add(changes: readonly AlertChange[]): void {
    this.#waiting.push(...changes);
    this.#committing ??= this.#commitAll().finally(() => {
      this.#committing = null;
    });
  }

  /** Settles when what was added so far is committed. */
  async settled(): Promise<void> {
    await this.#committing;
  }

  /** Lets changes go that are older, and alerts that have been inactive for as long: gives the latter. */
  async trim(before: number): Promise<readonly Alert[]> {
    if (!this.#hasRecords) return [];
    const { store, lease } = this.#options;
    const old = [...this.#alerts.values()].filter(({ state, since }) => state === 'INACTIVE' && since < before);
    const changes: Change[] = old.map(({ id }) => forgotten(id, before - 1));
    await store.commit(lease, [...changes, { kind: 'records-trim', stream: 'alerts', before, most: mostRecords }]);
    for (const { id } of old) this.#alerts.delete(id);
    return old;
  }

  /** Each change of state; first those that fire now, or with `after`, a revision, every change since. */
  watch(filter: AlertFilter, after: number | null): LiveIterator<StoredAlert> {
    const now = this.list(filter)
      .filter(({ state }) => isAlarming(state))
      .reverse();
    const onClose = (one: AlertWatch) => void this.#watchers.delete(one);
    const watch = new AlertWatch(this.#options.store, filter, { after, now, onClose });
    this.#watchers.add(watch);
    return watch.iterator;
  }

  /** Commits what waits, as far as that is possible, and ends every watch. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#committing;
    for (const { iterator } of this.#watchers) iterator.end();
  }

  async #commitAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const changes = this.#waiting.splice(0);
      this.#underway = changes;
      try {
        await this.#commit(changes);
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

  async #commit(changes: readonly AlertChange[]): Promise<void> {
    const { store, lease, now, onCommitted } = this.#options;
    const at = now();
    const rows: Change[] = [];
    for (const { alert, deliveries } of changes) {
      rows.push({ kind: 'record', stream: 'alerts', key: alert.id, at, body: alert });
      for (const delivery of deliveries) rows.push({ kind: 'outbox-put', ...delivery });
    }
    const last = changes.filter(({ isLast }) => isLast);
    for (const { alert } of last) rows.push(forgotten(alert.id, at));
    const revisions = await store.commit(lease, rows);
    this.#hasRecords = true;
    const stored = changes.map(({ alert }, i) => ({ ...alert, revision: revisions[i] as number }));
    for (const alert of stored) this.#alerts.set(alert.id, alert);
    for (const { alert } of last) this.#alerts.delete(alert.id);
    for (const alert of stored) for (const watcher of this.#watchers) watcher.offer(alert);
    onCommitted(stored);
  }
}

function forgotten(key: string, at: number): Change {
  return { kind: 'record', stream: 'alerts', key, at, body: null };
}
