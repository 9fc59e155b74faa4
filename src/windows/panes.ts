// The panes of one window and of the one before it, by absolute index: as many as time can show, older ones go. A pane is the
// partial aggregates of the points of one stretch (i·w, (i + 1)·w] of event time, in total and for each group.
import { type Cells, firstGroupSlot, mergeAll, otherSlot, totalSlot } from '../aggregates/cells.ts';
import { assert } from '../base/assert.ts';
import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import { GroupSlots } from './group-slots.ts';

export interface PanesOptions {
  readonly paneMs: number;
  readonly capacity: number;
  readonly maxGroups: number;
  /** Past it, groups are folded into one. */
  readonly maxBytes: number;
  readonly make: () => Cells;
  /** Memory of what is kept of these panes elsewhere. */
  readonly bytesBeside?: () => number;
  /** Hears of a slot whose values are merged into those of the others: who keeps cells of these panes must do the same. */
  readonly onFold?: (slot: number) => void;
}

// Of the limit on memory: groups are folded down to the first, and new ones get a place below the second, so that none comes and goes
// with every pane.
const foldedShare = 7 / 8;
const roomShare = 3 / 4;

interface Pane {
  /** NaN: the place is empty. */
  index: number;
  /** Greater after every change. */
  version: number;
  readonly cells: Cells;
}

/** Hears of a value that a pane has taken: who has merged that pane before must take it too. */
export type PaneListener = (index: number, slot: number, value: unknown, time: number, offset: number) => void;

export class Panes {
  readonly paneMs: number;
  readonly groups: GroupSlots;
  readonly #options: PanesOptions;
  // #panes[index mod capacity] is the pane of that index, or of one that has gone, or nothing.
  readonly #panes: (Pane | undefined)[];
  // The lowest index that is kept: all panes are in [#lowest, #lowest + capacity).
  #lowest = Number.NEGATIVE_INFINITY;
  #version = 0;
  #foldings = 0;

  constructor(options: PanesOptions) {
    this.#options = options;
    this.paneMs = options.paneMs;
    // Without holes, which would make a dictionary of a long one.
    this.#panes = new Array<Pane | undefined>(options.capacity).fill(undefined);
    this.groups = new GroupSlots(options.maxGroups);
  }

  /** Greater after every change. */
  get version(): number {
    return this.#version;
  }

  /** Changes where groups were folded: then cells have moved between slots. */
  get foldings(): number {
    return this.#foldings;
  }

  /** The highest index that is kept. */
  get newest(): number {
    return this.#lowest + this.#options.capacity - 1;
  }

