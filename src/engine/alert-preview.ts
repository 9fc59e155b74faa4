// What a rule would have done: stored points in the order of their times through the same windows and the same state machine, a look a
// second. Points that came late are seen when they were due, not when they came.
import type { Alert } from '../alerts/alert.ts';
import { knownOf } from '../alerts/evaluate.ts';
import type { AlertRule } from '../alerts/rule.ts';
import { type AlertState, isAlarming } from '../alerts/transition.ts';
import { type Clock, sleep } from '../base/clock.ts';
import type { Group } from '../base/group.ts';
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
const mostSteps = 1_000_000;
const mostTransitions = 1000;
const sliceMs = 8;

/** Errors: as Log.columns. */
export async function previewAlert(
  options: PreviewOptions,
  query: WindowQuery,
  rule: AlertRule,
  { from, to }: { from: number; to: number },
): Promise<AlertPreview> {
  const all = { ...query, top: null };
  const sources: Source[] = [];
  for (const one of computedOf(all).panes) {
    const panes = new SharedPanes(one, options);
    sources.push({ panes, points: await readPoints(options, panes, from, to), next: 0 });
  }
  const replay = new Replay(all, rule, sources);
  if (rule.on === 'ANOMALY') await replay.learn(options, from);
  const enough = Math.min(to, ...sources.map(({ points }) => points.completeTo));
  const last = Math.min(enough, from + mostSteps * stepMs);
  let end = from;
  let begun = options.clock.monotonic();
  for (let now = Math.ceil(from / stepMs) * stepMs; now <= last; now += stepMs) {
    replay.look(now);
    end = now;
    if (replay.transitions.length >= mostTransitions) break;
    if (options.clock.monotonic() - begun < sliceMs) continue;
    await sleep(options.clock, 0);
    begun = options.clock.monotonic();
  }
  return replay.result(end, to, options.maxScanned);
}

interface Source {
  readonly panes: SharedPanes;
  readonly points: SortedPoints;
  next: number;
}

/** The points of a stretch by their times, as many as may be held: then only those up to some time. */
interface SortedPoints {
  readonly points: readonly FilledPoint[];
  readonly completeTo: number;
}

async function readPoints(
  { log, maxAheadMs, maxScanned }: PreviewOptions,
  panes: SharedPanes,
  from: number,
  to: number,
): Promise<SortedPoints> {
  let points: FilledPoint[] = [];
  let completeTo = to;
  const sort = () => {
    points.sort((a, b) => a.time - b.time || a.offset - b.offset);
    const left = points[maxScanned];
    if (left === undefined) return;
    completeTo = Math.min(completeTo, left.time - 1);
    points = points.filter(({ time }) => time <= completeTo);
  };
  const upTo = log.head(log.partitionOf(panes.query.entityType));
  const range = { from: panes.neededFrom(from), to, upTo, maxAheadMs };
  await readFill(log, panes.query, range, (point) => {
    if (point.time > completeTo) return;
    points.push(point);
    if (points.length > 2 * maxScanned) sort();
  });
  sort();
  return { points, completeTo };
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
  async learn(options: PreviewOptions, from: number): Promise<void> {
    const { paneMs } = this.#window;
    const to = Math.floor(from / paneMs) * paneMs;
    const stretch = { from: to - learntPanes * paneMs, to, stepMs: paneMs };
    this.#kpi?.learn(await readKpiHistory(options.log, this.#look.query, stretch, options), from);
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

  result(end: number, to: number, maxScanned: number): AlertPreview {
    for (const alert of this.#alerts.values())
      if (isAlarming(alert.state)) this.#firingMs += end - (alert.firedAt ?? end);
    const isCut = end + stepMs <= to;
    const why =
      this.transitions.length >= mostTransitions
        ? `there are ${mostTransitions} transitions up to then`
        : `more than ${maxScanned} points or ${mostSteps} seconds are not looked at`;
    return {
      transitions: this.transitions,
      firings: this.#firings,
      firingSeconds: this.#firingMs / 1000,
      truncated: isCut ? `only up to ${new Date(end).toISOString()}: ${why}` : null,
    };
  }

  #note(alert: Alert, now: number): void {
    const before = this.#alerts.get(alert.id);
    const from = before?.state ?? 'INACTIVE';
    this.#alerts.set(alert.id, alert);
    if (from === alert.state) return;
    if (!isAlarming(from) && isAlarming(alert.state)) this.#firings += 1;
    if (isAlarming(from) && !isAlarming(alert.state)) this.#firingMs += now - (before?.firedAt ?? now);
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
