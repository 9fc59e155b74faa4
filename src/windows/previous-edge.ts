// The older end of the window before: it lies within a pane, so that this window is exactly as long as the one that is shown. Panes hold no
// single points; those that the end is about to move past are kept here, and read from the log where they were too many to keep.
//
//   previousStart                    start                     now
//        │ edge │ whole panes          │ whole panes      │ open │
//        └──────┴──────────────────────┴──────────────────┴──────┘    both windows are now − start long
import type { Cells } from '../aggregates/cells.ts';
import { otherSlot, totalSlot } from '../aggregates/cells.ts';
import type { Panes } from './panes.ts';
import { type TimedValue, TimedValues } from './timed-values.ts';

/** Which stored values are to be read: event times readFrom < time <= readTo, of which there are `expected`. */
export interface EdgeRange {
  readonly readFrom: number;
  /** Infinite where all later ones are meant. */
  readonly readTo: number;
  readonly expected: number;
  /** Of them, those with from < time <= to. */
  readonly from: number;
  readonly to: number;
}

/** What is needed of the window before at some time; `whole` is where its whole panes begin, at the edge of a pane. */
export interface EdgeBounds {
  readonly start: number;
  readonly previousStart: number;
  readonly whole: number;
}

/** A range of event times of which all values are kept. */
interface Piece {
  readonly from: number;
  to: number;
  readonly values: TimedValues;
}

/** Past it only the older half of a piece is kept; half as many are read at a time, but for panes with many more. */
export const valuesAPiece = 10_000;
const mostPartsAPane = 4;
// Reading ahead for windows with short panes.
const mostAheadMs = 60_000;
// Values are read before they are needed.
const leadMs = 5000;

export class PreviousEdge {
  readonly #panes: Panes;
  readonly #windowMs: number;
  readonly #most: number;
  readonly cells: Cells;
  #pieces: Piece[];
  // `cells` has the values with #reached < time <= #whole.
  #whole = Number.NaN;
  #reached = Number.NaN;
  #lowest = Number.NEGATIVE_INFINITY;
  #version = 0;
  // Values that arrive for a range while it is read.
  #loading: Piece | null = null;

