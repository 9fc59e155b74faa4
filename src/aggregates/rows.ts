// Cells as rows of doubles in one array: no object a cell, nothing allocated for a point.
import type { ByteReader, ByteWriter } from '../base/bytes.ts';

const leastRows = 4;
// The object and the headers of its typed array.
const bytesEmpty = 280;

/** Rows of `width` doubles, zeros at first; there are more of them when they are asked for. */
export class Rows {
  readonly #width: number;
  #doubles: Float64Array;
  #size = 0;

  constructor(width: number) {
    this.#width = width;
    this.#doubles = new Float64Array(width);
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return bytesEmpty + this.#doubles.byteLength;
  }

  protected get doubles(): Float64Array {
    return this.#doubles;
  }

  /** Where a row begins, which is there from now on. */
  protected place(row: number): number {
    if (row >= this.#size) this.#grow(row + 1);
    return row * this.#width;
  }

  clear(row: number): void {
    if (row < this.#size) this.#doubles.fill(0, row * this.#width, (row + 1) * this.#width);
  }

  clearAll(): void {
    this.#doubles.fill(0, 0, this.#size * this.#width);
    this.#size = 0;
  }

  copy(from: this): void {
    const used = from.#size * this.#width;
    if (this.#doubles.length < used) this.#doubles = from.#doubles.slice();
    else {
      this.#doubles.set(from.#doubles.subarray(0, used));
      this.#doubles.fill(0, used, this.#size * this.#width);
    }
    this.#size = from.#size;
  }

  save(writer: ByteWriter): void {
    writer.varint(this.#size).raw(bytesOf(this.#doubles, this.#size * this.#width));
  }

  load(reader: ByteReader): void {
    const size = reader.varint();
    if (size > 0) this.place(size - 1);
    const bytes = bytesOf(this.#doubles, size * this.#width);
    bytes.set(reader.raw(bytes.length));
  }

  #grow(size: number): void {
    this.#size = size;
    if (size * this.#width <= this.#doubles.length) return;
    const rows = Math.max(leastRows, size, (2 * this.#doubles.length) / this.#width);
    const grown = new Float64Array(rows * this.#width);
    grown.set(this.#doubles);
    this.#doubles = grown;
  }
}

// In the order of bytes of this machine: a file is not carried to one with another.
function bytesOf(doubles: Float64Array, count: number): Uint8Array {
  return new Uint8Array(doubles.buffer, doubles.byteOffset, count * Float64Array.BYTES_PER_ELEMENT);
}
