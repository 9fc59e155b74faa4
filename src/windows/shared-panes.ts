// Panes that all who ask about the same points share, fed by live points and, for what came before they were made, by the
// log. Points ahead of the clock wait for it.
import { type Cells, mergeAll } from '../aggregates/cells.ts';
import { makeCells } from '../aggregates/make-cells.ts';
import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import { compileFilter, type Passes } from '../points/compile-filter.ts';
import { compilePath } from '../points/field-path.ts';
import type { StoredPoint } from '../points/point.ts';
import type { SearchBudget } from '../points/text-search.ts';
import type { FilledPoint } from './fill.ts';
import { compileGroupBy, groupText, type Named } from './group-key.ts';
import { type PaneQuery, paneKey } from './pane-query.ts';
import { Panes, paneIndex } from './panes.ts';
import { type EdgeBounds, type EdgeRange, PreviousEdge } from './previous-edge.ts';
import { SlidingMerge } from './sliding-merge.ts';
import type { TimedValue } from './timed-values.ts';

export const panesPerWindow = 60;
// This window with an unfinished pane, and the one before it.
const capacity = 2 * panesPerWindow + 2;

export interface PaneLimits {
  /** Groups of a window; later ones are folded into one. */
  readonly maxGroups: number;
  /** Memory of a window's panes. */
  readonly maxWindowBytes: number;
}

export interface PaneUse {
  /** Bounds what filters may search in live points. */
  readonly searches?: SearchBudget | null;
  /** Values that are kept at a time of the window before; others are read again (`loadPrevious`). Left out: all. */
  readonly keptValues?: number;
}

/** Of a window that ends at some time: its bounds, and what its points and those of the window before come to. */
export interface WindowCells {
  readonly start: number;
  /** As long before `start` as that is before the window's end. */
  readonly previousStart: number;
  /** The same object: the same cells as before. */
  readonly stamp: object;
  /** Not to be changed; overwritten when another time, or new points, are asked for. */
  readonly cells: Cells;
  /** Null: not compared, or its oldest points are being read. */
  readonly previous: Cells | null;
}

/** What the cells were made of. */
interface Merged {
  readonly version: number;
  readonly first: number;
  readonly open: number;
  /** Of the window before; null as in WindowCells. */
  readonly edge: number | null;
}

export class SharedPanes {
  readonly query: PaneQuery;
  readonly key: string;
  readonly paneMs: number;
  readonly panes: Panes;
  readonly #passes: Passes | null;
  readonly #readValue: (data: object) => unknown;
  readonly #readGroups: readonly ((data: object, of: Named) => unknown)[];
  readonly #window: SlidingMerge;
  #previous: SlidingMerge;
  // The window's closed panes and its open one together.
  readonly #cells: Cells;
  // The whole panes of the window before and its edge together.
  readonly #previousCells: Cells;
  // Which versions of the two those are.
  #previousOf = '';
  readonly #keptValues: number;
  // While somebody compares with the window before.
  #edge: PreviousEdge | null = null;
  #hasValues = false;
  // Points ahead of the clock; they are few.
  #ahead: TimedValue[] = [];
  #merged: Merged = { version: -1, first: Number.NaN, open: Number.NaN, edge: null };

  constructor(
    query: PaneQuery,
    { maxGroups, maxWindowBytes }: PaneLimits,
    { searches = null, keptValues = Number.POSITIVE_INFINITY }: PaneUse = {},
  ) {
    this.query = query;
    this.key = paneKey(query);
    this.paneMs = Math.ceil(query.windowMs / panesPerWindow);
    const make = () => makeCells(query.kind);
    const bytesBeside = () => this.#bytesBeside;
    const { paneMs } = this;
    const onFold = (slot: number) => this.#edge?.fold(slot);
    this.panes = new Panes({ paneMs, capacity, maxGroups, maxBytes: maxWindowBytes, make, bytesBeside, onFold });
    this.#window = new SlidingMerge(this.panes);
    this.#previous = new SlidingMerge(this.panes);
    this.#cells = make();
    this.#previousCells = make();
    this.#keptValues = keptValues;
    this.#passes = compileFilter(query, searches);
    this.#readValue = query.field === null ? () => undefined : compilePath(query.field);
    this.#readGroups = compileGroupBy(query.groupBy);
  }

