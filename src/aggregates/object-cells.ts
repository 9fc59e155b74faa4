// Cells whose partial aggregates are objects, made where there is a point.
import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { Aggregation } from './aggregation.ts';
import type { Cells } from './cells.ts';

export interface Part {
  readonly bytes: number;
  add(value: unknown): void;
  merge(other: this): void;
  value(aggregation: Aggregation): number | null;
  save(writer: ByteWriter): void;
  load(reader: ByteReader): void;
}

interface Counted<P> {
  count: number;
  readonly part: P;
}

// A cell's object, its entry in the list, and the headers of both.
const bytesPerCell = 56;

export class ObjectCells<P extends Part> implements Cells {
  readonly #make: () => P;
  readonly #cells: (Counted<P> | undefined)[] = [];
  #bytes = 0;

  constructor(make: () => P) {
    this.#make = make;
  }

  get size(): number {
    return this.#cells.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(slot: number, value: unknown): void {
    const cell = this.#cell(slot);
    const before = cell.part.bytes;
    cell.count += 1;
    cell.part.add(value);
    this.#bytes += cell.part.bytes - before;
  }

  count(slot: number): number {
    return this.#cells[slot]?.count ?? 0;
  }

  merge(slot: number, from: this, fromSlot: number): void {
    const other = from.#cells[fromSlot];
    if (other === undefined) return;
    const cell = this.#cell(slot);
    const before = cell.part.bytes;
    cell.count += other.count;
    cell.part.merge(other.part);
    this.#bytes += cell.part.bytes - before;
  }

  value(slot: number, aggregation: Aggregation): number | null {
    return (this.#cells[slot]?.part ?? this.#make()).value(aggregation);
  }

  copy(from: this): void {
    this.clearAll();
    for (let slot = 0; slot < from.size; slot += 1) if (from.count(slot) > 0) this.merge(slot, from, slot);
  }

  clear(slot: number): void {
    const cell = this.#cells[slot];
    if (cell === undefined) return;
    this.#bytes -= bytesPerCell + cell.part.bytes;
    this.#cells[slot] = undefined;
  }

  clearAll(): void {
    this.#cells.length = 0;
    this.#bytes = 0;
  }

  // Slots that are empty are passed over.
  save(writer: ByteWriter): void {
    const used = [...this.#cells.entries()].filter(([, cell]) => cell !== undefined) as [number, Counted<P>][];
    writer.varint(used.length);
    for (const [slot, { count, part }] of used) {
      writer.varint(slot).varint(count);
      part.save(writer);
    }
  }

  load(reader: ByteReader): void {
    for (let left = reader.varint(); left > 0; left -= 1) {
      const cell = this.#cell(reader.varint());
      cell.count = reader.varint();
      this.#bytes -= cell.part.bytes;
      cell.part.load(reader);
      this.#bytes += cell.part.bytes;
    }
  }

  #cell(slot: number): Counted<P> {
    const found = this.#cells[slot];
    if (found !== undefined) return found;
    while (this.#cells.length < slot) this.#cells.push(undefined);
    const cell = { count: 0, part: this.#make() };
    this.#bytes += bytesPerCell + cell.part.bytes;
    this.#cells[slot] = cell;
    return cell;
  }
}
