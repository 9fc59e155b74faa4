// Watching alerts: first those that fire now, or every change since a place in the change log, page by page as they are read; then
// each change as it is committed. A slow reader gets the latest of each alert.
import { LiveIterator } from '../base/live-iterator.ts';
import type { Store } from '../store/store.ts';
import type { Alert, StoredAlert } from './alert.ts';
import { AlertQueue } from './alert-queue.ts';

export interface AlertFilter {
  /** Null: of all. */
  readonly dashboardId: string | null;
  maySee(alert: Alert): boolean;
}

const recordsAPage = 500;

export function isWanted({ dashboardId, maySee }: AlertFilter, alert: Alert): boolean {
  return (dashboardId === null || alert.dashboardId === dashboardId) && maySee(alert);
}

export class AlertWatch {
  readonly iterator: LiveIterator<StoredAlert>;
  readonly #store: Pick<Store, 'records'>;
  readonly #filter: AlertFilter;
  readonly #queue = new AlertQueue();
  // While the past is read, what is committed meanwhile; null: it has all been read.
  #meanwhile: AlertQueue | null;
  #reached: number;
  #isReading = false;

  /** `after`: a revision whose successors come first; null: `now` come first. */
  constructor(
    store: Pick<Store, 'records'>,
    filter: AlertFilter,
    {
      after,
      now,
      onClose,
    }: { after: number | null; now: readonly StoredAlert[]; onClose: (watch: AlertWatch) => void },
  ) {
    this.#store = store;
    this.#filter = filter;
    if (after === null) for (const alert of now) this.#queue.push(alert);
    this.#meanwhile = after === null ? null : new AlertQueue();
    this.#reached = after ?? 0;
    this.iterator = new LiveIterator({ take: () => this.#take(), close: () => onClose(this) });
  }

  /** An alert was committed. */
  offer(alert: StoredAlert): void {
    if (!alert.isTold || !isWanted(this.#filter, alert)) return;
    if (this.#meanwhile !== null) {
      this.#meanwhile.push(alert);
      return;
    }
    this.#queue.push(alert);
    this.iterator.wake();
  }

  #take(): StoredAlert | undefined {
    const next = this.#queue.shift();
    if (next === undefined && this.#meanwhile !== null && !this.#isReading) {
      this.#isReading = true;
      this.#read().then(
        () => this.iterator.wake(),
        (error) => this.iterator.fail(error),
      );
    }
    return next;
  }

  async #read(): Promise<void> {
    const page = await this.#store.records('alerts', this.#reached, recordsAPage);
    this.#isReading = false;
    this.#reached = page.at(-1)?.revision ?? this.#reached;
    for (const { body, revision } of page) {
      if (body === null) continue;
      const alert = { ...(body as Alert), revision };
      if (alert.isTold && isWanted(this.#filter, alert)) this.#queue.push(alert);
    }
    if (page.length === recordsAPage) return;
    for (let alert = this.#meanwhile?.shift(); alert !== undefined; alert = this.#meanwhile?.shift()) {
      if (alert.revision > this.#reached) this.#queue.push(alert);
    }
    this.#meanwhile = null;
  }
}
