// Alerts: each rule of an active dashboard looks at its widget's window once a second. What changes is committed before anybody hears of it.
import { type Alert, deliveryId, type StoredAlert } from '../alerts/alert.ts';
import { knownOf, type Target } from '../alerts/evaluate.ts';
import { type AlertRuleInput, readAlertRule } from '../alerts/rule.ts';
import { isAlarming } from '../alerts/transition.ts';
import { deliveryBody } from '../alerts/webhook-message.ts';
import type { Webhooks } from '../alerts/webhooks.ts';
import { type InputIssue, invalidInput, notFound } from '../base/errors.ts';
import type { LiveIterator } from '../base/live-iterator.ts';
import type { Logger } from '../base/logger.ts';
import { ChangeLog, type ChangeLogOptions, type ChangeOf } from '../changes/change-log.ts';
import type { Dashboard, DashboardRecord } from '../dashboards/dashboard.ts';
import type { Dashboards } from '../dashboards/registry.ts';
import type { Log, OutboxRow } from '../store/store.ts';
import type { Tickers } from '../windows/ticking.ts';
import { readWindowQuery, type WindowQuery, type WindowQueryInput, windowKey } from '../windows/window-query.ts';
import type { Windows } from '../windows/windows.ts';
import { type AlertPreview, type PreviewOptions, previewAlert } from './alert-preview.ts';
import { type Derived, type Look, lookAt, watchedQuery } from './alert-rows.ts';
import { changeCursor, revisionOf } from './change-cursors.ts';
import type { Counters } from './counters.ts';
import type { Events } from './events.ts';
import { HeldWindow } from './held-window.ts';
import type { Reads } from './reads.ts';
import { assertMayRead, mayRead, type Viewer } from './viewer.ts';

export interface AlertsOptions extends Pick<ChangeLogOptions<Alert>, 'store' | 'lease' | 'clock'> {
  readonly log: Log;
  readonly dashboards: Dashboards;
  readonly windows: Windows;
  readonly tickers: Tickers;
  readonly counters: Counters;
  readonly logger: Logger;
  readonly events: Events;
  readonly webhooks: Pick<Webhooks, 'reserve' | 'add'>;
  /** Anomaly scores of a widget's value; null: it is not watched yet. */
  scores(widgetId: string): Derived | null;
  /** What is forecast of a widget's value at a time; null: nothing yet. */
  forecasts(widgetId: string, at: number): Derived | null;
  readonly limits: Omit<PreviewOptions, 'log' | 'clock' | 'budget'>;
  readonly reads: Reads;
}

export interface PreviewInput {
  readonly query: WindowQueryInput;
  readonly rule: AlertRuleInput;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number | null;
}

/** What it knows of its alerts is as decided: ahead of what is committed. */
interface Watched extends Look {
  target: Target;
  readonly key: string;
  readonly window: HeldWindow;
  readonly leave: () => void;
}

export class Alerts {
  readonly #options: AlertsOptions;
  readonly #alertLog: ChangeLog<Alert>;
  // By rule.
  readonly #watched = new Map<string, Watched>();
  // By widget: the revision of the last change that was told.
  readonly #changed = new Map<string, number>();
  #isStopped = false;

