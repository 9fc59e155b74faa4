// The panes of one window and of the one before it, by absolute index: as many as time can show, older ones go.
// Groups are bounded: a group holds its place while any pane has it, later ones are folded into `other`.
import type { Aggregate } from '../aggregates/aggregate.ts';
import { assert, present } from '../base/assert.ts';
import { Cell, Pane, paneIndex } from './pane.ts';

export class PaneRing {
  readonly paneMs: number;
  readonly #capacity: number;
  readonly #maxGroups: number;
  readonly #make: () => Aggregate;
  // #panes[index % capacity] is the pane of that index, or of one that has gone, or nothing.
  readonly #panes: (Pane | undefined)[] = [];
  // The lowest index that is kept: all panes are in [#lowest, #lowest + capacity).
  #lowest = Number.NEGATIVE_INFINITY;
  // In how many panes each group is; it never has more than #maxGroups entries.
  readonly #places = new Map<string, number>();

  constructor(options: { paneMs: number; capacity: number; maxGroups: number; make: () => Aggregate }) {
    this.paneMs = options.paneMs;
    this.#capacity = options.capacity;
    this.#maxGroups = options.maxGroups;
    this.#make = options.make;
  }

  /** Takes a value in; one older than all panes that are kept counts nowhere. `group` is null where none is asked for. */
  add(value: unknown, time: number, offset: number, group: string | null): void {
    const index = paneIndex(time, this.paneMs);
    if (index < this.#lowest) return;
    if (index >= this.#lowest + this.#capacity) this.#dropBelow(index - this.#capacity + 1);
    const pane = this.#pane(index);
    pane.total.add(value, time, offset);
    if (group !== null) this.#groupCell(pane, group).add(value, time, offset);
  }

  /** Lets panes go that no window ending at `now` or later can show. */
  advance(now: number): void {
    this.#dropBelow(paneIndex(now, this.paneMs) - this.#capacity + 1);
  }

  /** Panes with points and an index in [from, to], oldest first. */
  *between(from: number, to: number): IterableIterator<Pane> {
    for (let index = Math.max(from, this.#lowest); index <= to; index += 1) {
      const pane = this.#panes[slotOf(index, this.#capacity)];
      if (pane?.index === index) yield pane;
    }
  }

  newCell(): Cell {
    return new Cell(this.#make());
  }

  /** Throws where an invariant is broken: for tests. */
  check(): void {
    const counted = new Map<string, number>();
    for (const pane of this.#panes) {
      if (pane === undefined) continue;
      assert(pane.index >= this.#lowest && pane.index < this.#lowest + this.#capacity, 'every pane is kept');
      for (const group of pane.groups.keys()) counted.set(group, (counted.get(group) ?? 0) + 1);
    }
    assert(counted.size === this.#places.size && counted.size <= this.#maxGroups, 'places are those of the panes');
    for (const [group, panes] of counted) assert(this.#places.get(group) === panes, `places of ${group} are counted`);
  }

  #pane(index: number): Pane {
    if (this.#lowest === Number.NEGATIVE_INFINITY) this.#lowest = index - this.#capacity + 1;
    const slot = slotOf(index, this.#capacity);
    const found = this.#panes[slot];
    if (found?.index === index) return found;
    const pane = new Pane(index, this.newCell());
    this.#panes[slot] = pane;
    return pane;
  }

  #groupCell(pane: Pane, group: string): Cell {
    const found = pane.groups.get(group);
    if (found !== undefined) return found;
    const places = this.#places.get(group) ?? 0;
    if (places === 0 && this.#places.size >= this.#maxGroups) {
      pane.other ??= this.newCell();
      return pane.other;
    }
    this.#places.set(group, places + 1);
    const cell = this.newCell();
    pane.groups.set(group, cell);
    return cell;
  }

  #dropBelow(lowest: number): void {
    if (lowest <= this.#lowest) return;
    for (let slot = 0; slot < this.#panes.length; slot += 1) {
      const pane = this.#panes[slot];
      if (pane === undefined || pane.index >= lowest) continue;
      for (const group of pane.groups.keys()) this.#leave(group);
      this.#panes[slot] = undefined;
    }
    this.#lowest = lowest;
  }

  #leave(group: string): void {
    const places = present(this.#places.get(group), `the places of ${group}`);
    if (places === 1) this.#places.delete(group);
    else this.#places.set(group, places - 1);
  }
}

function slotOf(index: number, capacity: number): number {
  return ((index % capacity) + capacity) % capacity;
}
