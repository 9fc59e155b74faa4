// What a rule would have done: stored points in the order of their times through the same windows and the same state machine, a look a
// second. Points that came late are seen when they were due, not when they came.
import type { Alert } from '../alerts/alert.ts';
import { knownOf } from '../alerts/evaluate.ts';
import type { AlertRule } from '../alerts/rule.ts';
import { type AlertState, isAlarming } from '../alerts/transition.ts';
import type { Clock } from '../base/clock.ts';
import type { Group } from '../base/group.ts';
import { TimeSlice } from '../base/time-slice.ts';
import { WidgetWatch } from '../insights/widget-watch.ts';
import type { Log } from '../store/store.ts';
import { computedOf } from '../windows/computed.ts';
import { type FilledPoint, readFill } from '../windows/fill.ts';
import { readKpiHistory } from '../windows/kpi-history.ts';
import { type PaneLimits, panesPerWindow, SharedPanes } from '../windows/shared-panes.ts';
import { SharedWindow } from '../windows/shared-window.ts';
import type { WindowQuery } from '../windows/window-query.ts';
import { type Look, lookAt } from './alert-rows.ts';
import { learntPanes, scoresOf } from './kpi-analysis.ts';
import type { Read } from './reads.ts';

export interface AlertTransition {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly group: Group;
  readonly from: AlertState;
  readonly to: AlertState;
  readonly value: number | null;
}

export interface AlertPreview {
  readonly transitions: readonly AlertTransition[];
  readonly firings: number;
  readonly firingSeconds: number;
  /** Null, or why it is cut short. */
  readonly truncated: string | null;
}

export interface PreviewOptions extends PaneLimits {
  readonly log: Log;
  readonly clock: Clock;
  readonly maxAheadMs: number;
  /** That are looked at. */
  readonly maxScanned: number;
}

const stepMs = 1000;
/** Seconds that a preview looks at: somewhat more than a day. */
export const maxPreviewSteps = 100_000;
const maxTransitions = 1000;

/** Looks at the newest part where not all can be looked at. Errors: as Log.columns, and the reason of the read's signal. */
export async function previewAlert(
  options: PreviewOptions,
  query: WindowQuery,
  rule: AlertRule,
  { from, to }: { from: number; to: number },
  read: Read,
): Promise<AlertPreview> {
  const all = { ...query, top: null };
  const wantedFrom = Math.max(from, to - maxPreviewSteps * stepMs);
  const sources: Source[] = [];
  for (const one of computedOf(all).panes) {
    const panes = new SharedPanes(one, options);
    sources.push({ panes, points: await readPoints(options, panes, wantedFrom, to, read), next: 0 });
  }
  const begin = Math.max(wantedFrom, ...sources.map(({ panes, points }) => firstWhole(panes, points, wantedFrom)));
  const replay = new Replay(all, rule, sources);
  if (rule.on === 'ANOMALY') await replay.learn(options, begin, read.signal);
  const slice = new TimeSlice(options.clock);
  for (let now = Math.ceil(begin / stepMs) * stepMs; now <= to; now += stepMs) {
    replay.look(now);
    if (!slice.isOver) continue;
    await slice.pause();
    read.signal.throwIfAborted();
  }
  return replay.result({ asked: from, begin, end: to }, options.maxScanned);
}

/** From when on a window and the one before it have all their points. */
function firstWhole(panes: SharedPanes, { completeFrom }: SortedPoints, from: number): number {
  const missing = completeFrom - panes.neededFrom(from);
  return missing <= 0 ? from : from + missing + panes.paneMs;
}

interface Source {
  readonly panes: SharedPanes;
  readonly points: SortedPoints;
  next: number;
}

/** The points of a stretch by their times, as many as may be held: then only those after some time. */
interface SortedPoints {
  readonly points: readonly FilledPoint[];
  readonly completeFrom: number;
}

async function readPoints(
  { log, maxAheadMs, maxScanned }: PreviewOptions,
  panes: SharedPanes,
  from: number,
  to: number,
  read: Read,
): Promise<SortedPoints> {
  let points: FilledPoint[] = [];
  let completeFrom = panes.neededFrom(from);
  const sort = () => {
    points.sort((a, b) => a.time - b.time || a.offset - b.offset);
    const left = points[points.length - maxScanned - 1];
    if (left === undefined) return;
    completeFrom = Math.max(completeFrom, left.time);
    points = points.filter(({ time }) => time > completeFrom);
  };
  const upTo = log.head(log.partitionOf(panes.query.entityType));
  const { signal } = read;
  const spend = (looked: number) => read.spend(looked);
  const range = { from: completeFrom, to, upTo, maxAheadMs, signal, spend };
  const readFrom = await readFill(log, panes.query, range, (point) => {
    if (point.time <= completeFrom) return;
    points.push(point);
    if (points.length > 2 * maxScanned) sort();
  });
  sort();
  completeFrom = Math.max(completeFrom, readFrom);
  return { points: points.filter(({ time }) => time > completeFrom), completeFrom };
}