  constructor(options: AlertsOptions) {
    this.#options = options;
    const { log, counters, logger } = options;
    this.#alertLog = new ChangeLog<Alert>({
      ...options,
      stream: 'alerts',
      now: () => log.now(),
      isOld: ({ state, since }, before) => state === 'INACTIVE' && since < before,
      onCommitted: (alerts, deliveries) => this.#announce(alerts, deliveries),
      onError: (error) => {
        counters.noteUnforeseen();
        logger.error({ error }, 'changes of alerts could not be committed; it is tried again');
      },
    });
  }

  /** Takes up what is stored, then the rules of all dashboards. */
  async load(): Promise<void> {
    await this.#alertLog.load();
    const { dashboards } = this.#options;
    const all = dashboards.list(null).map(({ dashboard }) => dashboard);
    for (const dashboard of all) this.#define(dashboard.id, dashboard);
    // Of rules that went while nobody looked.
    const rules = new Set(
      all.flatMap(({ widgets }) => widgets.flatMap(({ alertRules }) => alertRules.map(({ id }) => id))),
    );
    this.#end(this.#alertLog.list(({ rule }) => !rules.has(rule.id)));
    dashboards.listenToAll((id, record) => this.#redefine(id, record));
  }

  get firing(): number {
    return this.#alertLog.count(({ state }) => isAlarming(state));
  }

  /** The alerts that the viewer may see, those that changed last first. */
  list(viewer: Viewer, dashboardId: string | null): StoredAlert[] {
    return this.#alertLog.list(shownTo(viewer, dashboardId));
  }

  get(viewer: Viewer, id: string): StoredAlert | undefined {
    const alert = this.#alertLog.get(id);
    return alert !== undefined && mayRead(viewer, alert.entityType) ? alert : undefined;
  }

  ofWidget(viewer: Viewer, dashboardId: string, widgetId: string): StoredAlert[] {
    return this.list(viewer, dashboardId).filter((alert) => alert.widgetId === widgetId);
  }

  /** Greater after every change of one of the widget's alerts. */
  changesOf(widgetId: string): number {
    return this.#changed.get(widgetId) ?? 0;
  }

  /** Place of an alert's last change. */
  cursorOf({ revision }: StoredAlert): string {
    return changeCursor(this.#options.log, 'alerts', revision);
  }

  /** Errors: BAD_USER_INPUT for a cursor that is none. */
  async watch(viewer: Viewer, dashboardId: string | null, after: string | null): Promise<LiveIterator<StoredAlert>> {
    const wanted = shownTo(viewer, dashboardId);
    const revision = after === null ? null : await revisionOf(this.#options, 'alerts', after);
    const now = this.#alertLog.list((alert) => wanted(alert) && isAlarming(alert.state)).reverse();
    return this.#alertLog.watch(wanted, { after: revision, now });
  }

  /** Errors: NOT_FOUND. */
  async acknowledge(viewer: Viewer, id: string): Promise<StoredAlert> {
    const alert = this.get(viewer, id);
    if (alert === undefined) throw notFound('alert', id);
    const alerts = this.#watched.get(alert.rule.id)?.known.alerts ?? new Map<string, Alert>();
    const [text, decided] = [...alerts].find(([, one]) => one.id === id) ?? ['', undefined];
    const { revision: _, ...body } = { ...alert, ...decided, acknowledgedBy: viewer.id, isTold: true };
    if (decided !== undefined) alerts.set(text, body);
    this.#alertLog.add([{ body }]);
    await this.#alertLog.settled();
    return this.#alertLog.get(id) ?? { ...body, revision: alert.revision };
  }

  /** What a rule would have done from `from` to `to` (null: now). Errors: INVALID_INPUT, FORBIDDEN, as Log.columns. */
  async preview(viewer: Viewer, input: PreviewInput, signal: AbortSignal | null = null): Promise<AlertPreview> {
    const { log } = this.#options;
    const issues: InputIssue[] = [];
    const query = readWindowQuery(input.query, ['query'], issues);
    const rule = readAlertRule(input.rule, ['rule'], issues);
    if (rule.on === 'FORECAST') {
      const message = 'cannot be FORECAST in a preview: what would have been forecast then is not looked for';
      issues.push({ path: ['rule', 'on'], message });
    }
    const to = Math.min(input.to ?? log.now(), log.now());
    if (input.from >= to) {
      issues.push({ path: ['from'], message: `must be before to, which is ${new Date(to).toISOString()}` });
    }
    if (query === undefined || issues.length > 0) throw invalidInput(issues);
    assertMayRead(viewer, query.entityType);
    const options = { ...this.#options, ...this.#options.limits, budget: this.#options.windows.budget };
    const range = { from: input.from, to };
    return this.#options.reads.run(signal, (read) => previewAlert(options, query, rule, range, read));
  }

  async trim(before: number): Promise<void> {
    const gone = new Set((await this.#alertLog.trim(before)).map(({ id }) => id));
    if (gone.size === 0) return;
    for (const { known } of this.#watched.values()) {
      for (const [text, { id, state }] of known.alerts) {
        if (gone.has(id) && state === 'INACTIVE') known.alerts.delete(text);
      }
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const watched of this.#watched.values()) letGo(watched);
    await this.#alertLog.stop();
  }

  #tick(watched: Watched): void {
    const { lease, log } = this.#options;
    const now = log.now();
    const frame = watched.window.read((window) => window.frame(now, lease.epoch));
    if (frame === undefined) return;
    const { rule } = watched.target;
    const derived = this.#derived(watched.target, now);
    // What is not known yet is not clear.
    if ((rule.on === 'ANOMALY' || rule.on === 'FORECAST') && derived === null) return;
    const changed = lookAt(watched, frame.value, now, derived);
    if (changed.length > 0) this.#alertLog.add(changed.map((alert) => this.#changeOf(alert, now)));
  }

  #derived({ rule, widgetId }: Target, now: number): Derived | null {
    if (rule.on === 'ANOMALY') return this.#options.scores(widgetId);
    return rule.on === 'FORECAST' ? this.#options.forecasts(widgetId, now + (rule.within?.ms ?? 0)) : null;
  }

  #changeOf(alert: Alert, now: number): ChangeOf<Alert> {
    if (!alert.isTold) return { body: alert };
    const tells = isAlarming(alert.state) ? alert.firedAt === now : alert.resolvedAt === now;
    return tells ? this.#withDeliveries(alert, now) : { body: alert };
  }

  #withDeliveries(alert: Alert, now: number): ChangeOf<Alert> {
    const { webhooks } = alert.rule;
    if (webhooks.length === 0) return { body: alert };
    const room = this.#options.webhooks.reserve(webhooks.length);
    const rowOf = (url: string): OutboxRow => ({
      id: deliveryId(alert, url),
      due: now,
      attempts: 0,
      body: deliveryBody(url, alert),
    });
    return { body: alert, deliveries: () => webhooks.slice(0, room).map(rowOf) };
  }

  #redefine(id: string, record: DashboardRecord | null): void {
    if (this.#isStopped) return;
    this.#define(id, record?.dashboard ?? null);
  }

  /** Takes up the rules of a dashboard; those that it no longer has are ended. */
  #define(id: string, dashboard: Dashboard | null): void {
    const kept = new Set<string>();
    for (const widget of dashboard?.isActive === true ? dashboard.widgets : []) {
      for (const rule of widget.alertRules) {
        kept.add(rule.id);
        const query = watchedQuery(widget.query, rule);
        this.#keep({ dashboardId: id, widgetId: widget.id, entityType: query.entityType, rule }, query);
      }
    }
    const gone = [...this.#watched.values()].filter(
      ({ target }) => target.dashboardId === id && !kept.has(target.rule.id),
    );
    if (dashboard === null) for (const { target } of gone) this.#changed.delete(target.widgetId);
    for (const watched of gone) {
      letGo(watched);
      this.#watched.delete(watched.target.rule.id);
    }
    const isKnown = (ruleId: string) =>
      dashboard?.widgets.some(({ alertRules }) => alertRules.some((rule) => rule.id === ruleId));
    for (const { known, target } of gone) {
      this.#end([...known.alerts.values()], isKnown(target.rule.id) !== true);
    }
  }

  #keep(target: Target, query: WindowQuery): void {
    const { rule } = target;
    const before = this.#watched.get(rule.id);
    const key = windowKey(query);
    if (before?.key === key) {
      before.target = target;
      before.seen = null;
      return;
    }
    if (before !== undefined) letGo(before);
    const hasSameGroups = before === undefined || isSameList(before.query.groupBy, query.groupBy);
    if (!hasSameGroups) this.#end([...before.known.alerts.values()]);
    const known = hasSameGroups
      ? (before?.known ?? knownOf(this.#alertLog.decided((alert) => alert.rule.id === rule.id)))
      : knownOf([]);
    const leave = this.#options.tickers.add(1, { tick: () => this.#tick(watched) });
    const window = new HeldWindow(query, { ...this.#options, who: { rule: rule.id } });
    const watched: Watched = { target, query, key, window, known, leave, seen: null, version: null };
    this.#watched.set(rule.id, watched);
  }

  /** Alerts that nobody looks at any more are inactive; they are forgotten where their rule is gone. */
  #end(alerts: readonly Alert[], isLast = true): void {
    const now = this.#options.log.now();
    const changes = alerts
      .filter(({ state }) => isLast || state !== 'INACTIVE')
      .map((one): ChangeOf<Alert> => {
        const { revision: _, ...alert } = one as StoredAlert;
        const resolvedAt = isAlarming(alert.state) ? now : alert.resolvedAt;
        const since = alert.state === 'INACTIVE' ? alert.since : now;
        const isTold = alert.state !== 'INACTIVE';
        const ended: Alert = { ...alert, state: 'INACTIVE', since, clearSince: null, resolvedAt, isTold };
        return { ...(isAlarming(alert.state) ? this.#withDeliveries(ended, now) : { body: ended }), isLast };
      });
    if (changes.length > 0) this.#alertLog.add(changes);
  }

  #announce(alerts: readonly StoredAlert[], deliveries: readonly OutboxRow[]): void {
    for (const { id, state, dashboardId, widgetId, isTold, revision } of alerts) {
      if (!isTold) continue;
      this.#changed.set(widgetId, revision);
      this.#options.events.emit('alert:changed', { id, state, dashboardId, widgetId });
    }
    this.#options.webhooks.add(deliveries);
  }
}

function shownTo(viewer: Viewer, dashboardId: string | null): (alert: Alert) => boolean {
  return (alert) => (dashboardId === null || alert.dashboardId === dashboardId) && mayRead(viewer, alert.entityType);
}

function letGo({ leave, window }: Watched): void {
  leave();
  window.release();
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i]);
}
