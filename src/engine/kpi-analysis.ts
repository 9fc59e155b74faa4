// The values of widgets that ask for it, watched pane by pane: those that draw their band, and those with a rule on what is unusual. Each
// learns from the stored points first, and what it has learnt is saved.
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Dashboard, Widget } from '../dashboards/dashboard.ts';
import type { Dashboards } from '../dashboards/registry.ts';
import { type PaneExpectation, WidgetWatch } from '../insights/widget-watch.ts';
import type { Lease, Log, Store } from '../store/store.ts';
import { type HistoryLimits, readKpiHistory } from '../windows/kpi-history.ts';
import { panesPerWindow } from '../windows/shared-panes.ts';
import type { Tickers } from '../windows/ticking.ts';
import { type WindowQuery, windowKey } from '../windows/window-query.ts';
import type { Windows } from '../windows/windows.ts';
import type { Derived } from './alert-rows.ts';
import { HeldWindow } from './held-window.ts';
import type { Insights } from './insights.ts';

export interface KpiAnalysisOptions {
  readonly dashboards: Dashboards;
  readonly windows: Windows;
  readonly tickers: Tickers;
  readonly log: Log;
  readonly store: Store;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: HistoryLimits & { readonly retentionMs: number; readonly maxMetrics: number };
  readonly insights: Pick<Insights, 'report' | 'endOf' | 'endWidgets'>;
}

/** One widget that is watched. */
interface Watched {
  readonly widget: Widget;
  readonly dashboardId: string;
  readonly query: WindowQuery;
  readonly kpi: WidgetWatch;
  readonly window: HeldWindow;
  readonly leave: () => void;
  /** It is no longer watched. */
  readonly gone: AbortSignal;
  readonly letGo: () => void;
  /** It has learnt from what is stored. */
  isReady: boolean;
  /** End of the last pane when it was last saved. */
  savedTo: number;
}

const format = 1;
const partition = 0;
// So many panes are learnt from what is stored.
export const learntPanes = 1000;

