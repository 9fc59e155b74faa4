// Insights: what the analysis finds, within the budget of an hour, committed before anybody hears of it.
import type { Clock } from '../base/clock.ts';
import { notFound } from '../base/errors.ts';
import type { LiveIterator } from '../base/live-iterator.ts';
import type { Logger } from '../base/logger.ts';
import { type Severity, severities } from '../base/severity.ts';
import { ChangeLog } from '../changes/change-log.ts';
import { bodyOf, type Stored } from '../changes/stored.ts';
import { Analysis } from '../insights/analysis.ts';
import { Budget } from '../insights/budget.ts';
import {
  endedInsight,
  expiryOf,
  type Insight,
  isOpen,
  leading,
  severityOf,
  spanOf,
  typeOf,
} from '../insights/insight.ts';
import type { AnalyzerChoice } from '../insights/subject-watch.ts';
import type { Lease, Log, Store } from '../store/store.ts';
import { changeCursor, revisionOf } from './change-cursors.ts';
import type { Counters } from './counters.ts';
import type { Events } from './events.ts';
import { mayRead, type Viewer } from './viewer.ts';

export type StoredInsight = Stored<Insight>;

export interface InsightLimits {
  readonly maxMetrics: number;
  readonly maxInsightsAnHour: number;
}

export interface InsightsOptions {
  readonly store: Store;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly log: Log;
  readonly choice: AnalyzerChoice;
  readonly counters: Counters;
  readonly logger: Logger;
  readonly events: Events;
  readonly limits: InsightLimits;
}

/** Null, or empty: all. */
export interface InsightFilter {
  readonly entityType: string | null;
  readonly serviceId: string | null;
  readonly types: readonly string[];
  readonly minSeverity: Severity | null;
  readonly state: 'OPEN' | 'RESOLVED' | null;
}

export interface InsightFigures {
  readonly open: number;
  /** Since the start. */
  readonly heldBack: number;
  readonly metrics: number;
  readonly metricsWatchedLess: number;
  readonly metricsNotWatched: number;
}

const minuteMs = 60_000;
// Where one begins within so long of another, they may have to do with each other.
const relatedMs = 15 * minuteMs;

export class Insights {
  readonly analysis: Analysis;
  readonly #options: InsightsOptions;
  readonly #changeLog: ChangeLog<Insight>;
  // As decided, by id: ahead of what is committed.
  readonly #decided = new Map<string, Insight>();
  readonly #heldBack = new Map<string, Severity>();
  // New ones on their way to the store.
  readonly #unannounced = new Set<string>();
  readonly #budget: Budget;

