// The past of a widget's value in steps as long as its window, for the whole and for its groups: read once, then only what has come.
import type { Group } from '../base/group.ts';
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
  /** A value a step, not a number where there was none; from the first step that had one. */
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
  values: number[];
}

const nothing = { value: null, count: 0 };

export class KpiSteps {
  readonly #options: KpiStepsOptions;
  readonly #lines = new Map<string, Line>();
  // End of the last step; 0: nothing was read yet.
  #end = 0;
  #count = 0;
  // Offset of the last point that was seen.
  #readTo = 0;

  constructor(options: KpiStepsOptions) {
    this.#options = options;
  }

  /** End of the last step. */
  get end(): number {
    return this.#end;
  }

  /** Reads the steps up to `end`. Errors: as Log.columns, and the reason of `signal`. */
  async readTo(end: number, signal: AbortSignal): Promise<void> {
    const { log, query, stepMs, most, limits } = this.#options;
    const head = log.head(log.partitionOf(query.entityType));
    if (this.#end > 0) this.#forgetFrom(await this.#earliestLate(head, signal));
    const oldest = end - most * stepMs;
    const from = this.#count === 0 ? oldest : Math.max(this.#end, oldest);
    if (from >= end) return;
    const buckets = await readKpiHistory(log, query, { from, to: end, stepMs }, limits, signal);
    for (const bucket of buckets) this.#take(bucket);
    this.#end = end;
    this.#readTo = head;
    this.#trim();
  }

  /** The whole where it does not group, else the groups that had a value most often. */
  lines(most: number): Steps[] {
    const isGrouped = this.#options.query.groupBy.length > 0;
    return [...this.#lines.values()]
      .filter(({ group }) => group.length > 0 === isGrouped)
      .map(({ group, values }) => stepsOf(group, values))
      .sort((a, b) => b.known - a.known)
      .slice(0, most);
  }

  /** Time of the earliest point that has come since for a step that was read; infinity: there is none. */
  async #earliestLate(upTo: number, signal: AbortSignal): Promise<number> {
    const { log, query, stepMs, limits } = this.#options;
    const range = { from: this.#end - this.#count * stepMs, to: this.#end, after: this.#readTo, upTo };
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
    const gone = Math.ceil((this.#end - time + 1) / stepMs);
    if (gone <= 0) return;
    this.#count = Math.max(0, this.#count - gone);
    this.#end -= gone * stepMs;
    for (const line of this.#lines.values()) line.values = line.values.slice(0, this.#count);
  }

  #take(bucket: WindowBucket): void {
    const { query } = this.#options;
    this.#add([], bucket);
    for (const { key, isOther, ...group } of bucket.groups) if (!isOther) this.#add(key, group);
    this.#count += 1;
    const none = stepValue(nothing, query) ?? Number.NaN;
    for (const { values } of this.#lines.values()) if (values.length < this.#count) values.push(none);
  }

  /** A group that is new has had nothing before. */
  #add(group: Group, value: Pick<WindowBucket, 'value' | 'count'>): void {
    const text = JSON.stringify(group.map((part) => part.value));
    const known = this.#lines.get(text);
    if (known === undefined && value.count === 0) return;
    const line = known ?? { group, values: new Array<number>(this.#count).fill(Number.NaN) };
    if (known === undefined) this.#lines.set(text, line);
    line.values.push(stepValue(value, this.#options.query) ?? Number.NaN);
  }

  #trim(): void {
    const { most } = this.#options;
    for (const [text, line] of this.#lines) {
      line.values = line.values.slice(-most);
      if (line.values.every((value) => Number.isNaN(value) || value === 0)) this.#lines.delete(text);
    }
    this.#count = Math.min(this.#count, most);
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