export class KpiAnalysis {
  readonly #options: KpiAnalysisOptions;
  // By widget.
  readonly #watched = new Map<string, Watched>();
  // What goes on in the background.
  #learning: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: KpiAnalysisOptions) {
    this.#options = options;
  }

  /** Takes up the widgets of all dashboards. */
  load(): void {
    const { dashboards } = this.#options;
    for (const { dashboard } of dashboards.list()) this.#define(dashboard.id, dashboard);
    this.#options.insights.endWidgets((id) => this.#watched.has(id));
    dashboards.listenToAll((id, record) => this.#define(id, record?.dashboard ?? null));
  }

  /** Values of widgets and their groups that are watched. */
  get #metrics(): number {
    let sum = 0;
    for (const { kpi } of this.#watched.values()) sum += kpi.metrics;
    return sum;
  }

  /** Anomaly scores of a widget's value; null: it is not watched, or has not learnt yet. */
  scores(widgetId: string): Derived | null {
    const watched = this.#watched.get(widgetId);
    return watched?.isReady === true ? scoresOf(watched.kpi) : null;
  }

  /** What was expected of the panes of a widget's value, by the end of the pane; empty where it is not watched. */
  expectations(widgetId: string, query: WindowQuery): ReadonlyMap<number, PaneExpectation> {
    const watched = this.#watched.get(widgetId);
    if (watched?.isReady !== true || windowKey(watched.query) !== windowKey({ ...query, top: null })) return new Map();
    return new Map(watched.kpi.expectations(paneMsOf(query), this.#options.log.now()).map((one) => [one.end, one]));
  }

  /** Saves what has been learnt since. */
  async save(): Promise<void> {
    for (const watched of this.#watched.values()) {
      const { kpi, isReady, savedTo } = watched;
      if (!isReady || kpi.lastEnd === savedTo) continue;
      const writer = new ByteWriter().text(windowKey(watched.query));
      kpi.save(writer);
      const { lastEnd } = kpi;
      await this.#commit(watched.widget.id, zstdCompressSync(writer.finish()));
      watched.savedTo = lastEnd;
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const watched of this.#watched.values()) release(watched);
    await this.#learning;
  }

  #define(dashboardId: string, dashboard: Dashboard | null): void {
    if (this.#isStopped) return;
    const wanted = dashboard?.isActive === true ? dashboard.widgets.filter(asksForIt) : [];
    for (const [id, watched] of [...this.#watched]) {
      const widget = wanted.find((one) => one.id === id);
      const stays = widget !== undefined && windowKey(widget.query) === windowKey(watched.widget.query);
      if (watched.dashboardId !== dashboardId || stays) continue;
      watched.kpi.end(this.#options.log.now());
      release(watched);
      this.#watched.delete(id);
      if (widget === undefined) this.#forget(id);
    }
    for (const widget of wanted) if (!this.#watched.has(widget.id)) this.#begin(dashboardId, widget);
  }

  #begin(dashboardId: string, widget: Widget): void {
    const { tickers, insights } = this.#options;
    const query = { ...widget.query, top: null, comparesPrevious: false };
    const { entityType, serviceId, groupBy } = query;
    const subject = { entityType, serviceId, dashboardId, widgetId: widget.id, name: widget.name };
    const kpi = new WidgetWatch(subject, groupBy.length > 0, {
      report: (insight) => insights.report(insight),
      mayWatch: () => this.#metrics < this.#options.limits.maxMetrics,
    });
    const window = new HeldWindow(query, { ...this.#options, who: { widget: widget.id } });
    const leave = tickers.add(1, { tick: (now) => this.#tick(watched, now) });
    const life = new AbortController();
    const gone = life.signal;
    const letGo = () => life.abort();
    const watched: Watched = {
      widget,
      dashboardId,
      query,
      kpi,
      window,
      leave,
      gone,
      letGo,
      isReady: false,
      savedTo: 0,
    };
    this.#watched.set(widget.id, watched);
    // One after the other: each reads much of the log.
    this.#learning = this.#learning
      .then(() => this.#learn(watched))
      .catch((error) => {
        if (watched.gone.aborted) return;
        this.#options.logger.warn({ error, widget: widget.id }, 'a widget learns nothing from what is stored');
        watched.isReady = true;
      });
  }

  /** From its saved state, then from the stored points since. */
  async #learn(watched: Watched): Promise<void> {
    const { log, limits } = this.#options;
    const { kpi, query, gone } = watched;
    if (gone.aborted) return;
    const isNew = !(await this.#load(watched));
    const now = log.now();
    const paneMs = paneMsOf(query);
    const panes = Math.min(learntPanes, Math.ceil(limits.retentionMs / paneMs));
    const to = Math.floor(now / paneMs) * paneMs;
    const from = Math.max(to - panes * paneMs, kpi.lastEnd);
    const past = to > from ? await readKpiHistory(log, query, { from, to, stepMs: paneMs }, limits, gone) : [];
    if (gone.aborted) return;
    if (isNew) kpi.learn(past, now);
    else kpi.take(past, now);
    this.#options.insights.endOf(watched.widget.id, (id) => kpi.holds(id));
    watched.isReady = true;
  }

  async #load({ widget, kpi, query }: Watched): Promise<boolean> {
    const { store, logger } = this.#options;
    const saved = await store.loadState(nameOf(widget.id));
    if (saved === undefined || saved.format !== format || saved.bytes.length === 0) return false;
    try {
      const reader = new ByteReader(zstdDecompressSync(saved.bytes));
      if (reader.text() !== windowKey(query)) return false;
      kpi.load(reader);
      return true;
    } catch (error) {
      logger.warn({ error, widget: widget.id }, 'what was learnt of a widget could not be read; it is learnt anew');
      return false;
    }
  }

  #tick({ isReady, kpi, window, query }: Watched, now: number): void {
    if (!isReady || !kpi.isDue(now, paneMsOf(query))) return;
    const panes = window.read((shared) => shared.history(now, panesPerWindow));
    if (panes !== undefined) kpi.take(panes, now);
  }

  /** Nothing is left of a widget that is gone, or is no longer watched. */
  #forget(widgetId: string): void {
    this.#commit(widgetId, new Uint8Array(0)).catch((error) => {
      this.#options.logger.warn({ error, widget: widgetId }, 'what was learnt of a widget could not be forgotten');
    });
  }

  async #commit(widgetId: string, bytes: Uint8Array): Promise<void> {
    const { store, lease, log } = this.#options;
    const { epoch } = lease;
    const offset = log.head(partition);
    await store.commit(lease, [{ kind: 'state', name: nameOf(widgetId), partition, offset, epoch, format, bytes }]);
  }
}

/** Anomaly scores as rules see them. */
export function scoresOf(kpi: Pick<WidgetWatch, 'lastEnd' | 'scoreOf'>): Derived {
  return { version: kpi.lastEnd, of: (group) => kpi.scoreOf(group) };
}

function asksForIt({ visualization, alertRules }: Widget): boolean {
  return visualization['band'] === true || alertRules.some(({ on }) => on === 'ANOMALY');
}

function release({ leave, window, letGo }: Watched): void {
  letGo();
  leave();
  window.release();
}

function paneMsOf({ timeWindow }: WindowQuery): number {
  return Math.ceil(timeWindow.ms / panesPerWindow);
}

function nameOf(widgetId: string): string {
  return `insights/widget/${widgetId}`;
}
