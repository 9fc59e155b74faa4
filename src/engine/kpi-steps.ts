// The past of a widget's value in steps as long as its window, for the whole and for its groups: read once, then only what has come. Groups that
// come and go are forgotten: those stay that had points most often.
import type { Group } from '../base/group.ts';
import { nextTurn } from '../base/turns.ts';
import type { Log } from '../store/store.ts';
import { computedOf } from '../windows/computed.ts';
import { readFill } from '../windows/fill.ts';
import { type HistoryLimits, readKpiHistory } from '../windows/kpi-history.ts';
import type { WindowQuery } from '../windows/window-query.ts';
import type { WindowBucket } from '../windows/window-value.ts';
import { stepValue } from './training.ts';

/** The whole, or a group. */
export interface Steps {
  readonly group: Group;
  /** A value a step, not a number where there was none; from the first step that had points. */
  readonly values: Float64Array;
  /** How many have a value. */
  readonly known: number;
}

export interface KpiStepsOptions {
  readonly log: Log;
  readonly query: WindowQuery;
  readonly stepMs: number;
  readonly most: number;
  readonly limits: HistoryLimits;
}

interface Line {
  readonly group: Group;
  /** Number of the step that its values begin with. */
  begin: number;
  values: number[];
  /** Steps that had points. */
  active: number;
  /** Number of the last of them. */
  last: number;
}

const mostLines = 1000;
const stepsATurn = 10;

export class KpiSteps {
  readonly #options: KpiStepsOptions;
  readonly #lines = new Map<string, Line>();
  // End of the last step; 0: nothing was read yet.
  #end = 0;
  // Offset of the last point that was seen.
  #readTo = 0;

  constructor(options: KpiStepsOptions) {
    this.#options = options;
  }

  /** Reads the steps up to `end`, and again those for which points have come late. Errors: as Log.columns, and the reason of `signal`. */
  async readTo(end: number, signal: AbortSignal): Promise<void> {
    const { log, query, stepMs, most, limits } = this.#options;
    const head = log.head(log.partitionOf(query.entityType));
    const oldest = end - most * stepMs;
    if (this.#end > 0) this.#forgetFrom(await this.#earliestLate(head, oldest, signal));
    const from = Math.max(this.#end, oldest);
    if (from >= end) return;
    const buckets = await readKpiHistory(log, query, { from, to: end, stepMs }, limits, signal);
    for (const [i, bucket] of buckets.entries()) {
      this.#take(bucket);
      // Many steps of many groups are long.
      if (i % stepsATurn === 0) await nextTurn();
    }
    this.#end = end;
    this.#readTo = head;
    this.#forgetBefore(Math.round(oldest / stepMs));
  }

  /** The whole where it does not group, else the groups that had points in most steps. */
  lines(most: number): Steps[] {
    const isGrouped = this.#options.query.groupBy.length > 0;
    return [...this.#lines.values()]
      .filter(({ group }) => group.length > 0 === isGrouped)
      .sort((a, b) => b.active - a.active)
      .slice(0, most)
      .map(({ group, values }) => stepsOf(group, values));
  }

  /** Time of the earliest point that has come since for a step that was read; infinity: there is none. */
  async #earliestLate(upTo: number, oldest: number, signal: AbortSignal): Promise<number> {
    const { log, query, limits } = this.#options;
    const range = { from: oldest, to: this.#end, after: this.#readTo, upTo };
    let earliest = Number.POSITIVE_INFINITY;
    for (const panes of computedOf(query).panes) {
      await readFill(log, panes, { ...range, maxAheadMs: limits.maxAheadMs, signal }, ({ time }) => {
        earliest = Math.min(earliest, time);
      });
    }
    return earliest;
  }

  /** The step of that time, and what is behind it, are read again. */
  #forgetFrom(time: number): void {
    const { stepMs } = this.#options;
    if (time > this.#end) return;
    const step = Math.ceil(time / stepMs) - 1;
    this.#end = step * stepMs;
    for (const [text, line] of this.#lines) {
      if (line.begin >= step) this.#lines.delete(text);
      else line.values.length = Math.min(line.values.length, step - line.begin);
    }
  }

  #take(bucket: WindowBucket): void {
    const step = Math.round(bucket.start / this.#options.stepMs);
    this.#add(step, [], bucket);
    for (const { key, isOther, ...group } of bucket.groups) if (!isOther) this.#add(step, key, group);
    const none = stepValue({ value: null, count: 0 }, this.#options.query) ?? Number.NaN;
    for (const { begin, values } of this.#lines.values()) if (begin + values.length <= step) values.push(none);
    if (this.#lines.size > 2 * mostLines) this.#forgetLeast();
  }

  #add(step: number, group: Group, value: Pick<WindowBucket, 'value' | 'count'>): void {
    const text = JSON.stringify(group.map((part) => part.value));
    const known = this.#lines.get(text);
    if (value.count === 0 && known === undefined) return;
    const line = known ?? { group, begin: step, values: [], active: 0, last: step };
    if (known === undefined) this.#lines.set(text, line);
    line.values.push(stepValue(value, this.#options.query) ?? Number.NaN);
    if (value.count === 0) return;
    line.active += 1;
    line.last = step;
  }

  /** Steps before that are forgotten, and lines that had points in none since. */
  #forgetBefore(step: number): void {
    for (const [text, line] of this.#lines) {
      if (line.last < step) this.#lines.delete(text);
      else if (line.begin < step) {
        line.values.splice(0, step - line.begin);
        line.begin = step;
      }
    }
  }

  #forgetLeast(): void {
    const ranked = [...this.#lines].sort(([, a], [, b]) => b.active - a.active || b.last - a.last);
    for (const [text, { group }] of ranked.slice(mostLines)) if (group.length > 0) this.#lines.delete(text);
  }
}

function stepsOf(group: Group, all: readonly number[]): Steps {
  const values = Float64Array.from(
    all.slice(
      Math.max(
        0,
        all.findIndex((value) => !Number.isNaN(value)),
      ),
    ),
  );
  return { group, values, known: values.filter((value) => !Number.isNaN(value)).length };
}
