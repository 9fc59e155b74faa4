// Panes combined as a window slides over them, by two stacks (Tangwongsan, Hirzel, Schneider, Wu, PVLDB 8 (2015) 702–713): for the
// older panes what they and all after them come to, kept at every eighth of them; for the newer ones a running merge. A
// step of the window costs a few merges, and none where nothing moved, however many panes the window has.
//
//   panes     | 0 … 7 | 8 … 15 | 16 … 23 | 24 | 25 | 26 |     0 … 23 are behind: at 8 stands the merge of 8 … 23
//             └─── behind: suffixes ─────┴──── front ───┘     24 … 26 are in front: one merge of all three
import { type Cells, mergeAll } from '../aggregates/cells.ts';
import type { Panes } from './panes.ts';

const panesASuffix = 8;

export class SlidingMerge {
  readonly #panes: Panes;
  // #suffixes[i] is the merge of panes #from + 8 i … #to.
  #suffixes: Cells[] = [];
  #from = 0;
  #to = Number.NEGATIVE_INFINITY;
  // The merge of panes #to + 1 … #frontTo.
  readonly #front: Cells;
  #frontTo = Number.NEGATIVE_INFINITY;
  // Suffixes that begin at this index or below lack late values.
  #staleTo = Number.NEGATIVE_INFINITY;
  #foldings = 0;
  // What was asked for last, and whether late values have come since.
  readonly #merged: Cells;
  #first = Number.NaN;
  #last = Number.NaN;
  #isStale = true;
  #version = 0;

  constructor(panes: Panes) {
    this.#panes = panes;
    this.#front = panes.newCells();
    this.#merged = panes.newCells();
  }

  get bytes(): number {
    return this.#suffixes.reduce((sum, cells) => sum + cells.bytes, this.#front.bytes + this.#merged.bytes);
  }

  /** Greater after every change of what `merged` gives. */
  get version(): number {
    return this.#version;
  }

  /** The merge of the panes with an index in [first, last]; they must be those of before, or later ones. Not to be changed. */
  merged(first: number, last: number): Cells {
    const mustRestack = this.#mustRestack(first, last);
    if (!this.#isStale && !mustRestack && first === this.#first && last === this.#last) return this.#merged;
    if (mustRestack) this.#restack(first, last);
    for (const _ of this.#freshen());
    for (let index = this.#frontTo + 1; index <= last; index += 1) this.#mergePane(this.#front, index);
    this.#frontTo = last;
    this.#merge(first);
    this.#first = first;
    this.#last = last;
    this.#isStale = false;
    this.#version += 1;
    return this.#merged;
  }

  /** Makes what `merged` will need, where that is much, in small parts: the caller may pause between them. */
  *prepare(first: number, last: number): Generator<void> {
    if (!this.#mustRestack(first, last)) return;
    this.#restack(first, last);
    yield* this.#freshen();
    this.merged(first, last);
    yield;
  }

  /** A pane has taken a value that may have been merged before. */
  note(index: number, slot: number, value: unknown, time: number, offset: number): void {
    if (index > this.#frontTo || index < this.#from) return;
    this.#isStale = true;
    if (index <= this.#to) this.#staleTo = Math.max(this.#staleTo, index);
    else this.#front.add(slot, value, time, offset);
  }

  #merge(first: number): void {
    const next = Math.ceil((first - this.#from) / panesASuffix);
    const suffix = this.#suffixes[next];
    const end = suffix === undefined ? this.#to + 1 : this.#startOf(next);
    if (suffix === undefined) this.#merged.copy(this.#front);
    else {
      this.#merged.copy(suffix);
      mergeAll(this.#merged, this.#front);
    }
    for (let index = first; index < end; index += 1) this.#mergePane(this.#merged, index);
  }

  #mustRestack(first: number, last: number): boolean {
    const hasFolded = this.#foldings !== this.#panes.foldings;
    return hasFolded || first < this.#from || first > this.#to || last < this.#frontTo;
  }

  // All panes go behind.
  #restack(first: number, last: number): void {
    this.#foldings = this.#panes.foldings;
    this.#front.clearAll();
    this.#frontTo = last;
    this.#from = first;
    this.#to = last;
    this.#suffixes = Array.from({ length: Math.ceil((last - first + 1) / panesASuffix) }, () => this.#panes.newCells());
    this.#staleTo = last;
  }

  /** Makes those suffixes anew that lack values, pane by pane; what comes late meanwhile makes them lack values again. */
  *#freshen(): Generator<void> {
    const staleTo = this.#staleTo;
    this.#staleTo = Number.NEGATIVE_INFINITY;
    if (staleTo < this.#from) return;
    for (let i = Math.floor((staleTo - this.#from) / panesASuffix); i >= 0; i -= 1) {
      const suffix = this.#suffixes[i] as Cells;
      const later = this.#suffixes[i + 1];
      if (later === undefined) suffix.clearAll();
      else suffix.copy(later);
      const end = Math.min(this.#startOf(i + 1) - 1, this.#to);
      for (let index = this.#startOf(i); index <= end; index += 1) {
        this.#mergePane(suffix, index);
        yield;
      }
    }
  }

  #startOf(suffix: number): number {
    return this.#from + suffix * panesASuffix;
  }

  #mergePane(into: Cells, index: number): void {
    const pane = this.#panes.cellsOf(index);
    if (pane !== undefined) mergeAll(into, pane);
  }
}
