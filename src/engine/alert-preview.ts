// What a rule would have done: stored points in the order of their times through the same windows and the same state machine, a look a
// second. Points that came late are seen when they were due, not when they came.
import type { Alert } from '../alerts/alert.ts';
import { knownOf } from '../alerts/evaluate.ts';
import type { AlertRule } from '../alerts/rule.ts';
import { type AlertState, isAlarming } from '../alerts/transition.ts';
import type { ByteAccount, ByteBudget } from '../base/byte-budget.ts';
import type { Clock } from '../base/clock.ts';
import type { Group } from '../base/group.ts';
import { TimeSlice } from '../base/time-slice.ts';
import { WidgetWatch } from '../insights/widget-watch.ts';
import type { Log } from '../store/store.ts';
import { computedOf } from '../windows/computed.ts';
import { type FilledPoint, readFill } from '../windows/fill.ts';
import { groupText, shortText } from '../windows/group-key.ts';
import { readKpiHistory } from '../windows/kpi-history.ts';
import { pastBudget } from '../windows/past-budget.ts';
import { type PaneLimits, panesPerWindow, SharedPanes } from '../windows/shared-panes.ts';
import { SharedWindow } from '../windows/shared-window.ts';
import type { WindowQuery } from '../windows/window-query.ts';
import { type Look, lookAt, watchedQuery } from './alert-rows.ts';
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
  /** Of all windows together, in which a preview takes its part. */
  readonly budget: ByteBudget;
}

const stepMs = 1000;
/** Seconds that a preview looks at: somewhat more than a day. */
export const maxPreviewSteps = 100_000;
/** Values of groups that a preview looks at, over all its seconds. */
export const maxPreviewRows = 2_000_000;
// More than any window has.
const maxGroupsCounted = 10_000;
const maxTransitions = 1000;
// Some milliseconds of work.
const pointsATurn = 5000;
// Between two counts of what is held.
const pointsPerCount = 500;
// A point with its fields and its place in lists, without texts; a character of a text.
const [bytesPerPoint, bytesPerCharacter] = [160, 2];

/** Looks at the newest part where not all can be looked at. Errors: LIMIT_EXCEEDED, as Log.columns, and the reason of the read's signal. */
export async function previewAlert(
  options: PreviewOptions,
  query: WindowQuery,
  rule: AlertRule,
  range: PreviewRange,
  read: Read,
): Promise<AlertPreview> {
  const held = new Held(options.budget);
  try {
    return await replayed(options, query, rule, range, read, held);
  } finally {
    held.close();
  }
}

interface PreviewRange {
  readonly from: number;
  readonly to: number;
}

async function replayed(
  options: PreviewOptions,
  query: WindowQuery,
  rule: AlertRule,
  { from, to }: PreviewRange,
  read: Read,
  held: Held,
): Promise<AlertPreview> {
  const all = watchedQuery(query, rule);
  const wantedFrom = Math.max(from, to - maxPreviewSteps * stepMs);
  const sources: Source[] = [];
  for (const one of computedOf(all).panes) {
    const panes = new SharedPanes(one, options);
    if (all.comparesPrevious !== false) panes.compare();
    held.panes.push(panes);
    sources.push({ panes, points: await readPoints(options, panes, wantedFrom, to, read, held), next: 0 });
  }
  const groups = Math.max(1, ...sources.map(({ points }) => Math.min(points.groups, options.maxGroups)));
  const affordedFrom = to - Math.floor(maxPreviewRows / groups) * stepMs;
  const wholeFrom = sources.map(({ panes, points }) => firstWhole(panes, points, wantedFrom));
  const begin = Math.max(wantedFrom, affordedFrom, ...wholeFrom);
  const replay = new Replay(all, rule, sources);
  if (rule.on === 'ANOMALY') await replay.learn(options, begin, read.signal);
  const slice = new TimeSlice(options.clock);
  const rest = async () => {
    held.count();
    await pause(slice, read.signal);
  };
  const firstLook = Math.ceil(begin / stepMs) * stepMs;
  for (let now = firstLook; now <= to; now += stepMs) {
    while (!replay.admit(now)) await rest();
    for (const { panes } of sources) {
      for (const _ of panes.prepare(now)) if (slice.isOver) await rest();
    }
    replay.look(now);
    if (slice.isOver) await rest();
  }
  return replay.result({ asked: from, begin, end: to }, [read.maxPoints, options.maxScanned]);
}

/** What a preview holds of the memory of all windows. */
class Held {
  readonly panes: SharedPanes[] = [];
  readonly #budget: ByteBudget;
  readonly #account: ByteAccount;
  /** Of points that were read. */
  pointBytes = 0;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
    this.#account = budget.open();
  }

  /** Errors: LIMIT_EXCEEDED. */
  count(): void {
    this.#account.set(this.panes.reduce((sum, { panes }) => sum + panes.bytes, this.pointBytes));
    if (this.#budget.isOver) throw pastBudget(this.#budget);
  }

  close(): void {
    this.#account.close();
  }
}

function bytesOf({ value, groupValues }: FilledPoint): number {
  let characters = typeof value === 'string' ? value.length : 0;
  for (const part of groupValues) if (typeof part === 'string') characters += part.length;
  return bytesPerPoint + bytesPerCharacter * characters;
}

async function pause(slice: TimeSlice, signal: AbortSignal): Promise<void> {
  await slice.pause();
  signal.throwIfAborted();
}