  /** With what has been merged of them. */
  get bytes(): number {
    const beside = this.groups.bytes + (this.#options.bytesBeside?.() ?? 0);
    return this.#panes.reduce((sum, pane) => sum + (pane?.cells.bytes ?? 0), beside);
  }

  /**
   * Takes a value in; one older than all panes that are kept counts nowhere. `group` is null where none is asked for.
   * `taken` hears where it went. False: it is too old.
   */
  add(value: unknown, time: number, offset: number, group: string | null, taken: PaneListener): boolean {
    const index = paneIndex(time, this.paneMs);
    if (index < this.#lowest) return false;
    const pane = this.#pane(index);
    pane.version = this.#change();
    pane.cells.add(totalSlot, value, time, offset);
    taken(index, totalSlot, value, time, offset);
    if (group === null) return true;
    const slot = this.#slotOf(group, pane);
    pane.cells.add(slot, value, time, offset);
    taken(index, slot, value, time, offset);
    return true;
  }

  /** Lets panes go that no window ending at `now` or later can show. */
  advance(now: number): void {
    this.#dropBelow(paneIndex(now, this.paneMs) - this.#options.capacity + 1);
  }

  /** The cells of a pane; undefined where it has no points. */
  cellsOf(index: number): Cells | undefined {
    return this.#find(index)?.cells;
  }

  /** Merges the panes with an index in [from, to] into empty cells. */
  mergeInto(into: Cells, from: number, to: number): void {
    for (let index = Math.max(from, this.#lowest); index <= to; index += 1) {
      const pane = this.#find(index);
      if (pane !== undefined) mergeAll(into, pane.cells);
    }
  }

  /** Of the panes with an index in [from, to]: greater after every change of one of them. */
  versionOf(from: number, to: number): number {
    let version = 0;
    for (let index = from; index <= to; index += 1) version = Math.max(version, this.#find(index)?.version ?? 0);
    return version;
  }

  newCells(): Cells {
    return this.#options.make();
  }

  /** Writes all of it, for `load` of empty ones made with the same options. */
  save(writer: ByteWriter): void {
    const kept = this.#panes.filter((pane) => pane !== undefined && !Number.isNaN(pane.index)) as Pane[];
    writer.varint(this.#options.maxGroups).varint(this.#options.maxBytes);
    this.groups.save(writer);
    writer.float64(this.#lowest).varint(kept.length);
    for (const { index, cells } of kept) {
      writer.float64(index);
      cells.save(writer);
    }
  }

  load(reader: ByteReader): void {
    // Which groups have a place would be another choice.
    const [maxGroups, maxBytes] = [reader.varint(), reader.varint()];
    if (maxGroups !== this.#options.maxGroups || maxBytes !== this.#options.maxBytes) {
      throw new RangeError('they were made under other limits');
    }
    this.groups.load(reader);
    this.#lowest = reader.float64();
    for (let left = reader.varint(); left > 0; left -= 1) {
      const index = reader.float64();
      const cells = this.newCells();
      cells.load(reader);
      this.#panes[placeOf(index, this.#options.capacity)] = { index, version: this.#change(), cells };
      for (let slot = firstGroupSlot; slot < cells.size; slot += 1) if (cells.count(slot) > 0) this.groups.enter(slot);
    }
  }

  /** Throws where an invariant is broken: for tests. */
  check(): void {
    const kept = this.#panes.filter((pane) => pane !== undefined && !Number.isNaN(pane.index)) as Pane[];
    for (const { index } of kept) {
      assert(index >= this.#lowest && index < this.#lowest + this.#options.capacity, `pane ${index} is kept`);
    }
    this.groups.check((slot) => kept.filter(({ cells }) => cells.count(slot) > 0).length);
  }

  #pane(index: number): Pane {
    const { capacity } = this.#options;
    if (this.#lowest === Number.NEGATIVE_INFINITY) this.#lowest = index - capacity + 1;
    if (index >= this.#lowest + capacity) this.#dropBelow(index - capacity + 1);
    const slot = placeOf(index, capacity);
    const found = this.#panes[slot];
    if (found?.index === index) return found;
    this.#foldToFit();
    if (found !== undefined) {
      found.index = index;
      return found;
    }
    const pane = { index, version: 0, cells: this.newCells() };
    this.#panes[slot] = pane;
    return pane;
  }

  #find(index: number): Pane | undefined {
    const pane = this.#panes[placeOf(index, this.#options.capacity)];
    return pane?.index === index ? pane : undefined;
  }

  #slotOf(group: string, pane: Pane): number {
    const known = this.groups.slotOf(group);
    const slot = known ?? this.groups.take(group, this.bytes < roomShare * this.#options.maxBytes, this.#newestOther);
    if (slot >= firstGroupSlot && pane.cells.count(slot) === 0) this.groups.enter(slot);
    return slot;
  }

  readonly #newestOther = (): number => {
    let newest = Number.NEGATIVE_INFINITY;
    for (const pane of this.#panes) {
      if (pane !== undefined && pane.index > newest && pane.cells.count(otherSlot) > 0) newest = pane.index;
    }
    return newest;
  };

  // Groups that had their place already may have grown: those that came last give theirs up.
  #foldToFit(): void {
    if (this.groups.count === 0 || this.bytes <= this.#options.maxBytes) return;
    const newestFirst = [...this.groups.entries()].reverse();
    for (const [, slot] of newestFirst) {
      this.#fold(slot);
      if (this.bytes <= foldedShare * this.#options.maxBytes) break;
    }
    this.#foldings += 1;
  }

  #fold(slot: number): void {
    for (const pane of this.#panes) {
      if (pane === undefined || pane.cells.count(slot) === 0) continue;
      pane.cells.merge(otherSlot, pane.cells, slot);
      pane.cells.clear(slot);
      pane.version = this.#change();
    }
    this.#options.onFold?.(slot);
    this.groups.release(slot);
  }

  #dropBelow(lowest: number): void {
    if (lowest <= this.#lowest) return;
    const end = Math.min(lowest, this.#lowest + this.#options.capacity);
    for (let index = this.#lowest; index < end; index += 1) {
      const pane = this.#find(index);
      if (pane !== undefined) this.#empty(pane);
    }
    this.#lowest = lowest;
  }

  #empty(pane: Pane): void {
    const { cells } = pane;
    for (let slot = firstGroupSlot; slot < cells.size; slot += 1) if (cells.count(slot) > 0) this.groups.leave(slot);
    cells.clearAll();
    pane.index = Number.NaN;
  }

  #change(): number {
    this.#version += 1;
    return this.#version;
  }
}

/** The pane that a time belongs to: an instant on an edge ends the pane before it. */
export function paneIndex(time: number, paneMs: number): number {
  return Math.ceil(time / paneMs) - 1;
}

function placeOf(index: number, capacity: number): number {
  return ((index % capacity) + capacity) % capacity;
}
