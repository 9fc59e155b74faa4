// Panes combined as a window slides over them, by two stacks (Tangwongsan, Hirzel, Schneider, Wu, PVLDB 8 (2015) 702–713): for the
// older panes what each of them and all after it come to, for the newer ones a running merge. A step of the window costs
// about one merge of a pane, and reading two, however many panes the window has.
//
//   panes     |  0  |  1  |  2  |  3  |  4  |  5  |        0 … 2 are behind: at 1 stands the merge of 1 and 2
//             └── behind: suffixes ─┴── front ────┘        3 … 5 are in front: one merge of all three
import { type Cells, mergeAll, totalSlot } from '../aggregates/cells.ts';
import type { Panes } from './panes.ts';

export class SlidingMerge {
  readonly #panes: Panes;
  readonly #isTotalOnly: boolean;
  // #suffixes[i] is the merge of panes #from + i … #to; neighbours share one where a pane is empty.
  #suffixes: (Cells | null)[] = [];
  #from = 0;
  #to = Number.NEGATIVE_INFINITY;
  // The merge of panes #to + 1 … #frontTo.
  readonly #front: Cells;
  #frontTo = Number.NEGATIVE_INFINITY;
  // Suffixes at this index and below lack late values.
  #staleTo = Number.NEGATIVE_INFINITY;
  #foldings = 0;

  /** `isTotalOnly`: groups are left out. */
  constructor(panes: Panes, isTotalOnly: boolean) {
    this.#panes = panes;
    this.#isTotalOnly = isTotalOnly;
    this.#front = panes.newCells();
  }

  /** Merges the panes with an index in [first, last] into empty cells; they must be those of before, or later ones. */
  mergeInto(into: Cells, first: number, last: number): void {
    const hasMoved = this.#foldings !== this.#panes.foldings;
    if (hasMoved || first < this.#from || first > this.#to || last < this.#frontTo) this.#restack(first, last);
    if (this.#staleTo >= first) this.#stack(first, this.#staleTo);
    for (let index = this.#frontTo + 1; index <= last; index += 1) this.#merge(this.#front, this.#cellsOf(index));
    this.#frontTo = last;
    this.#merge(into, this.#suffixes[first - this.#from] ?? null);
    this.#merge(into, this.#front);
  }

  /** A pane has taken a value that may have been merged before. */
  note(index: number, slot: number, value: unknown, time: number, offset: number): void {
    if (index > this.#frontTo || index < this.#from) return;
    if (index <= this.#to) this.#staleTo = Math.max(this.#staleTo, index);
    else if (!this.#isTotalOnly || slot === totalSlot) this.#front.add(slot, value, time, offset);
  }

  // All panes go behind.
  #restack(first: number, last: number): void {
    this.#foldings = this.#panes.foldings;
    this.#front.clearAll();
    this.#frontTo = last;
    this.#from = first;
    this.#to = last;
    this.#suffixes = new Array(Math.max(0, last - first + 1)).fill(null);
    this.#stack(first, last);
  }

  /** Makes the suffixes from `last` down to `first`. */
  #stack(first: number, last: number): void {
    for (let index = last; index >= first; index -= 1) {
      const later = this.#suffixes[index + 1 - this.#from] ?? null;
      this.#suffixes[index - this.#from] = this.#stacked(this.#cellsOf(index), later);
    }
    this.#staleTo = Number.NEGATIVE_INFINITY;
  }

  #stacked(pane: Cells | null, later: Cells | null): Cells | null {
    if (pane === null) return later;
    const suffix = this.#panes.newCells();
    this.#merge(suffix, pane);
    this.#merge(suffix, later);
    return suffix;
  }

  #cellsOf(index: number): Cells | null {
    return this.#panes.cellsOf(index) ?? null;
  }

  #merge(into: Cells, from: Cells | null): void {
    if (from === null) return;
    if (!this.#isTotalOnly) mergeAll(into, from);
    else if (from.count(totalSlot) > 0) into.merge(totalSlot, from, totalSlot);
  }
}