/** Long texts take part as groups have them: a preview may hold very many. They are copied, for a part of a text keeps the whole in memory. */
function short(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const text = shortText(value);
  return text.length === value.length ? text : Buffer.from(text, 'utf16le').toString('utf16le');
}

/** From when on a window and the one before it have all their points. */
function firstWhole(panes: SharedPanes, { completeFrom }: PointsBySecond, from: number): number {
  const missing = completeFrom - panes.neededFrom(from);
  return missing <= 0 ? from : from + missing + panes.paneMs;
}

interface Source {
  readonly panes: SharedPanes;
  readonly points: PointsBySecond;
  /** Of the seconds whose points the panes do not have yet, the first. */
  next: number;
}

/** The points of a stretch by the second in which they are due, as many as may be held: then only those after some time. */
interface PointsBySecond {
  /** Number of each second that has points, ascending. */
  readonly seconds: Float64Array;
  readonly of: ReadonlyMap<number, readonly FilledPoint[]>;
  readonly completeFrom: number;
  /** How many groups they are of. */
  readonly groups: number;
}

/** Collects the newest points of a stretch, in any order. */
class Collected {
  readonly #of = new Map<number, FilledPoint[]>();
  readonly #max: number;
  readonly #held: Held;
  #count = 0;
  readonly #groups = new Set<string>();
  completeFrom: number;

  constructor(from: number, max: number, held: Held) {
    this.completeFrom = from;
    this.#max = max;
    this.#held = held;
  }

  take(point: FilledPoint): void {
    if (point.time <= this.completeFrom) return;
    const second = Math.ceil(point.time / stepMs);
    const points = this.#of.get(second);
    const held = { ...point, value: short(point.value), groupValues: point.groupValues.map(short) };
    if (points === undefined) this.#of.set(second, [held]);
    else points.push(held);
    this.#count += 1;
    this.#held.pointBytes += bytesOf(held);
    if (this.#count % pointsPerCount === 0) this.#held.count();
    if (held.groupValues.length > 0 && this.#groups.size < maxGroupsCounted)
      this.#groups.add(groupText(held.groupValues));
    if (this.#count > 2 * this.#max) this.#dropOldest();
  }

  bySecond(): PointsBySecond {
    this.#dropOldest();
    return { seconds: this.#seconds(), of: this.#of, completeFrom: this.completeFrom, groups: this.#groups.size };
  }

  // A second goes as a whole, so that the others are complete.
  #dropOldest(): void {
    for (const second of this.#seconds()) {
      if (this.#count <= this.#max) return;
      const dropped = this.#of.get(second) ?? [];
      this.#count -= dropped.length;
      for (const point of dropped) this.#held.pointBytes -= bytesOf(point);
      this.#of.delete(second);
      this.completeFrom = Math.max(this.completeFrom, second * stepMs);
    }
  }

  #seconds(): Float64Array {
    return Float64Array.from(this.#of.keys()).sort();
  }
}

async function readPoints(
  { log, maxAheadMs, maxScanned }: PreviewOptions,
  panes: SharedPanes,
  from: number,
  to: number,
  read: Read,
  held: Held,
): Promise<PointsBySecond> {
  const collected = new Collected(panes.neededFrom(from), maxScanned, held);
  const upTo = log.head(log.partitionOf(panes.query.entityType));
  const { signal } = read;
  const spend = (looked: number) => read.spend(looked);
  const range = { from: collected.completeFrom, to, upTo, maxAheadMs, signal, spend };
  const readFrom = await readFill(log, panes.query, range, (point) => collected.take(point));
  collected.completeFrom = Math.max(collected.completeFrom, readFrom);
  return collected.bySecond();
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

  /** Gives the windows a part of the points that are due; false: there are more. */
  admit(now: number): boolean {
    let isDone = true;
    for (const source of this.#sources) {
      const before = source.next;
      source.next = admit(source, now);
      const second = source.points.seconds[source.next];
      if (source.next > before && second !== undefined && second * stepMs <= now) isDone = false;
    }
    return isDone;
  }

  /** To be called once all points that are due have been admitted. */
  look(now: number): void {
    const { value } = this.#window.frame(now, 0);
    if (this.#kpi?.isDue(now, this.#window.paneMs) === true) {
      this.#kpi.take(this.#window.history(now, panesPerWindow), now);
    }
    for (const alert of lookAt(this.#look, value, now, this.#kpi === null ? null : scoresOf(this.#kpi)))
      this.#note(alert, now);
  }

  result(
    { asked, begin, end }: { readonly asked: number; readonly begin: number; readonly end: number },
    [maxLooked, maxHeld]: readonly [number, number],
  ): AlertPreview {
    for (const alert of this.#alerts.values())
      if (isAlarming(alert.state)) this.#firingMs += end - (alert.firedAt ?? end);
    const limits = `${maxLooked} stored points, ${maxHeld} that pass, ${maxPreviewSteps} seconds or ${maxPreviewRows} values of groups`;
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

/** Gives the panes points that are due up to `now`, some thousand at most; gives the second to go on with. */
function admit({ panes, points, next }: Source, now: number): number {
  let at = next;
  let taken = 0;
  for (; at < points.seconds.length && taken < pointsATurn; at += 1) {
    const second = points.seconds[at] as number;
    if (second * stepMs > now) break;
    const due = points.of.get(second) ?? [];
    taken += due.length;
    for (const point of due) panes.addValues(point, now);
  }
  return at;
}
