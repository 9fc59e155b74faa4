// COUNT and RATE: how many points, and how many a second. Exact.
import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { Aggregation } from './aggregation.ts';
import type { Cells } from './cells.ts';
import { Rows } from './rows.ts';

export class CountCells implements Cells {
  readonly #rows = new Rows(1);

  get size(): number {
    return this.#rows.size;
  }

  get bytes(): number {
    return this.#rows.doubles.byteLength;
  }

  add(slot: number): void {
    const at = this.#rows.place(slot);
    const { doubles } = this.#rows;
    doubles[at] = (doubles[at] as number) + 1;
  }

  count(slot: number): number {
    return this.#rows.doubles[slot] ?? 0;
  }

  merge(slot: number, from: this, fromSlot: number): void {
    const at = this.#rows.place(slot);
    const { doubles } = this.#rows;
    doubles[at] = (doubles[at] as number) + from.count(fromSlot);
  }

  value(slot: number, { function: name }: Aggregation, seconds: number): number {
    return name === 'RATE' ? rate(this.count(slot), seconds) : this.count(slot);
  }

  copy(from: this): void {
    this.#rows.copy(from.#rows);
  }

  clear(slot: number): void {
    this.#rows.clear(slot);
  }

  clearAll(): void {
    this.#rows.clearAll();
  }

  save(writer: ByteWriter): void {
    this.#rows.save(writer);
  }

  load(reader: ByteReader): void {
    this.#rows.load(reader);
  }
}

function rate(count: number, seconds: number): number {
  return seconds > 0 ? count / seconds : 0;
}
