// Counts of positive numbers in buckets (γ^(k-1), γ^k], γ = (1 + e) / (1 - e): the bucket's middle is within e = 1 % of every
// number in it. DDSketch's store: Masson, Rim, Lee, PVLDB 12 (2019) 2195–2205. Merge: the sum of each bucket. Memory: a
// chunk of 32 buckets wherever there is a number.
import type { ByteReader, ByteWriter } from '../base/bytes.ts';

const relativeError = 0.01;
const gamma = (1 + relativeError) / (1 - relativeError);
const logGamma = Math.log(gamma);
const logMiddle = Math.log(2 / (1 + gamma));
const chunkSize = 32;
// No double is so small that its bucket would lie below: what is written is a number from 0.
const placeShift = 2 ** 16;

// What a chunk and an empty store take in V8's heap: 32 doubles, the array's headers, its entries in the two lists.
const bytesPerChunk = 320;
const bytesEmpty = 160;

export class LogBuckets {
  // Ascending; #chunks[i] has the counts of the buckets #places[i] · 32 … + 31, in plain arrays: a short typed array costs
  // as much again in headers, and its memory outside the heap is not given back.
  #places: readonly number[] = [];
  #chunks: readonly number[][] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Memory, about. */
  get bytes(): number {
    return bytesEmpty + this.#places.length * bytesPerChunk;
  }

  /** `value` is above 0. */
  add(value: number): void {
    const bucket = Math.ceil(Math.log(value) / logGamma);
    const place = Math.floor(bucket / chunkSize);
    const chunk = this.#chunk(place);
    const i = bucket - place * chunkSize;
    chunk[i] = (chunk[i] ?? 0) + 1;
    this.#count += 1;
  }

  merge(other: LogBuckets): void {
    if (this.#count === 0) {
      this.#copy(other);
      return;
    }
    for (const [at, place] of other.#places.entries()) {
      const counts = other.#chunks[at] as number[];
      const chunk = this.#chunk(place);
      for (let i = 0; i < chunkSize; i += 1) chunk[i] = (chunk[i] as number) + (counts[i] as number);
    }
    this.#count += other.#count;
  }

  // Lists of places are never changed, only replaced.
  #copy(other: LogBuckets): void {
    this.#places = other.#places;
    this.#chunks = other.#chunks.map((chunk) => chunk.slice());
    this.#count = other.#count;
  }

  save(writer: ByteWriter): void {
    writer.varint(this.#places.length);
    for (const [at, place] of this.#places.entries()) {
      writer.varint(place + placeShift);
      for (const count of this.#chunks[at] as number[]) writer.varint(count);
    }
  }

  load(reader: ByteReader): void {
    for (let left = reader.varint(); left > 0; left -= 1) {
      const chunk = this.#chunk(reader.varint() - placeShift);
      for (let i = 0; i < chunkSize; i += 1) {
        chunk[i] = reader.varint();
        this.#count += chunk[i] as number;
      }
    }
  }

  /** About the number at that rank, counted from 0 at the smallest; `rank` is below `count`. */
  at(rank: number): number {
    let left = rank;
    for (const [at, place] of this.#places.entries()) {
      const chunk = this.#chunks[at] as number[];
      for (let i = 0; i < chunkSize; i += 1) {
        left -= chunk[i] as number;
        if (left < 0) return middleOf(place * chunkSize + i);
      }
    }
    throw new RangeError(`there is no rank ${rank} among ${this.#count} numbers`);
  }

  #chunk(place: number): number[] {
    const at = this.#positionOf(place);
    if (this.#places[at] === place) return this.#chunks[at] as number[];
    const chunk = new Array<number>(chunkSize).fill(0);
    // New lists of just that length: one that grows in place keeps room for 16 more.
    this.#places = this.#places.toSpliced(at, 0, place);
    this.#chunks = this.#chunks.toSpliced(at, 0, chunk);
    return chunk;
  }

  /** Where the place is, or belongs: there are few, so that a search from the end beats a map. */
  #positionOf(place: number): number {
    let at = this.#places.length;
    while (at > 0 && (this.#places[at - 1] as number) >= place) at -= 1;
    return at;
  }
}

// The middle of the bucket with the largest doubles would lie past them.
function middleOf(bucket: number): number {
  return Math.min(Number.MAX_VALUE, Math.exp(bucket * logGamma + logMiddle));
}