  /** `isEmpty`: no value has been taken yet, so that all are known. `most`: values of a piece; others are to be read again. */
  constructor(panes: Panes, windowMs: number, { isEmpty, most }: { isEmpty: boolean; most: number }) {
    this.#panes = panes;
    this.#windowMs = windowMs;
    this.#most = most;
    this.cells = panes.newCells();
    const all = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY, values: new TimedValues() };
    this.#pieces = isEmpty ? [all] : [];
  }

  get bytes(): number {
    let bytes = this.cells.bytes + (this.#loading?.values.bytes ?? 0);
    for (const { values } of this.#pieces) bytes += values.bytes;
    return bytes;
  }

  /** Takes a value that the panes have taken. */
  note(value: TimedValue): void {
    const { time } = value;
    if (time <= this.#lowest) return;
    if (time > this.#reached && time <= this.#whole) this.#add(value);
    const loading = this.#loading;
    if (loading !== null && covers(loading, time)) loading.values.push(value);
    for (const piece of this.#pieces) if (covers(piece, time)) this.#keep(piece, value);
  }

  /** A group has lost its slot. */
  fold(slot: number): void {
    if (this.cells.count(slot) === 0) return;
    this.cells.merge(otherSlot, this.cells, slot);
    this.cells.clear(slot);
    this.#version += 1;
  }

  /** Moves the end; gives a number that is greater after every change of `cells`, or null where values are not read yet. */
  moveTo({ start, previousStart, whole }: EdgeBounds): number | null {
    if (whole !== this.#whole) {
      this.cells.clearAll();
      this.#version += 1;
      this.#whole = whole;
      this.#reached = whole;
      this.#dropBelow(this.#lowestAt(start));
    }
    while (this.#reached > previousStart) {
      const piece = this.#pieces.find((one) => covers(one, this.#reached));
      if (piece === undefined) return null;
      this.#take(piece, Math.max(piece.from, previousStart));
    }
    return this.#version;
  }

  /** What is to be read next for the time of these bounds and a while longer; null: nothing. To be followed by `loaded` or `failed`. */
  load(bounds: EdgeBounds): EdgeRange | null {
    if (this.#loading !== null) return null;
    this.moveTo(bounds);
    const gap = this.#gap(bounds);
    if (gap === null) return null;
    const range = this.#rangeAt(gap.top, gap.lowest);
    this.#loading = { from: range.from, to: range.to, values: new TimedValues() };
    return range;
  }

  /** A stored value of what is to be read. */
  take(value: TimedValue): void {
    if (this.#loading !== null && covers(this.#loading, value.time)) this.#loading.values.push(value);
  }

  loaded(): void {
    if (this.#loading !== null) this.#pieces.push(this.#loading);
    this.#loading = null;
  }

  failed(): void {
    this.#loading = null;
  }

  // The lowest time that is needed while the window begins there: it is up to a pane longer than asked.
  #lowestAt(start: number): number {
    return start - this.#windowMs - this.#panes.paneMs;
  }

  #dropBelow(lowest: number): void {
    this.#lowest = lowest;
    this.#pieces = this.#pieces.filter(({ to }) => to > lowest);
    for (const { values } of this.#pieces) {
      values.sort();
      values.keep(values.indexAbove(lowest), values.size);
    }
  }

  #take(piece: Piece, downTo: number): void {
    const { values } = piece;
    values.sort();
    const first = values.indexAbove(downTo);
    for (let i = values.indexAbove(this.#reached) - 1; i >= first; i -= 1) this.#add(values.at(i));
    this.#reached = downTo;
    this.#forget(piece);
  }

  #keep(piece: Piece, value: TimedValue): void {
    piece.values.push(value);
    if (piece.values.size > this.#most) halve(piece);
  }

  #add({ value, time, offset, group }: TimedValue): void {
    this.cells.add(totalSlot, value, time, offset);
    if (group !== null) this.cells.add(this.#panes.groups.slotOf(group) ?? otherSlot, value, time, offset);
    this.#version += 1;
  }

  // What has been merged is not needed again, but for what the next pane's window begins with.
  #forget(piece: Piece): void {
    const neededAgainFrom = this.#lowest + this.#panes.paneMs;
    if (piece.from < this.#reached || piece.to > neededAgainFrom) return;
    this.#pieces = this.#pieces.filter((one) => one !== piece);
  }

  /** The highest time of which the values will be needed soon and are not kept, with the lowest that is needed below it. */
  #gap({ start, previousStart, whole }: EdgeBounds): { readonly top: number; readonly lowest: number } | null {
    const { paneMs } = this.#panes;
    const end = this.#lowestAt(start);
    const soon = previousStart - leadMs;
    const here = this.#uncovered(Math.max(end, soon), this.#reached);
    if (here !== null) return { top: here, lowest: end };
    if (soon >= end) return null;
    const top = whole + paneMs * Math.ceil(leadMs / paneMs);
    const lowest = Math.max(whole, whole + paneMs - leadMs);
    const next = this.#uncovered(lowest, top);
    return next === null ? null : { top: next, lowest };
  }

  /** The highest time in (from, to] whose values are not kept. */
  #uncovered(from: number, to: number): number | null {
    let top = to;
    while (top > from) {
      const piece = this.#pieces.find((one) => covers(one, top));
      if (piece === undefined) return top;
      top = piece.from;
    }
    return null;
  }

  /** Whole panes, as many as are read at a time; of a pane with very many values its part just below `top`. */
  #rangeAt(top: number, lowest: number): EdgeRange {
    const { paneMs, newest } = this.#panes;
    const most = this.#most / 2;
    const pane = Math.ceil(top / paneMs) - 1;
    let expected = this.#countOf(pane);
    if (expected > most || top < (pane + 1) * paneMs) {
      const parts = Math.min(mostPartsAPane, Math.ceil(expected / most));
      const from = Math.max(pane * paneMs, top - Math.ceil(paneMs / Math.max(1, parts)));
      return { readFrom: pane * paneMs, readTo: (pane + 1) * paneMs, expected, from, to: top };
    }
    let [first, last] = [pane, pane];
    const mayTake = (other: number) => !this.#isKept(other) && expected + this.#countOf(other) <= most;
    for (; first * paneMs > lowest && mayTake(first - 1); first -= 1) expected += this.#countOf(first - 1);
    const highest = Math.floor((top + mostAheadMs) / paneMs);
    for (; last < Math.min(newest, highest) && mayTake(last + 1); last += 1) expected += this.#countOf(last + 1);
    const [from, to] = [first * paneMs, last >= newest ? Number.POSITIVE_INFINITY : (last + 1) * paneMs];
    return { readFrom: from, readTo: to, expected, from, to };
  }

  #countOf(pane: number): number {
    return this.#panes.cellsOf(pane)?.count(totalSlot) ?? 0;
  }

  #isKept(pane: number): boolean {
    const { paneMs } = this.#panes;
    return this.#pieces.some(({ from, to }) => from < (pane + 1) * paneMs && to > pane * paneMs);
  }
}

function covers({ from, to }: Piece, time: number): boolean {
  return time > from && time <= to;
}

/** The older half stays; values of one time stay together. */
function halve(piece: Piece): void {
  const { values } = piece;
  values.sort();
  piece.to = values.at(values.size >>> 1).time;
  values.keep(0, values.indexAbove(piece.to));
}
