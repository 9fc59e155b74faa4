// Cells whose partial aggregates are objects, made where there is a point.
import type { Aggregation } from './aggregation.ts';
import type { Cells } from './cells.ts';

export interface Part {
  readonly bytes: number;
  add(value: unknown): void;
  merge(other: this): void;
  value(aggregation: Aggregation): number | null;
}

interface Counted<P> {
  count: number;
  readonly part: P;
}

export class ObjectCells<P extends Part> implements Cells {
  readonly #make: () => P;
  readonly #cells: (Counted<P> | undefined)[] = [];

  constructor(make: () => P) {
    this.#make = make;
  }

  get size(): number {
    return this.#cells.length;
  }

  get bytes(): number {
    return this.#cells.reduce((sum, cell) => sum + (cell?.part.bytes ?? 0), 0);
  }

  add(slot: number, value: unknown): void {
    const cell = this.#cell(slot);
    cell.count += 1;
    cell.part.add(value);
  }

  count(slot: number): number {
    return this.#cells[slot]?.count ?? 0;
  }

  merge(slot: number, from: this, fromSlot: number): void {
    const other = from.#cells[fromSlot];
    if (other === undefined) return;
    const cell = this.#cell(slot);
    cell.count += other.count;
    cell.part.merge(other.part);
  }

  value(slot: number, aggregation: Aggregation): number | null {
    return (this.#cells[slot]?.part ?? this.#make()).value(aggregation);
  }

  clear(slot: number): void {
    if (slot < this.#cells.length) this.#cells[slot] = undefined;
  }

  clearAll(): void {
    this.#cells.length = 0;
  }

  #cell(slot: number): Counted<P> {
    const found = this.#cells[slot];
    if (found !== undefined) return found;
    while (this.#cells.length < slot) this.#cells.push(undefined);
    const cell = { count: 0, part: this.#make() };
    this.#cells[slot] = cell;
    return cell;
  }
}
