// The values of widgets that ask for it, watched pane by pane: those that draw their band, and those with a rule on what is unusual. Each
// learns from the stored points first, and what it has learnt is saved.
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { Logger } from '../base/logger.ts';
import type { Dashboard, Widget } from '../dashboards/dashboard.ts';
import type { Dashboards } from '../dashboards/registry.ts';
import type { Insight } from '../insights/insight.ts';
import { KpiWatch, type PaneExpectation } from '../insights/kpi-watch.ts';
import type { Lease, Log, Store } from '../store/store.ts';
import { type HistoryLimits, readKpiHistory } from '../windows/kpi-history.ts';
import { panesPerWindow } from '../windows/shared-panes.ts';
import type { Tickers } from '../windows/ticking.ts';
import { type WindowQuery, windowKey } from '../windows/window-query.ts';
import type { Windows } from '../windows/windows.ts';
import type { Scores } from './alert-rows.ts';
import { HeldWindow } from './held-window.ts';

export interface KpiAnalysisOptions {
  readonly dashboards: Dashboards;
  readonly windows: Windows;
  readonly tickers: Tickers;
  readonly log: Log;
  readonly store: Store;
  readonly lease: Lease;
  readonly logger: Logger;
  readonly limits: HistoryLimits & { readonly retentionMs: number };
  report(insight: Insight): void;
}

/** One widget that is watched. */
interface Watched {
  readonly widget: Widget;
  readonly dashboardId: string;
  readonly query: WindowQuery;
  readonly kpi: KpiWatch;
  readonly window: HeldWindow;
  readonly leave: () => void;
  /** It has learnt from what is stored. */
  isReady: boolean;
  /** End of the last pane when it was last saved. */
  savedTo: number;
}

const format = 1;
const partition = 0;
// So many panes are learnt from what is stored.
const learntPanes = 1000;

export class KpiAnalysis {
  readonly #options: KpiAnalysisOptions;
  // By widget.
  readonly #watched = new Map<string, Watched>();
  // What goes on in the background.
  readonly #learning = new Set<Promise<void>>();
  #isStopped = false;

  constructor(options: KpiAnalysisOptions) {
    this.#options = options;
  }

  /** Takes up the widgets of all dashboards. */
  load(): void {
    const { dashboards } = this.#options;
    for (const { dashboard } of dashboards.list()) this.#define(dashboard.id, dashboard);
    dashboards.listenToAll((id, record) => this.#define(id, record?.dashboard ?? null));
  }

  /** Anomaly scores of a widget's value; null: it is not watched, or has not learnt yet. */
  scores(widgetId: string): Scores | null {
    const watched = this.#watched.get(widgetId);
    return watched?.isReady === true ? watched.kpi : null;
  }

  /** What was expected of the panes of a widget's value, by the end of the pane; empty where it is not watched. */
  expectations(widgetId: string, query: WindowQuery): ReadonlyMap<number, PaneExpectation> {
    const watched = this.#watched.get(widgetId);
    if (watched?.isReady !== true || windowKey(watched.query) !== windowKey({ ...query, top: null })) return new Map();
    return new Map(watched.kpi.expectations(paneMsOf(query)).map((one) => [one.end, one]));
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
    for (const watched of this.#watched.values()) letGo(watched);
    await Promise.all(this.#learning);
  }

  #define(dashboardId: string, dashboard: Dashboard | null): void {
    if (this.#isStopped) return;
    const wanted = dashboard?.isActive === true ? dashboard.widgets.filter(asksForIt) : [];
    for (const [id, watched] of [...this.#watched]) {
      const widget = wanted.find((one) => one.id === id);
      const stays = widget !== undefined && windowKey(widget.query) === windowKey(watched.widget.query);
      if (watched.dashboardId !== dashboardId || stays) continue;
      letGo(watched);
      this.#watched.delete(id);
      if (widget === undefined) this.#forget(id);
    }
    for (const widget of wanted) if (!this.#watched.has(widget.id)) this.#begin(dashboardId, widget);
  }

  #begin(dashboardId: string, widget: Widget): void {
    const { tickers, report } = this.#options;
    const query = { ...widget.query, top: null };
    const { entityType, serviceId, groupBy } = query;
    const subject = { entityType, serviceId, dashboardId, widgetId: widget.id };
    const kpi = new KpiWatch(subject, groupBy.length > 0, report);
    const window = new HeldWindow(query, { ...this.#options, who: { widget: widget.id } });
    const leave = tickers.add(1, { tick: (now) => this.#tick(watched, now) });
    const watched: Watched = { widget, dashboardId, query, kpi, window, leave, isReady: false, savedTo: 0 };
    this.#watched.set(widget.id, watched);
    const learning = this.#learn(watched)
      .catch((error) => {
        this.#options.logger.warn({ error, widget: widget.id }, 'a widget learns nothing from what is stored');
        watched.isReady = true;
      })
      .finally(() => this.#learning.delete(learning));
    this.#learning.add(learning);
  }

  /** From its saved state, then from the stored points since. */
  async #learn(watched: Watched): Promise<void> {
    const { log, limits } = this.#options;
    const { kpi, query } = watched;
    const isNew = !(await this.#load(watched));
    const now = log.now();
    const paneMs = paneMsOf(query);
    const panes = Math.min(learntPanes, Math.ceil(limits.retentionMs / paneMs));
    const to = Math.floor(now / paneMs) * paneMs;
    const from = Math.max(to - panes * paneMs, kpi.lastEnd);
    if (to > from) kpi.take(await readKpiHistory(log, query, { from, to, stepMs: paneMs }, limits), now);
    if (isNew) kpi.forgetOpen();
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
    window.read((shared) => kpi.take(shared.history(now, panesPerWindow), now));
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

function asksForIt({ visualization, alertRules }: Widget): boolean {
  return visualization['band'] === true || alertRules.some(({ on }) => on === 'ANOMALY');
}

function letGo({ leave, window }: Watched): void {
  leave();
  window.release();
}

function paneMsOf({ timeWindow }: WindowQuery): number {
  return Math.ceil(timeWindow.ms / panesPerWindow);
}

function nameOf(widgetId: string): string {
  return `insights/widget/${widgetId}`;
}
