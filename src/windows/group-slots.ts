// Which slot of the cells a group has: it keeps it while any pane has points of it; there are only so many.
import { firstGroupSlot, otherSlot } from '../aggregates/cells.ts';
import { assert } from '../base/assert.ts';
import type { ByteReader, ByteWriter } from '../base/bytes.ts';

// The entries of a group in the map and the lists, and the header of its text.
const bytesPerGroup = 120;

export class GroupSlots {
  readonly #maxGroups: number;
  readonly #slots = new Map<string, number>();
  // By slot: the group that has it, and in how many panes it is.
  readonly #texts: (string | null)[] = [];
  readonly #panes: number[] = [];
  // By slot: up to this pane the group may have points among the others.
  readonly #foldedTo: number[] = [];
  readonly #free: number[] = [];
  #bytes = 0;

  constructor(maxGroups: number) {
    this.#maxGroups = maxGroups;
  }

  get count(): number {
    return this.#slots.size;
  }

  /** Memory of the keys, about. */
  get bytes(): number {
    return this.#bytes;
  }

  slotOf(group: string): number | undefined {
    return this.#slots.get(group);
  }

  /** The group of a slot that has one. */
  textOf(slot: number): string {
    const text = this.#texts[slot] ?? null;
    assert(text !== null, `slot ${slot} has a group`);
    return text;
  }

  /** Whether the group of a slot has all of its points there, from that pane on. */
  isWhole(slot: number, firstPane: number): boolean {
    return (this.#foldedTo[slot] ?? Number.NEGATIVE_INFINITY) < firstPane;
  }

  /**
   * The group's slot, a free one where it has none; the one of the others where none is free. `newestOther` gives the newest pane that
   * has others, among which it may have been.
   */
  take(group: string, hasRoom: boolean, newestOther: () => number): number {
    const found = this.#slots.get(group);
    if (found !== undefined) return found;
    if (!hasRoom || this.#slots.size >= this.#maxGroups) return otherSlot;
    const slot = this.#free.pop() ?? firstGroupSlot + this.#slots.size;
    this.#slots.set(group, slot);
    this.#texts[slot] = group;
    this.#bytes += bytesOf(group);
    this.#panes[slot] = 0;
    this.#foldedTo[slot] = newestOther();
    return slot;
  }

  /** One more pane has points of it. */
  enter(slot: number): void {
    this.#panes[slot] = (this.#panes[slot] ?? 0) + 1;
  }

  /** One pane fewer has points of it; with the last its slot falls free. */
  leave(slot: number): void {
    const panes = (this.#panes[slot] ?? 0) - 1;
    assert(panes >= 0, `slot ${slot} is left no more often than entered`);
    this.#panes[slot] = panes;
    if (panes === 0) this.release(slot);
  }

  release(slot: number): void {
    const group = this.textOf(slot);
    this.#slots.delete(group);
    this.#bytes -= bytesOf(group);
    this.#texts[slot] = null;
    this.#panes[slot] = 0;
    this.#free.push(slot);
  }

  /** The groups and their slots, those that came last at the end. */
  entries(): IterableIterator<[string, number]> {
    return this.#slots.entries();
  }

  /** Groups with their slots, for `load` of empty ones; in how many panes each is comes with the panes. */
  save(writer: ByteWriter): void {
    writer.varint(this.#slots.size);
    for (const [text, slot] of this.#slots) {
      // As JSON, which has a way to write half a character down.
      const bytes = Buffer.from(JSON.stringify(text));
      writer
        .varint(slot)
        .float64(this.#foldedTo[slot] ?? Number.NEGATIVE_INFINITY)
        .varint(bytes.length)
        .raw(bytes);
    }
  }

  load(reader: ByteReader): void {
    let highest = firstGroupSlot - 1;
    for (let left = reader.varint(); left > 0; left -= 1) {
      const slot = reader.varint();
      const foldedTo = reader.float64();
      const text = JSON.parse(Buffer.from(reader.raw(reader.varint())).toString()) as string;
      if (this.#slots.has(text) || this.#texts[slot] != null) throw new RangeError(`slot ${slot} has two groups`);
      this.#slots.set(text, slot);
      this.#texts[slot] = text;
      this.#bytes += bytesOf(text);
      this.#panes[slot] = 0;
      this.#foldedTo[slot] = foldedTo;
      highest = Math.max(highest, slot);
    }
    for (let slot = firstGroupSlot; slot <= highest; slot += 1) if (this.#texts[slot] == null) this.#free.push(slot);
  }

  /** Throws where it is not true that each slot is in as many panes as `panesOf` says: for tests. */
  check(panesOf: (slot: number) => number): void {
    assert(this.#slots.size <= this.#maxGroups, 'there are no more groups than may be');
    for (const [group, slot] of this.#slots) {
      assert(this.#texts[slot] === group, `slot ${slot} is that of ${group}`);
      assert(this.#panes[slot] === panesOf(slot) && panesOf(slot) > 0, `the panes of ${group} are counted`);
    }
  }
}

function bytesOf(group: string): number {
  return bytesPerGroup + 2 * group.length;
}