class Replay {
  readonly transitions: AlertTransition[] = [];
  readonly #look: Look;
  readonly #sources: readonly Source[];
  readonly #window: SharedWindow;
  // Where the rule is on what is unusual.
  readonly #kpi: WidgetWatch | null = null;
  // As of before the last look, by id.
  readonly #alerts = new Map<string, Alert>();
  // How many there were; the oldest are not kept.
  #transitions = 0;
  #firings = 0;
  #firingMs = 0;

  constructor(query: WindowQuery, rule: AlertRule, sources: readonly Source[]) {
    const target = { dashboardId: '', widgetId: '', entityType: query.entityType, rule };
    this.#look = { target, query, known: knownOf([]), seen: null, version: null };
    if (rule.on === 'ANOMALY') {
      const { entityType, serviceId } = query;
      const subject = { entityType, serviceId, dashboardId: null, widgetId: null };
      this.#kpi = new WidgetWatch(subject, query.groupBy.length > 0, { report: () => undefined, mayWatch: () => true });
    }
    this.#sources = sources;
    this.#window = new SharedWindow(query, sources);
  }

  /** As a widget does that begins to be watched then. */
  async learn(options: PreviewOptions, from: number, signal: AbortSignal): Promise<void> {
    const { paneMs } = this.#window;
    const to = Math.floor(from / paneMs) * paneMs;
    const stretch = { from: to - learntPanes * paneMs, to, stepMs: paneMs };
    this.#kpi?.learn(await readKpiHistory(options.log, this.#look.query, stretch, options, signal), from);
  }

  look(now: number): void {
    for (const source of this.#sources) letIn(source, now);
    const { value } = this.#window.frame(now, 0);
    if (this.#kpi?.isDue(now, this.#window.paneMs) === true) {
      this.#kpi.take(this.#window.history(now, panesPerWindow), now);
    }
    for (const alert of lookAt(this.#look, value, now, this.#kpi === null ? null : scoresOf(this.#kpi)))
      this.#note(alert, now);
  }

  result(
    { asked, begin, end }: { readonly asked: number; readonly begin: number; readonly end: number },
    maxScanned: number,
  ): AlertPreview {
    for (const alert of this.#alerts.values())
      if (isAlarming(alert.state)) this.#firingMs += end - (alert.firedAt ?? end);
    const limits = `${maxScanned} points or ${maxPreviewSteps} seconds`;
    const why: string[] = [];
    if (begin >= asked + stepMs) {
      why.push(`only from ${new Date(begin).toISOString()}: more than ${limits} are not looked at`);
    }
    if (this.#transitions > maxTransitions) {
      why.push(`only the newest ${maxTransitions} of ${this.#transitions} transitions are listed`);
    }
    return {
      transitions: this.transitions.slice(-maxTransitions),
      firings: this.#firings,
      firingSeconds: this.#firingMs / 1000,
      truncated: why.length === 0 ? null : why.join('; '),
    };
  }

  #note(alert: Alert, now: number): void {
    const before = this.#alerts.get(alert.id);
    const from = before?.state ?? 'INACTIVE';
    this.#alerts.set(alert.id, alert);
    if (from === alert.state) return;
    if (!isAlarming(from) && isAlarming(alert.state)) this.#firings += 1;
    if (isAlarming(from) && !isAlarming(alert.state)) this.#firingMs += now - (before?.firedAt ?? now);
    this.#transitions += 1;
    if (this.transitions.length >= 2 * maxTransitions) this.transitions.splice(0, maxTransitions);
    this.transitions.push({ at: now, group: alert.group, from, to: alert.state, value: alert.value });
  }
}

function letIn(source: Source, now: number): void {
  const { points } = source.points;
  for (let point = points[source.next]; point !== undefined && point.time <= now; point = points[source.next]) {
    source.panes.addValues(point, now);
    source.next += 1;
  }
}
