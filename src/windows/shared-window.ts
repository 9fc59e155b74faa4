// One window that all who ask the same share: panes fed by live points and, for what came before it was made, by the log.
// A value is over exactly the points with windowStart < timestamp <= windowEnd; points ahead of the clock wait for it.
import { aggregateMaker } from '../aggregates/aggregates.ts';
import { compileFilter, type Passes } from '../points/compile-filter.ts';
import { compilePath } from '../points/field-path.ts';
import type { StoredPoint } from '../points/point.ts';
import { compileGroupBy, groupText, type Named } from './group-key.ts';
import { groupValues, mergePanes } from './group-values.ts';
import { paneIndex } from './pane.ts';
import { PaneRing } from './pane-ring.ts';
import { type WindowQuery, windowKey } from './window-query.ts';
import { changePercent, type ValueFrame, type WindowBucket, type WindowValue } from './window-value.ts';

const panesPerWindow = 60;

/** A value with the event time, offset and group that it counts for. */
interface Waiting {
  readonly value: unknown;
  readonly time: number;
  readonly offset: number;
  readonly group: string | null;
}

export class SharedWindow {
  readonly query: WindowQuery;
  readonly key: string;
  readonly paneMs: number;
  readonly #ring: PaneRing;
  readonly #passes: Passes | null;
  readonly #readValue: (data: object) => unknown;
  readonly #readGroups: readonly ((data: object, of: Named) => unknown)[];
  // Points ahead of the clock, by time; they are few.
  #ahead: Waiting[] = [];
  // The newest frame, and whether points have come since.
  #frame: ValueFrame | null = null;
  #hasNewPoints = false;
  #sequence = 0;

  constructor(query: WindowQuery, maxGroups: number) {
    this.query = query;
    this.key = windowKey(query);
    this.paneMs = Math.ceil(query.timeWindow.ms / panesPerWindow);
    const make = aggregateMaker(query.aggregation);
    // This window with an unfinished pane, and the one before it.
    const capacity = 2 * panesPerWindow + 2;
    this.#ring = new PaneRing({ paneMs: this.paneMs, capacity, maxGroups, make });
    this.#passes = compileFilter(query);
    this.#readValue = query.aggregation.field === null ? () => undefined : compilePath(query.aggregation.field);
    this.#readGroups = compileGroupBy(query.groupBy);
  }

  /** Event times above this are needed to show the window and the one before it, at `now` or later. */
  neededFrom(now: number): number {
    return this.#bounds(now).previousStart;
  }

  /** Takes a live point in, whose series is known to fit. */
  addPoint(point: StoredPoint, now: number): void {
    if (this.#passes !== null && !this.#passes(point.data)) return;
    const group = this.#groupOf(point.data, point);
    this.add({ value: this.#readValue(point.data), time: point.timestamp, offset: point.offset, group }, now);
  }

  /** Takes the fields of a stored point in that has passed the filters. */
  addValues(point: Omit<Waiting, 'group'> & { groupValues: readonly unknown[] }, now: number): void {
    const group = this.#readGroups.length === 0 ? null : groupText(point.groupValues);
    this.add({ value: point.value, time: point.time, offset: point.offset, group }, now);
  }

  add(waiting: Waiting, now: number): void {
    if (waiting.time > now) {
      this.#ahead.push(waiting);
      return;
    }
    this.#hasNewPoints = true;
    this.#ring.add(waiting.value, waiting.time, waiting.offset, waiting.group);
  }

  /** Makes the frames to come newer than those of a window that this one replaces. */
  continueAfter(other: SharedWindow): void {
    this.#sequence = Math.max(this.#sequence, other.#sequence);
  }

  /** The value at `now`. The same frame comes again where neither time nor points have moved. */
  frame(now: number, epoch: number): ValueFrame {
    this.#release(now);
    if (this.#frame?.asOf === now && !this.#hasNewPoints) return this.#frame;
    this.#sequence += 1;
    this.#hasNewPoints = false;
    this.#frame = { epoch, sequence: this.#sequence, asOf: now, value: this.#value(now) };
    return this.#frame;
  }

  /** The window cut into about `buckets` steps of whole panes, oldest first. */
  history(now: number, buckets: number): WindowBucket[] {
    this.#release(now);
    const panes = Math.ceil(panesPerWindow / buckets);
    const { start } = this.#bounds(now);
    const first = Math.floor(Math.round(start / this.paneMs) / panes);
    const last = Math.floor(paneIndex(now, this.paneMs) / panes);
    const steps: WindowBucket[] = [];
    for (let step = first; step <= last; step += 1) steps.push(this.#bucket(step * panes, panes));
    return steps;
  }

  #bucket(firstPane: number, panes: number): WindowBucket {
    const merged = this.#merge(firstPane, firstPane + panes - 1, this.query.groupBy.length > 0);
    const seconds = (panes * this.paneMs) / 1000;
    return {
      start: firstPane * this.paneMs,
      end: (firstPane + panes) * this.paneMs,
      value: merged.total.aggregate.value(seconds),
      count: merged.total.count,
      groups: this.#groups(merged, seconds),
    };
  }

  #value(now: number): WindowValue {
    const { start, previousStart } = this.#bounds(now);
    const firstPane = Math.round(start / this.paneMs);
    const merged = this.#merge(firstPane, paneIndex(now, this.paneMs), this.query.groupBy.length > 0);
    const before = this.#merge(firstPane - panesPerWindow, firstPane - 1, false);
    const seconds = (now - start) / 1000;
    const value = merged.total.aggregate.value(seconds);
    const previous = before.total.aggregate.value((start - previousStart) / 1000);
    return {
      value,
      count: merged.total.count,
      groups: this.#groups(merged, seconds),
      previous,
      changePercent: changePercent(value, previous),
      windowStart: start,
      windowEnd: now,
    };
  }

  // The start is a window's length before `now`, moved back to its pane's edge; the window before has 60 whole panes.
  #bounds(now: number): { start: number; previousStart: number } {
    const start = Math.floor((now - this.query.timeWindow.ms) / this.paneMs) * this.paneMs;
    return { start, previousStart: start - panesPerWindow * this.paneMs };
  }

  #merge(from: number, to: number, withGroups: boolean) {
    return mergePanes(this.#ring.between(from, to), () => this.#ring.newCell(), withGroups);
  }

  #groups(merged: ReturnType<typeof mergePanes>, seconds: number) {
    const { groupBy, top } = this.query;
    return groupBy.length === 0
      ? []
      : groupValues(merged, { groupBy, top, seconds, newCell: () => this.#ring.newCell() });
  }

  #groupOf(data: object, of: Named): string | null {
    return this.#readGroups.length === 0 ? null : groupText(this.#readGroups.map((read) => read(data, of)));
  }

  #release(now: number): void {
    this.#ring.advance(now);
    if (this.#ahead.length === 0) return;
    const due = this.#ahead.filter(({ time }) => time <= now);
    if (due.length === 0) return;
    this.#ahead = this.#ahead.filter(({ time }) => time > now);
    this.#hasNewPoints = true;
    for (const { value, time, offset, group } of due) this.#ring.add(value, time, offset, group);
  }
}