  /** Event times above this are needed to show the window and the one before it, at `now` or later. */
  neededFrom(now: number): number {
    return this.#bounds(now).start - this.query.windowMs - this.paneMs;
  }

  /** From now on the window before is shown too. */
  compare(): void {
    if (this.#edge !== null) return;
    const { windowMs } = this.query;
    this.#edge = new PreviousEdge(this.panes, windowMs, { isEmpty: !this.#hasValues, most: this.#keptValues });
    // It has heard of nothing while it was not needed.
    this.#previous = new SlidingMerge(this.panes);
    this.#previousOf = '';
  }

  /** The window before is shown no more. */
  stopComparing(): void {
    this.#edge = null;
    this.#previousCells.clearAll();
  }

  /**
   * What is to be read to compare at `now` and a while later, without points later than `now`; null: nothing. To be followed by
   * `takeStored` with each of them and `loaded`, or by `notLoaded`.
   */
  loadPrevious(now: number): EdgeRange | null {
    this.letIn(now);
    return this.#edge?.load(this.#bounds(now)) ?? null;
  }

  takeStored(point: FilledPoint): void {
    const { value, time, offset, group } = this.#valueOf(point);
    this.#edge?.take({ value, time, offset, group: this.#kept(group) });
  }

  loaded(): void {
    this.#edge?.loaded();
  }

  notLoaded(): void {
    this.#edge?.failed();
  }

  /** Whether a pane with that index or a lower one, which can still be shown at `now`, has points. */
  holdsUpTo(index: number, now: number): boolean {
    const first = Math.floor(this.neededFrom(now) / this.paneMs);
    return this.panes.versionOf(Math.max(first, index - capacity), index) > 0;
  }

  /** Takes a live point in, whose series is known to fit. */
  addPoint(point: StoredPoint, now: number): void {
    if (this.#passes !== null && !this.#passes(point.data)) return;
    const group = this.#groupOf(point.data, point);
    this.#take(this.#readValue(point.data), point.timestamp, point.offset, group, now);
  }

  /** Takes the fields of a stored point in that has passed the filters. */
  addValues(point: FilledPoint, now: number): void {
    const { value, time, offset, group } = this.#valueOf(point);
    this.#take(value, time, offset, group, now);
  }

  /** The window that ends at `now`, and the one before. */
  windowAt(now: number): WindowCells {
    this.letIn(now);
    const bounds = this.#bounds(now);
    const { start, previousStart } = bounds;
    const first = Math.round(start / this.paneMs);
    const open = paneIndex(now, this.paneMs);
    const { version } = this.panes;
    const before = this.#merged;
    const isMoved = version !== before.version || first !== before.first || open !== before.open;
    const edge = this.#edge?.moveTo(bounds) ?? null;
    if (isMoved) this.#merge(first, open);
    if (isMoved || edge !== before.edge) {
      if (edge !== null) this.#mergePrevious(bounds, edge);
      this.#merged = { version, first, open, edge };
    }
    const previous = edge === null ? null : this.#previousCells;
    return { start, previousStart, stamp: this.#merged, cells: this.#cells, previous };
  }

  /** Writes all of it, for `load` of empty ones of the same query. */
  save(writer: ByteWriter): void {
    this.panes.save(writer);
    const ahead = Buffer.from(JSON.stringify(this.#ahead));
    writer.varint(ahead.length).raw(ahead);
  }

  load(reader: ByteReader): void {
    this.panes.load(reader);
    this.#ahead = JSON.parse(Buffer.from(reader.raw(reader.varint())).toString()) as TimedValue[];
    this.#hasValues = true;
  }

  /** Makes what the first reading will need, in small parts: the caller may pause between them. */
  *prepare(now: number): Generator<void> {
    this.letIn(now);
    const { start, whole } = this.#bounds(now);
    const first = Math.round(start / this.paneMs);
    yield* this.#window.prepare(first, paneIndex(now, this.paneMs) - 1);
    if (this.#edge !== null) yield* this.#previous.prepare(Math.round(whole / this.paneMs), first - 1);
  }

  /** Lets points in whose time has come, and panes go that are too old. */
  letIn(now: number): void {
    this.panes.advance(now);
    this.letDueIn(now);
  }

  letDueIn(now: number): void {
    if (this.#ahead.length === 0) return;
    const due = this.#ahead.filter(({ time }) => time <= now);
    if (due.length === 0) return;
    this.#ahead = this.#ahead.filter(({ time }) => time > now);
    for (const { value, time, offset, group } of due) this.#add(value, time, offset, group);
  }

  #merge(first: number, open: number): void {
    this.#cells.copy(this.#window.merged(first, open - 1));
    const newest = this.panes.cellsOf(open);
    if (newest !== undefined) mergeAll(this.#cells, newest);
  }

  // The whole panes of the window before, and what its edge has of the pane before them.
  #mergePrevious({ start, whole }: EdgeBounds, edge: number): void {
    const panes = this.#previous.merged(Math.round(whole / this.paneMs), Math.round(start / this.paneMs) - 1);
    const versions = `${this.#previous.version} ${edge}`;
    if (versions === this.#previousOf || this.#edge === null) return;
    this.#previousOf = versions;
    this.#previousCells.copy(panes);
    mergeAll(this.#previousCells, this.#edge.cells);
  }

  // The start is a window's length before `now`, moved back to its pane's edge. Before it lies as much again.
  #bounds(now: number): EdgeBounds {
    const { windowMs } = this.query;
    const start = Math.floor((now - windowMs) / this.paneMs) * this.paneMs;
    return {
      start,
      previousStart: 2 * start - now,
      whole: Math.ceil((start - windowMs) / this.paneMs) * this.paneMs,
    };
  }

  get #bytesBeside(): number {
    const edge = this.#edge === null ? 0 : this.#edge.bytes + this.#previousCells.bytes;
    return this.#window.bytes + this.#previous.bytes + this.#cells.bytes + edge;
  }

  #groupOf(data: object, of: Named): string | null {
    const [first] = this.#readGroups;
    if (first === undefined) return null;
    return groupText(
      this.#readGroups.length === 1 ? [first(data, of)] : this.#readGroups.map((read) => read(data, of)),
    );
  }

  #valueOf({ value, time, offset, groupValues }: FilledPoint): TimedValue {
    return { value, time, offset, group: this.#readGroups.length === 0 ? null : groupText(groupValues) };
  }

  #take(value: unknown, time: number, offset: number, group: string | null, now: number): void {
    if (time > now) this.#ahead.push({ value, time, offset, group });
    else this.#add(value, time, offset, group);
  }

  #add(value: unknown, time: number, offset: number, group: string | null): void {
    this.#hasValues = true;
    const isKept = this.panes.add(value, time, offset, group, this.#note);
    if (isKept && this.#edge !== null) this.#edge.note({ value, time, offset, group: this.#kept(group) });
  }

  // The text that the panes keep, where they keep one.
  #kept(group: string | null): string | null {
    const slot = group === null ? undefined : this.panes.groups.slotOf(group);
    return slot === undefined ? group : this.panes.groups.textOf(slot);
  }

  readonly #note = (index: number, slot: number, value: unknown, time: number, offset: number): void => {
    this.#window.note(index, slot, value, time, offset);
    if (this.#edge !== null) this.#previous.note(index, slot, value, time, offset);
  };
}
