// The state of whatever watches one metric, side by side in one buffer: a value touches few lines of the processor's cache, and saving the
// state is copying its bytes. The parts that work on it are the same for all metrics; each has cells, the places where its numbers are.

export class Memory {
  readonly numbers: Float64Array;
  // Bins of half the size, as fractions and as whole numbers: the same places.
  readonly fractions: Float32Array;
  readonly wholes: Int32Array;

  constructor(numbers: number, bins: number) {
    const buffer = new ArrayBuffer(8 * numbers + 4 * bins);
    this.numbers = new Float64Array(buffer, 0, numbers);
    this.fractions = new Float32Array(buffer, 8 * numbers, bins);
    this.wholes = new Int32Array(buffer, 8 * numbers, bins);
  }

  /** Its state, not a copy. */
  get bytes(): Uint8Array {
    return new Uint8Array(this.numbers.buffer);
  }
}

/** One number of every metric. */
export class Cell {
  readonly #place: number;

  constructor(place: number) {
    this.#place = place;
  }

  get(memory: Memory): number {
    return memory.numbers[this.#place] as number;
  }

  set(memory: Memory, value: number): void {
    memory.numbers[this.#place] = value;
  }
}

/** A row of numbers of every metric. */
export class Cells {
  readonly #place: number;

  constructor(place: number) {
    this.#place = place;
  }

  get(memory: Memory, index: number): number {
    return memory.numbers[this.#place + index] as number;
  }

  set(memory: Memory, index: number, value: number): void {
    memory.numbers[this.#place + index] = value;
  }
}

/** A row of fractions of half the size. */
export class Fractions {
  readonly #place: number;

  constructor(place: number) {
    this.#place = place;
  }

  get(memory: Memory, index: number): number {
    return memory.fractions[this.#place + index] as number;
  }

  set(memory: Memory, index: number, value: number): void {
    memory.fractions[this.#place + index] = value;
  }
}

/** A row of whole numbers up to 2^31. */
export class Wholes {
  readonly #place: number;

  constructor(place: number) {
    this.#place = place;
  }

  get(memory: Memory, index: number): number {
    return memory.wholes[this.#place + index] as number;
  }

  set(memory: Memory, index: number, value: number): void {
    memory.wholes[this.#place + index] = value;
  }
}

/** Gives parts their places, and makes memories that are as at the beginning. */
export class Layout {
  readonly #initial: number[] = [];
  #bins = 0;

  cell(initial: number): Cell {
    this.#initial.push(initial);
    return new Cell(this.#initial.length - 1);
  }

  cells(count: number): Cells {
    const place = this.#initial.length;
    for (let i = 0; i < count; i += 1) this.#initial.push(0);
    return new Cells(place);
  }

  fractions(count: number): Fractions {
    this.#bins += count;
    return new Fractions(this.#bins - count);
  }

  wholes(count: number): Wholes {
    this.#bins += count;
    return new Wholes(this.#bins - count);
  }

  make(): Memory {
    const memory = new Memory(this.#initial.length, this.#bins);
    memory.numbers.set(this.#initial);
    return memory;
  }

  /** A memory with a state that was saved. Throws where it is none of this layout. */
  read(bytes: Uint8Array): Memory {
    const memory = new Memory(this.#initial.length, this.#bins);
    if (bytes.length !== memory.bytes.length) {
      throw new Error(`a saved state of ${bytes.length} bytes is not one of ${memory.bytes.length}`);
    }
    memory.bytes.set(bytes);
    return memory;
  }
}
