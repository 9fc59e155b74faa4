// The value of one widget as it is watched: each pane of its window, once it is over, for the whole or for each group.
import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { Group } from '../base/group.ts';
import type { Expectation } from './detector.ts';
import type { Subject } from './insight.ts';
import { Metric, type Watching } from './metric.ts';
import { type AnalyzerChoice, type SubjectContext, SubjectWatch } from './subject-watch.ts';

/** A pane of the window: its value, and that of its groups. */
export interface PaneValue {
  /** Milliseconds since 1970. */
  readonly end: number;
  readonly value: number | null;
  readonly groups: readonly { readonly key: Group; readonly value: number | null; readonly isOther: boolean }[];
}

/** What was expected of a pane. */
export interface PaneExpectation extends Expectation {
  readonly end: number;
}

// Points of a pane may be on their way while the clock is past it.
const settledMs = 10_000;
export const mostGroups = 100;
const silentPanes = 60;
/** What asks to be watched is. */
const choice: AnalyzerChoice = {
  version: 0,
  of: (): readonly Watching[] => [
    { type: 'ANOMALY', sensitivity: 'MEDIUM' },
    { type: 'SHIFT', sensitivity: 'MEDIUM' },
  ],
};

/** The whole, or a group. */
interface Watched {
  readonly watch: SubjectWatch;
  readonly metric: Metric;
}

export interface WidgetWatchOptions {
  readonly report: SubjectContext['report'];
  /** Whether there is room for one more value. */
  mayWatch(): boolean;
}

export class WidgetWatch {
  readonly #subject: Omit<Subject, 'group'>;
  readonly #isGrouped: boolean;
  readonly #context: SubjectContext;
  readonly #mayWatch: () => boolean;
  // What it learns from the past is no news.
  #isLearning = false;
  readonly #groups = new Map<string, Watched>();
  #paneMs = 0;
  #lastEnd = 0;

  constructor(subject: Omit<Subject, 'group'>, isGrouped: boolean, { report, mayWatch }: WidgetWatchOptions) {
    this.#subject = subject;
    this.#isGrouped = isGrouped;
    this.#mayWatch = mayWatch;
    this.#context = { choice, report: (insight) => (this.#isLearning ? undefined : report(insight)) };
  }

  /** How many values it watches: the whole, and groups. */
  get metrics(): number {
    return this.#groups.size;
  }

  /** End of the last pane that was observed; greater after every change. */
  get lastEnd(): number {
    return this.#lastEnd;
  }

  /** Whether a pane is over that was not observed yet. */
  isDue(now: number, paneMs: number): boolean {
    return now - settledMs >= this.#lastEnd + paneMs;
  }

  /** Panes in the order of their ends: those that are over and were not observed yet are. */
  take(panes: readonly PaneValue[], now: number): void {
    for (const pane of panes) if (pane.end > this.#lastEnd && pane.end + settledMs <= now) this.#observe(pane);
    for (const { watch } of this.#groups.values()) watch.tick(now, this.#lastEnd);
  }

  /** As take, of the past: none of it is news. */
  learn(panes: readonly PaneValue[], now: number): void {
    this.#isLearning = true;
    this.take(panes, now);
    for (const { watch } of this.#groups.values()) watch.forgetOpen();
    this.#isLearning = false;
  }

  /** Nobody watches it any more. */
  end(now: number): void {
    for (const { watch } of this.#groups.values()) watch.end(now);
  }

  /** Anomaly score of the last pane in which a group had a value, in [0, 1]; null: it had none for a window, or is not watched. */
  scoreOf(group: Group): number | null {
    const one = this.#groups.get(textOf(group));
    return one === undefined || isGone(one, this.#lastEnd - silentPanes * this.#paneMs) ? null : one.metric.score;
  }

  /** Whether an insight is open here. */
  holds(id: string): boolean {
    for (const { watch } of this.#groups.values()) if (watch.insights.some((one) => one.id === id)) return true;
    return false;
  }

  /** What was expected of the last panes of the whole, and what is of those up to the one that goes on. */
  expectations(paneMs: number, now: number): PaneExpectation[] {
    const metric = this.#groups.get(textOf([]))?.metric;
    if (metric === undefined) return [];
    const all: PaneExpectation[] = [];
    for (const { at, expected, lower, upper } of metric.trace.steps()) {
      if (expected !== null && lower !== null && upper !== null) all.push({ end: at, expected, lower, upper });
    }
    for (let end = this.#lastEnd + paneMs; end < now + paneMs; end += paneMs) {
      const expectation = metric.expectation(end);
      if (expectation !== null) all.push({ end, ...expectation });
    }
    return all;
  }

  save(writer: ByteWriter): void {
    writer.text(JSON.stringify({ lastEnd: this.#lastEnd, paneMs: this.#paneMs }));
    writer.varint(this.#groups.size);
    for (const [text, { watch }] of this.#groups) {
      writer.text(text);
      watch.save(writer);
    }
  }

  /** Takes up what was saved; throws where the bytes are none of a KPI. */
  load(reader: ByteReader): void {
    const { lastEnd, paneMs } = JSON.parse(reader.text()) as { lastEnd: number; paneMs: number };
    for (let left = reader.varint(); left > 0; left -= 1) {
      const text = reader.text();
      const watch = SubjectWatch.load(reader, this.#context);
      const [metric] = watch.metrics;
      if (metric !== undefined) this.#groups.set(text, { watch, metric });
    }
    this.#lastEnd = lastEnd;
    this.#paneMs = paneMs;
  }

  #observe({ end, value, groups }: PaneValue): void {
    if (this.#lastEnd > 0) this.#paneMs = end - this.#lastEnd;
    this.#lastEnd = end;
    this.#add([], value, end);
    if (!this.#isGrouped) return;
    for (const group of groups) if (!group.isOther) this.#add(group.key, group.value, end);
  }

  #add(group: Group, value: number | null, end: number): void {
    if (value === null) return;
    const one = this.#groups.get(textOf(group)) ?? this.#begin(group);
    if (one === null) return;
    one.metric.add(value);
    one.watch.observe({ at: end, arrivedAt: end, offset: end });
  }

  /** A group that has had no value for a window makes place for another. */
  #hasRoom(): boolean {
    if (this.#groups.size <= mostGroups && this.#mayWatch()) return true;
    for (const [text, one] of this.#groups) {
      if (text === textOf([]) || !isGone(one, this.#lastEnd - silentPanes * this.#paneMs)) continue;
      one.watch.end(this.#lastEnd);
      this.#groups.delete(text);
      return true;
    }
    return false;
  }

  #begin(group: Group): Watched | null {
    if (!this.#hasRoom()) return null;
    const watch = new SubjectWatch({ ...this.#subject, group }, this.#context);
    const metric = new Metric(null, false);
    watch.add(metric);
    const one = { watch, metric };
    this.#groups.set(textOf(group), one);
    return one;
  }
}

function isGone({ metric }: Watched, before: number): boolean {
  return (metric.last?.at ?? 0) < before;
}

function textOf(group: Group): string {
  return JSON.stringify(group.map(({ value }) => value));
}
