// Watching a dashboard: at once all widgets, again when its definition changes, else at its interval those whose value
// changed. A slow reader finds the latest of what changed since it last read; deletion ends the watch.
import { notFound } from '../base/errors.ts';
import { LiveIterator } from '../base/live-iterator.ts';
import type { Log } from '../store/store.ts';
import type { Tickers } from '../windows/ticking.ts';
import type { ValueFrame } from '../windows/window-value.ts';
import { WindowWatch } from '../windows/window-watch.ts';
import type { WindowShare, Windows } from '../windows/windows.ts';
import type { DashboardRecord, Widget } from './dashboard.ts';
import type { Dashboards } from './registry.ts';
import { ToldSteps } from './told-steps.ts';

/** A widget with its dashboard and, where it is known, its value. */
export interface WidgetView {
  readonly widget: Widget;
  readonly record: DashboardRecord;
  readonly frame: ValueFrame | null;
  /** Whether it is part of a snapshot. */
  readonly isSnapshot?: boolean;
  /** What the watcher knows of its past; left out where nobody watches. */
  readonly told?: ToldSteps;
}

export interface DashboardUpdate {
  readonly record: DashboardRecord;
  readonly isSnapshot: boolean;
  readonly widgets: readonly WidgetView[];
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface DashboardWatchOptions {
  readonly dashboards: Dashboards;
  readonly windows: Windows;
  readonly tickers: Tickers;
  readonly log: Log;
  readonly epoch: number;
  /** Greater after every change of the state of one of the widget's alerts. */
  alertsChanged(widgetId: string): number;
  readonly id: string;
  /** Null: the dashboard's own interval. */
  readonly everySeconds: number | null;
  /** Null: all widgets. */
  readonly widgetIds: readonly string[] | null;
  /** Whether the windows before are needed. */
  readonly comparesPrevious: boolean;
}

/** Errors: NOT_FOUND for the dashboard or a widget, thrown at once. */
export function watchDashboard(options: DashboardWatchOptions): LiveIterator<DashboardUpdate> {
  const record = options.dashboards.get(options.id);
  if (record === undefined) throw notFound('dashboard', options.id);
  const strange = options.widgetIds?.find((id) => !record.dashboard.widgets.some((widget) => widget.id === id));
  if (strange !== undefined) throw notFound('widget on that dashboard', strange);
  return new DashboardWatch(options, record).iterator;
}

interface WatchedWidget {
  readonly widget: Widget;
  readonly watch: WindowWatch;
  readonly share: WindowShare;
  /** As of the last update. */
  alerts: number;
  readonly told: ToldSteps;
}

class DashboardWatch {
  readonly iterator: LiveIterator<DashboardUpdate>;
  readonly #options: DashboardWatchOptions;
  readonly #stopListening: () => void;
  #stopTicking: () => void;
  #record: DashboardRecord;
  // Widgets of the definition that was last taken up; null until their windows have all their points.
  #widgets: WatchedWidget[] | null = null;
  #generation = 0;
  // Aborted when another definition is taken up, or the watch ends.
  #acquiring = new AbortController();
  // The generation that was last taken up.
  #begun = 0;
  #isSnapshot = true;
  #isDue = true;

  constructor(options: DashboardWatchOptions, record: DashboardRecord) {
    this.#options = options;
    this.#record = record;
    const isCaughtUp = () => !this.#isSnapshot && !this.#isDue && this.#begun === this.#generation;
    const forget = () => {
      for (const { watch, told } of this.#widgets ?? []) {
        watch.forget();
        told.forget();
      }
    };
    const sharing = { kind: 'ANEW', isCaughtUp, forget } as const;
    this.iterator = new LiveIterator({ take: () => this.#take(), close: () => this.#close(), sharing });
    this.#stopTicking = this.#startTicking(record);
    this.#stopListening = options.dashboards.listen(options.id, (changed) => this.#redefine(changed));
    this.#acquire(record);
  }

  #redefine(record: DashboardRecord | null): void {
    if (record === null) {
      this.iterator.end();
      return;
    }
    this.#acquire(record);
  }

  /** Takes a share in each widget's window; when all are filled, the definition is taken up and a snapshot is due. */
  #acquire(record: DashboardRecord): void {
    this.#generation += 1;
    const generation = this.#generation;
    this.#acquiring.abort();
    this.#acquiring = new AbortController();
    const { signal } = this.#acquiring;
    const { widgetIds, windows, comparesPrevious } = this.#options;
    const wanted = record.dashboard.widgets.filter(({ id }) => widgetIds === null || widgetIds.includes(id));
    const shares = wanted.map(({ query }) => windows.share({ ...query, comparesPrevious }, signal));
    Promise.allSettled(shares).then((results) => {
      const shared: { widget: Widget; share: WindowShare }[] = [];
      for (const [i, result] of results.entries()) {
        const widget = wanted[i];
        if (result.status === 'fulfilled' && widget !== undefined) shared.push({ widget, share: result.value });
      }
      const failed = results.find((result) => result.status === 'rejected');
      if (generation === this.#generation && failed === undefined) {
        this.#begin(record, shared);
        return;
      }
      for (const { share } of shared) share.release();
      if (generation === this.#generation) this.iterator.fail(failed?.reason);
    });
  }

  #begin(record: DashboardRecord, shared: { widget: Widget; share: WindowShare }[]): void {
    this.#release();
    this.#stopTicking();
    this.#stopTicking = this.#startTicking(record);
    this.#record = record;
    this.#begun = this.#generation;
    this.#widgets = shared.map((one) => ({
      ...one,
      watch: new WindowWatch(one.share, 0),
      alerts: this.#options.alertsChanged(one.widget.id),
      told: new ToldSteps(),
    }));
    this.#isSnapshot = true;
    this.#isDue = true;
    this.iterator.wake();
  }

  #startTicking({ dashboard }: DashboardRecord): () => void {
    const everySeconds = this.#options.everySeconds ?? dashboard.refreshInterval.ms / 1000;
    return this.#options.tickers.add(everySeconds, { tick: () => this.#tick() });
  }

  #tick(): void {
    this.#isDue = true;
    this.iterator.wake();
  }

  #take(): DashboardUpdate | undefined {
    if (this.#widgets === null || !this.#isDue) return undefined;
    const { log, epoch, alertsChanged } = this.#options;
    const now = log.now();
    const isSnapshot = this.#isSnapshot;
    this.#isDue = false;
    this.#isSnapshot = false;
    if (!isSnapshot && !this.#record.dashboard.isActive) return undefined;
    const widgets: WidgetView[] = [];
    for (const watched of this.#widgets) {
      const { widget, watch, told } = watched;
      const alerts = alertsChanged(widget.id);
      const isWhole = isSnapshot || alerts !== watched.alerts;
      watched.alerts = alerts;
      const change = isWhole ? watch.snapshot(now, epoch) : watch.change(now, epoch);
      if (change !== null) widgets.push({ widget, record: this.#record, frame: change.frame, told });
    }
    return isSnapshot || widgets.length > 0 ? { record: this.#record, isSnapshot, widgets, at: now } : undefined;
  }

  #release(): void {
    for (const { share } of this.#widgets ?? []) share.release();
    this.#widgets = null;
  }

  #close(): void {
    this.#generation += 1;
    this.#acquiring.abort();
    this.#stopListening();
    this.#stopTicking();
    this.#release();
  }
}
