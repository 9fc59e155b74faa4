// Sizes of one side of a residual: counts by logarithm, eight bins an octave, sixteen octaves around an anchor that follows what is usual.
// Older counts fade: half of a count is left after 10,000 values.
import type { Cell, Fractions, Layout, Memory } from './memory.ts';

export const binCount = 128;
export const binsAnOctave = 8;
const octavesBelow = 3;
const growth = 2 ** (1 / 10_000);
const greatestWeight = 1e4;

export class Histogram {
  readonly counts: Fractions;
  readonly #weight: Cell;
  readonly #total: Cell;

  constructor(layout: Layout) {
    this.counts = layout.fractions(binCount);
    this.#weight = layout.cell(1);
    this.#total = layout.cell(0);
  }

  /** The weight of a value that comes now. */
  weight(memory: Memory): number {
    return this.#weight.get(memory);
  }

  /** Of all values, zeros too. */
  total(memory: Memory): number {
    return this.#total.get(memory);
  }

  add(memory: Memory, bin: number): void {
    const weight = this.#weight.get(memory);
    // Zeros are in the total alone: half of all values are, and their count need not be fetched.
    if (bin > 0) this.counts.set(memory, bin, this.counts.get(memory, bin) + weight);
    this.#total.set(memory, this.#total.get(memory) + weight);
    this.#weight.set(memory, weight * growth);
    if (weight * growth > greatestWeight) this.#rescale(memory);
  }

  #rescale(memory: Memory): void {
    const weight = this.#weight.get(memory);
    for (let bin = 0; bin < binCount; bin += 1) this.counts.set(memory, bin, this.counts.get(memory, bin) / weight);
    this.#total.set(memory, this.#total.get(memory) / weight);
    this.#weight.set(memory, 1);
  }
}

/** The bin of a size: 0 for none, else from 1; sizes beyond are in the last one. */
export function binOf(size: number, anchor: number): number {
  if (size <= 0) return 0;
  const bin = 1 + Math.floor((Math.log2(size) - anchor + octavesBelow) * binsAnOctave);
  return Math.max(1, Math.min(binCount - 1, bin));
}

/** The least size of a bin. */
export function edgeOf(bin: number, anchor: number): number {
  return bin <= 0 ? 0 : 2 ** (anchor - octavesBelow + (bin - 1) / binsAnOctave);
}

export function middleOf(bin: number, anchor: number): number {
  return bin <= 0 ? 0 : edgeOf(bin, anchor) * 2 ** (1 / (2 * binsAnOctave));
}

/** A row with one number a bin. */
interface Bins {
  get(memory: Memory, bin: number): number;
  set(memory: Memory, bin: number, value: number): void;
}

/** Moves what is in bins from 1 on down by so many octaves; what falls out is in the outermost ones, with what is there by `joined`. */
export function shiftBins(memory: Memory, bins: Bins, octaves: number, joined: (a: number, b: number) => number): void {
  if (octaves === 0) return;
  const before = Array.from({ length: binCount }, (_, bin) => bins.get(memory, bin));
  for (let bin = 1; bin < binCount; bin += 1) bins.set(memory, bin, 0);
  for (let bin = 1; bin < binCount; bin += 1) {
    const to = Math.max(1, Math.min(binCount - 1, bin - octaves * binsAnOctave));
    bins.set(memory, to, joined(bins.get(memory, to), before[bin] as number));
  }
}
