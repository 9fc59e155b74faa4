// Forecasts of the values of widgets that have a rule on FORECAST: made again whenever another window's length is over, seen by the rules, and told
// as insights where a threshold is to be crossed.
import type { AlertRule } from '../alerts/rule.ts';
import { PulseError } from '../base/errors.ts';
import type { Group } from '../base/group.ts';
import type { Logger } from '../base/logger.ts';
import type { Dashboard, Widget } from '../dashboards/dashboard.ts';
import type { Dashboards } from '../dashboards/registry.ts';
import { type Forecast, valuesOf } from '../forecast/auto.ts';
import { endedInsight, expiryOf, type Insight, isOpen, leading } from '../insights/insight.ts';
import type { Log } from '../store/store.ts';
import type { HistoryLimits } from '../windows/kpi-history.ts';
import type { Tickers } from '../windows/ticking.ts';
import { windowKey } from '../windows/window-query.ts';
import type { Derived } from './alert-rows.ts';
import type { Counters } from './counters.ts';
import type { ForecastPool } from './forecast-pool.ts';
import { type Foreseen, foresee, stepAt } from './foresee.ts';
import type { Insights } from './insights.ts';
import { KpiSteps, type Steps } from './kpi-steps.ts';
import { mostSteps, seasonLengths } from './training.ts';

export interface KpiForecastsOptions {
  readonly dashboards: Dashboards;
  readonly tickers: Tickers;
  readonly log: Log;
  readonly logger: Logger;
  readonly counters: Counters;
  readonly pool: Pick<ForecastPool, 'inTurn'>;
  readonly limits: HistoryLimits & { readonly trainingMs: number };
  readonly insights: Pick<Insights, 'report' | 'foreseen'>;
}

/** How a widget's value, or that of a group of it, goes on. */
interface Made {
  readonly steps: Steps;
  readonly forecast: Forecast;
  /** What is expected of each step. */
  readonly values: Float64Array;
}

/** One widget that is watched. */
interface Watched {
  widget: Widget;
  readonly dashboardId: string;
  readonly stepMs: number;
  readonly past: KpiSteps;
  readonly leave: () => void;
  /** It is no longer watched. */
  readonly life: AbortController;
  /** By group; null: nothing was made yet. */
  made: ReadonlyMap<string, Made> | null;
  /** End of the last step that it was made from, and when. */
  madeTo: number;
  madeAt: number;
  isBusy: boolean;
}

// Points of a step may be on their way while the clock is past it.
const settledMs = 10_000;
const leastIntervalMs = 60_000;
const mostPast = 2000;
const leastKnown = 3;
/** Of a widget: forecasts take time. */
export const mostForecastGroups = 20;

