// Panes that all who ask about the same points share, fed by live points and, for what came before they were made, by the
// log. Points ahead of the clock wait for it.
import { type Cells, mergeAll } from '../aggregates/cells.ts';
import { makeCells } from '../aggregates/make-cells.ts';
import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import { compileFilter, type Passes } from '../points/compile-filter.ts';
import { compilePath } from '../points/field-path.ts';
import type { StoredPoint } from '../points/point.ts';
import type { SearchBudget } from '../points/text-search.ts';
import { compileGroupBy, groupText, type Named } from './group-key.ts';
import { type PaneQuery, paneKey } from './pane-query.ts';
import { Panes, paneIndex } from './panes.ts';
import { SlidingMerge } from './sliding-merge.ts';

export const panesPerWindow = 60;
// This window with an unfinished pane, and the one before it.
const capacity = 2 * panesPerWindow + 2;

export interface PaneLimits {
  /** Groups of a window; later ones are folded into one. */
  readonly maxGroups: number;
  /** Memory of a window's panes. */
  readonly maxWindowBytes: number;
}

/** Of a window that ends at some time: its bounds, and what its points and those of the window before come to. */
export interface WindowCells {
  readonly start: number;
  readonly previousStart: number;
  /** The same object: the same cells as before. */
  readonly stamp: object;
  /** Not to be changed; overwritten when another time, or new points, are asked for. */
  readonly cells: Cells;
  readonly previous: Cells;
}

/** A value with the event time, offset and group that it counts for. */
interface Waiting {
  readonly value: unknown;
  readonly time: number;
  readonly offset: number;
  readonly group: string | null;
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
  readonly #previous: SlidingMerge;
  // The window's closed panes and its open one together.
  readonly #cells: Cells;
  // Points ahead of the clock; they are few.
  #ahead: Waiting[] = [];
  // What the cells are those of.
  #merged: { readonly version: number; readonly first: number; readonly open: number; readonly previous: Cells };

  /** `searches` bounds what its filters may search in live points. */
  constructor(query: PaneQuery, { maxGroups, maxWindowBytes }: PaneLimits, searches: SearchBudget | null = null) {
    this.query = query;
    this.key = paneKey(query);
    this.paneMs = Math.ceil(query.windowMs / panesPerWindow);
    const make = () => makeCells(query.kind);
    const bytesBeside = () => this.#bytesBeside;
    const { paneMs } = this;
    this.panes = new Panes({ paneMs, capacity, maxGroups, maxBytes: maxWindowBytes, make, bytesBeside });
    this.#window = new SlidingMerge(this.panes);
    this.#previous = new SlidingMerge(this.panes);
    this.#cells = make();
    this.#merged = { version: -1, first: Number.NaN, open: Number.NaN, previous: make() };
    this.#passes = compileFilter(query, searches);
    this.#readValue = query.field === null ? () => undefined : compilePath(query.field);
    this.#readGroups = compileGroupBy(query.groupBy);
  }

  /** Event times above this are needed to show the window and the one before it, at `now` or later. */
  neededFrom(now: number): number {
    return this.#bounds(now).previousStart;
  }

  /** Whether a pane with that index or a lower one, which can still be shown at `now`, has points. */
  holdsUpTo(index: number, now: number): boolean {
    const first = Math.round(this.neededFrom(now) / this.paneMs);
    return this.panes.versionOf(Math.max(first, index - capacity), index) > 0;
  }

  /** Takes a live point in, whose series is known to fit. */
  addPoint(point: StoredPoint, now: number): void {
    if (this.#passes !== null && !this.#passes(point.data)) return;
    const group = this.#groupOf(point.data, point);
    this.#take(this.#readValue(point.data), point.timestamp, point.offset, group, now);
  }

  /** Takes the fields of a stored point in that has passed the filters. */
  addValues(
    { value, time, offset, groupValues }: Omit<Waiting, 'group'> & { readonly groupValues: readonly unknown[] },
    now: number,
  ): void {
    this.#take(value, time, offset, this.#readGroups.length === 0 ? null : groupText(groupValues), now);
  }

  /** The window that ends at `now`, and the one before. */
  windowAt(now: number): WindowCells {
    this.letIn(now);
    const { start, previousStart } = this.#bounds(now);
    const first = Math.round(start / this.paneMs);
    const open = paneIndex(now, this.paneMs);
    const { version } = this.panes;
    if (version !== this.#merged.version || first !== this.#merged.first || open !== this.#merged.open) {
      this.#merge(first, open);
      this.#merged = { version, first, open, previous: this.#previous.merged(first - panesPerWindow, first - 1) };
    }
    return { start, previousStart, stamp: this.#merged, cells: this.#cells, previous: this.#merged.previous };
  }

  /** Writes all of it, for `load` of empty ones of the same query. */
  save(writer: ByteWriter): void {
    this.panes.save(writer);
    const ahead = Buffer.from(JSON.stringify(this.#ahead));
    writer.varint(ahead.length).raw(ahead);
  }

  load(reader: ByteReader): void {
    this.panes.load(reader);
    this.#ahead = JSON.parse(Buffer.from(reader.raw(reader.varint())).toString()) as Waiting[];
  }

  /** Makes what the first reading will need, in small parts: the caller may pause between them. */
  *prepare(now: number): Generator<void> {
    this.letIn(now);
    const first = Math.round(this.#bounds(now).start / this.paneMs);
    yield* this.#window.prepare(first, paneIndex(now, this.paneMs) - 1);
    yield* this.#previous.prepare(first - panesPerWindow, first - 1);
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

  // The start is a window's length before `now`, moved back to its pane's edge; the window before has 60 whole panes.
  #bounds(now: number): { start: number; previousStart: number } {
    const start = Math.floor((now - this.query.windowMs) / this.paneMs) * this.paneMs;
    return { start, previousStart: start - panesPerWindow * this.paneMs };
  }

  get #bytesBeside(): number {
    return this.#window.bytes + this.#previous.bytes + this.#cells.bytes;
  }

  #groupOf(data: object, of: Named): string | null {
    const [first] = this.#readGroups;
    if (first === undefined) return null;
    return groupText(
      this.#readGroups.length === 1 ? [first(data, of)] : this.#readGroups.map((read) => read(data, of)),
    );
  }

  #take(value: unknown, time: number, offset: number, group: string | null, now: number): void {
    if (time > now) this.#ahead.push({ value, time, offset, group });
    else this.#add(value, time, offset, group);
  }

  #add(value: unknown, time: number, offset: number, group: string | null): void {
    this.panes.add(value, time, offset, group, this.#note);
  }

  readonly #note = (index: number, slot: number, value: unknown, time: number, offset: number): void => {
    this.#window.note(index, slot, value, time, offset);
    this.#previous.note(index, slot, value, time, offset);
  };
}
