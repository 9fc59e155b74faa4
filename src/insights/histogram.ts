// Sizes of one side of a residual: counts by logarithm, eight bins an octave, sixteen octaves around an anchor that follows what is usual.
// Older counts fade: half of a count is left after 10,000 values.

export const binCount = 128;
const binsAnOctave = 8;
const octavesBelow = 3;
const growth = 2 ** (1 / 10_000);
const greatestWeight = 1e4;

export class Histogram {
  readonly counts = new Float32Array(binCount);
  #weight = 1;
  #total = 0;

  /** The weight of a value that comes now. */
  get weight(): number {
    return this.#weight;
  }

  /** Of all values, zeros too. */
  get total(): number {
    return this.#total;
  }

  add(bin: number): void {
    // Zeros are in the total alone: half of all values are, and their count need not be fetched.
    if (bin > 0) this.counts[bin] = (this.counts[bin] as number) + this.#weight;
    this.#total += this.#weight;
    this.#weight *= growth;
    if (this.#weight > greatestWeight) this.#rescale();
  }

  /** Bins stand for sizes that are so many octaves greater from now on. */
  shift(octaves: number): void {
    shiftBins(this.counts, octaves * binsAnOctave);
  }

  #rescale(): void {
    for (let bin = 0; bin < binCount; bin += 1) this.counts[bin] = (this.counts[bin] as number) / this.#weight;
    this.#total /= this.#weight;
    this.#weight = 1;
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

/** Moves what is in bins from 1 on down by so many bins; what falls out is in the outermost ones. */
export function shiftBins(bins: Float32Array | Int32Array, by: number): void {
  if (by === 0) return;
  const before = bins.slice();
  bins.fill(0, 1);
  for (let bin = 1; bin < binCount; bin += 1) {
    const to = Math.max(1, Math.min(binCount - 1, bin - by));
    const value = before[bin] as number;
    bins[to] = bins instanceof Int32Array ? Math.max(bins[to] as number, value) : (bins[to] as number) + value;
  }
}