  constructor(options: InsightsOptions) {
    this.#options = options;
    const { log, counters, logger, limits, choice } = options;
    this.#budget = new Budget(limits.maxInsightsAnHour);
    this.#changeLog = new ChangeLog<Insight>({
      ...options,
      stream: 'insights',
      now: () => log.now(),
      isOld: (insight, before) => !isOpen(insight) && insight.updatedAt < before,
      onCommitted: (insights) => this.#announce(insights),
      onError: (error) => {
        counters.noteUnforeseen();
        logger.error({ error }, 'changes of insights could not be committed; it is tried again');
      },
    });
    this.analysis = new Analysis({
      choice,
      maxMetrics: limits.maxMetrics,
      report: (insight) => this.report(insight),
      onError: (error, { entityType, serviceId }) => {
        counters.noteUnforeseen();
        logger.error({ error, entityType, serviceId }, 'a series could not be watched; it is watched anew');
      },
    });
  }

  /** Takes up what is stored: before the log is read again. */
  async load(): Promise<void> {
    await this.#changeLog.load();
    for (const stored of this.#changeLog.list(() => true).reverse()) {
      this.#decided.set(stored.id, bodyOf(stored));
      this.#budget.count(stored.generatedAt);
    }
  }

  /** The log has been read again: what was found before the end of the last run and not committed is now; what nobody can go on with is over. */
  begin(): void {
    for (const insight of this.analysis.open()) this.report(insight);
    this.#endAll((insight) => insight.subject.widgetId === null && !this.analysis.adopt(insight));
  }

  /** What is about a widget and not among what goes on in it is over. */
  endOf(widgetId: string, holds: (id: string) => boolean): void {
    this.#endAll((one) => one.subject.widgetId === widgetId && !isForeseen(one) && !holds(one.id));
  }

  /** What is about a widget that nobody watches is over. */
  endWidgets(isWatched: (widgetId: string) => boolean): void {
    this.#endAll((one) => one.subject.widgetId !== null && !isForeseen(one) && !isWatched(one.subject.widgetId));
  }

  /** What is forecast and open; what its rule does not look for any more is over. */
  foreseen(isLookedFor: (ruleId: string) => boolean): Insight[] {
    this.#endAll((one) => isForeseen(one) && !isLookedFor(leading(one).situation.breach?.ruleId ?? ''));
    return [...this.#decided.values()].filter((one) => isForeseen(one) && isOpen(one));
  }

  /** Series of these entity types that had their newest point by then are over: so is what is open of them, and their silence is no news. */
  endSeries(entityTypes: readonly string[], arrivedBy: number): void {
    this.analysis.dropEntityTypes(entityTypes, arrivedBy);
    this.#endAll(({ subject }) => subject.widgetId === null && entityTypes.includes(subject.entityType));
  }

  /** Settles when what was reported so far is committed; rejects where that fails, though it is tried again. */
  committed(): Promise<void> {
    return this.#changeLog.committed();
  }

  get figures(): InsightFigures {
    const { metrics, cheap, unwatched } = this.analysis.counts;
    return {
      open: this.#changeLog.count(isOpen),
      heldBack: this.#budget.heldBack,
      metrics,
      metricsWatchedLess: cheap,
      metricsNotWatched: unwatched,
    };
  }

  /** Those that the viewer may see, newest change first. */
  list(viewer: Viewer, filter: InsightFilter): StoredInsight[] {
    return this.#changeLog.list(shownTo(viewer, filter));
  }

  get(viewer: Viewer, id: string): StoredInsight | undefined {
    const insight = this.#changeLog.get(id);
    return insight !== undefined && mayRead(viewer, insight.subject.entityType) ? insight : undefined;
  }

  /** Others that began at about the same time, closest first. */
  related(viewer: Viewer, insight: Insight, first: number): StoredInsight[] {
    const { from } = spanOf(insight);
    const distance = (other: Insight) => Math.abs(spanOf(other).from - from);
    const near = (other: Insight) =>
      other.id !== insight.id && mayRead(viewer, other.subject.entityType) && distance(other) <= relatedMs;
    return this.#changeLog
      .list(near)
      .sort((a, b) => distance(a) - distance(b))
      .slice(0, first);
  }

  /** Place of its last change. */
  cursorOf({ revision }: StoredInsight): string {
    return changeCursor(this.#options.log, 'insights', revision);
  }

  /** Each change from now on; with `after` first every change since. Errors: BAD_USER_INPUT for a cursor that is none. */
  async watch(viewer: Viewer, filter: InsightFilter, after: string | null): Promise<LiveIterator<StoredInsight>> {
    const wanted = shownTo(viewer, filter);
    const revision = after === null ? null : await revisionOf(this.#options, 'insights', after);
    const isTooOld = after !== null && revision === null;
    return this.#changeLog.watch(wanted, {
      after: revision,
      now: isTooOld ? this.#changeLog.list(wanted).reverse() : [],
    });
  }

  /** Whoever has seen it; the first stays. Errors: NOT_FOUND. */
  async acknowledge(viewer: Viewer, id: string): Promise<StoredInsight> {
    const insight = this.get(viewer, id);
    const decided = this.#decided.get(id);
    if (insight === undefined || decided === undefined) throw notFound('insight', id);
    if (decided.acknowledged !== null) return insight;
    const now = this.#options.log.now();
    this.#add({ ...decided, acknowledged: { by: viewer.id, at: now }, updatedAt: now });
    await this.#changeLog.settled();
    return this.get(viewer, id) ?? insight;
  }

  /** Ends what nothing watches any more, and lets what is older go. */
  async trim(before: number): Promise<void> {
    const now = this.#options.log.now();
    this.#endAll((insight) => expiryOf(insight) + minuteMs < now);
    for (const { id } of await this.#changeLog.trim(before)) this.#decided.delete(id);
    for (const id of this.#heldBack.keys()) if (this.#heldBack.size > 1000) this.#heldBack.delete(id);
  }

  stop(): Promise<void> {
    return this.#changeLog.stop();
  }

  /** What was found: each change of an insight, in their order. */
  report(insight: Insight): void {
    const known = this.#decided.get(insight.id);
    if (known !== undefined && known.changes >= insight.changes) return;
    if (known === undefined && !this.#mayOpen(insight)) return;
    if (known === undefined) this.#unannounced.add(insight.id);
    this.#add({ ...insight, acknowledged: known?.acknowledged ?? null });
  }

  #mayOpen(insight: Insight): boolean {
    const { id, updatedAt } = insight;
    // What was over before this start is no news.
    if (!isOpen(insight) || expiryOf(insight) < this.#options.log.now()) return false;
    // Somebody has asked for it by a rule of his own.
    if (isForeseen(insight)) return true;
    const severity = severityOf(insight);
    const heldBack = this.#heldBack.get(id);
    if (heldBack === severity) return false;
    if (this.#budget.takes(severity, updatedAt)) {
      this.#heldBack.delete(id);
      return true;
    }
    if (heldBack === undefined) this.#budget.noteHeldBack();
    this.#heldBack.set(id, severity);
    return false;
  }

  #endAll(isOver: (insight: Insight) => boolean): void {
    const now = this.#options.log.now();
    for (const insight of [...this.#decided.values()]) {
      if (isOpen(insight) && isOver(insight)) this.#add(endedInsight(insight, now));
    }
  }

  #add(insight: Insight): void {
    this.#decided.set(insight.id, insight);
    this.#changeLog.add([{ body: insight }]);
  }

  #announce(insights: readonly StoredInsight[]): void {
    for (const insight of insights) {
      if (!this.#unannounced.delete(insight.id)) continue;
      this.#options.counters.insights += 1;
      const { id, subject } = insight;
      const { entityType, serviceId } = subject;
      const [type, severity] = [typeOf(insight), severityOf(insight)];
      this.#options.events.emit('insight:generated', { id, type, severity, entityType, serviceId });
    }
  }
}

function shownTo(viewer: Viewer, filter: InsightFilter): (insight: Insight) => boolean {
  const { entityType, serviceId, types, minSeverity, state } = filter;
  const least = minSeverity === null ? 0 : severities.indexOf(minSeverity);
  return (insight) => {
    const { subject } = insight;
    if (!mayRead(viewer, subject.entityType)) return false;
    if (entityType !== null && subject.entityType !== entityType) return false;
    if (serviceId !== null && subject.serviceId !== serviceId) return false;
    if (types.length > 0 && !types.includes(typeOf(insight))) return false;
    if (state !== null && isOpen(insight) !== (state === 'OPEN')) return false;
    return severities.indexOf(severityOf(insight)) >= least;
  };
}

function isForeseen(insight: Insight): boolean {
  return typeOf(insight) === 'FORECAST_BREACH';
}