export class KpiForecasts {
  readonly #options: KpiForecastsOptions;
  // By widget.
  readonly #watched = new Map<string, Watched>();
  // What is forecast to be crossed and open, by rule and group.
  readonly #open = new Map<string, Insight>();
  // One after the other: others wait for the threads too.
  #working: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: KpiForecastsOptions) {
    this.#options = options;
  }

  /** Takes up the widgets of all dashboards, and what was forecast before. */
  load(): void {
    const { dashboards, insights } = this.#options;
    for (const { dashboard } of dashboards.list()) this.#define(dashboard.id, dashboard);
    for (const insight of insights.foreseen((ruleId) => this.#ruleOf(ruleId) !== undefined)) {
      this.#open.set(openKey(ruleIdOf(insight), insight.subject.group), insight);
    }
    dashboards.listenToAll((id, record) => this.#define(id, record?.dashboard ?? null));
  }

  /** What is expected of a widget's value at a time; null: nothing is known yet. */
  at(widgetId: string, time: number): Derived | null {
    const watched = this.#watched.get(widgetId);
    if (watched === undefined || watched.made === null) return null;
    const { made, madeTo, stepMs } = watched;
    const step = stepAt(madeTo, stepMs, time);
    // What could not be forecast again for long does not reach so far: it is not known.
    return { version: madeTo + step * stepMs, of: (group) => made.get(groupKey(group))?.values[step] ?? null };
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const watched of this.#watched.values()) release(watched);
    await this.#working;
  }

  #define(dashboardId: string, dashboard: Dashboard | null): void {
    if (this.#isStopped) return;
    const wanted = dashboard?.isActive === true ? dashboard.widgets.filter((one) => rulesOf(one).length > 0) : [];
    for (const [id, watched] of [...this.#watched]) {
      if (watched.dashboardId !== dashboardId) continue;
      const widget = wanted.find((one) => one.id === id);
      const isSame = widget !== undefined && windowKey(widget.query) === windowKey(watched.widget.query);
      if (isSame && horizonOf(widget) <= horizonOf(watched.widget)) {
        watched.widget = widget;
        this.#tell(watched);
        continue;
      }
      release(watched);
      this.#watched.delete(id);
      if (!isSame) this.#endAll((insight) => insight.subject.widgetId === id);
    }
    for (const widget of wanted) if (!this.#watched.has(widget.id)) this.#begin(dashboardId, widget);
    this.#endAll((insight) => this.#ruleOf(ruleIdOf(insight)) === undefined);
  }

  #begin(dashboardId: string, widget: Widget): void {
    const { log, tickers, limits } = this.#options;
    const query = { ...widget.query, top: null };
    const stepMs = query.timeWindow.ms;
    const most = Math.max(leastKnown, Math.min(mostPast, Math.floor(limits.trainingMs / stepMs)));
    const leave = tickers.add(1, { tick: (now) => this.#tick(watched, now) });
    const watched: Watched = {
      widget,
      dashboardId,
      stepMs,
      past: new KpiSteps({ log, query, stepMs, most, limits }),
      leave,
      life: new AbortController(),
      made: null,
      madeTo: 0,
      madeAt: Number.NEGATIVE_INFINITY,
      isBusy: false,
    };
    this.#watched.set(widget.id, watched);
  }

  #tick(watched: Watched, now: number): void {
    const isDue = endOf(watched, now) > watched.madeTo && now - watched.madeAt >= leastIntervalMs;
    if (watched.isBusy || !isDue) return;
    watched.isBusy = true;
    this.#working = this.#working
      .then(() => this.#make(watched))
      .then(
        () => {
          watched.isBusy = false;
        },
        (error) => {
          watched.isBusy = false;
          this.#note(watched, error);
        },
      );
  }

  async #make(watched: Watched): Promise<void> {
    // As it is when its turn comes; rules that change meanwhile are seen at the end.
    const { life, past, widget, stepMs } = watched;
    const end = endOf(watched, this.#options.log.now());
    if (life.signal.aborted) return;
    await past.readTo(end, life.signal);
    const made = new Map<string, Made>();
    for (const steps of past.lines(mostForecastGroups)) {
      if (steps.known < leastKnown || life.signal.aborted) continue;
      const forecast = await this.#forecast(steps, widget, stepMs, end);
      made.set(groupKey(steps.group), { steps, forecast, values: valuesOf(forecast) });
    }
    if (life.signal.aborted) return;
    watched.made = made;
    watched.madeTo = end;
    watched.madeAt = this.#options.log.now();
    this.#tell(watched);
  }

  #forecast({ group, values }: Steps, widget: Widget, stepMs: number, end: number): Promise<Forecast> {
    // It is used until the next one is made.
    const ahead = (horizonOf(widget) + Math.max(stepMs, leastIntervalMs)) / stepMs + 1;
    const steps = Math.min(mostSteps, Math.ceil(ahead));
    const options = { steps, period: null, lengths: seasonLengths(stepMs) };
    const first = Math.round(end / stepMs) - values.length;
    const key = JSON.stringify([windowKey(widget.query), groupKey(group), steps]);
    return this.#options.pool.inTurn((run) => run({ values, first, options, key, share: 'RULES' }));
  }

  /** What is forecast to be crossed, or no longer is. */
  #tell(watched: Watched): void {
    const { widget, dashboardId, made, madeTo, stepMs } = watched;
    if (made === null) return;
    const { entityType, serviceId } = widget.query;
    const about = { entityType, serviceId, dashboardId, widgetId: widget.id, name: widget.name };
    for (const rule of rulesOf(widget)) {
      for (const { steps, forecast } of made.values()) {
        const subject = { ...about, group: steps.group };
        this.#tellOf(rule, { subject, past: steps.values, forecast, from: madeTo, stepMs });
      }
    }
    // Of a group that is not forecast any more nobody knows.
    this.#endAll(({ subject }) => subject.widgetId === widget.id && !made.has(groupKey(subject.group)));
  }

  #tellOf(rule: AlertRule, seen: Foreseen): void {
    const { insights, log } = this.#options;
    const key = openKey(rule.id, seen.subject.group);
    const known = this.#open.get(key) ?? null;
    const now = log.now();
    // One whose time was up is over: what goes on is another.
    const before = known !== null && expiryOf(known) < now ? null : known;
    const after = foresee(before, rule, seen, now);
    if (after === null) this.#open.delete(key);
    if (after === null || after === before) return;
    insights.report(after);
    if (isOpen(after)) this.#open.set(key, after);
    else this.#open.delete(key);
  }

  #endAll(isOver: (insight: Insight) => boolean): void {
    for (const [key, insight] of this.#open) {
      if (!isOver(insight)) continue;
      this.#open.delete(key);
      this.#options.insights.report(endedInsight(insight, this.#options.log.now()));
    }
  }

  #ruleOf(id: string): AlertRule | undefined {
    for (const { widget } of this.#watched.values()) {
      const rule = rulesOf(widget).find((one) => one.id === id);
      if (rule !== undefined) return rule;
    }
    return undefined;
  }

  /** It is tried again in a minute. */
  #note(watched: Watched, error: unknown): void {
    if (watched.life.signal.aborted || this.#isStopped) return;
    watched.madeAt = this.#options.log.now();
    const { counters, logger } = this.#options;
    const isForeseen = error instanceof PulseError;
    if (!isForeseen) counters.noteUnforeseen();
    logger.warn({ error, widget: watched.widget.id }, 'a widget could not be forecast; it is tried again');
  }
}

/** End of the last step that is over and whose points have arrived. */
function endOf({ stepMs }: Pick<Watched, 'stepMs'>, now: number): number {
  return Math.floor((now - Math.min(settledMs, stepMs)) / stepMs) * stepMs;
}

function ruleIdOf(insight: Insight): string {
  return leading(insight).situation.breach?.ruleId ?? '';
}

function rulesOf({ alertRules }: Widget): readonly AlertRule[] {
  return alertRules.filter(({ on }) => on === 'FORECAST');
}

/** Of the rule that looks farthest ahead. */
function horizonOf(widget: Widget): number {
  return Math.max(...rulesOf(widget).map(({ within }) => within?.ms ?? 0));
}

function release({ leave, life }: Watched): void {
  life.abort();
  leave();
}

function groupKey(group: Group): string {
  return JSON.stringify(group.map(({ value }) => value));
}

function openKey(ruleId: string, group: Group): string {
  return `${ruleId} ${groupKey(group)}`;
}
