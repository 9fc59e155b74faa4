// Counts of positive numbers in buckets (γ^(k-1), γ^k], γ = (1 + e) / (1 - e): the bucket's middle is within e = 1 % of every
// number in it. DDSketch's store: Masson, Rim, Lee, PVLDB 12 (2019) 2195–2205. Merge: the sum of each bucket. Memory: a
// chunk of 32 buckets wherever there is a number.
import { present } from '../base/assert.ts';
import type { ByteReader, ByteWriter } from '../base/bytes.ts';

const relativeError = 0.01;
const gamma = (1 + relativeError) / (1 - relativeError);
const logGamma = Math.log(gamma);
const logMiddle = Math.log(2 / (1 + gamma));
const chunkSize = 32;
// No double is so small that its bucket would lie below: what is written is a number from 0.
const placeShift = 2 ** 16;

export class LogBuckets {
  // #chunks.get(c)[i] is the count of bucket c · 32 + i; #count is the sum of all.
  readonly #chunks = new Map<number, Float64Array>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#chunks.size * chunkSize * Float64Array.BYTES_PER_ELEMENT;
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
    for (const [place, counts] of other.#chunks) {
      const chunk = this.#chunks.get(place);
      if (chunk === undefined) {
        this.#chunks.set(place, counts.slice());
        continue;
      }
      for (let i = 0; i < chunkSize; i += 1) chunk[i] = (chunk[i] ?? 0) + (counts[i] ?? 0);
    }
    this.#count += other.#count;
  }

  save(writer: ByteWriter): void {
    writer.varint(this.#chunks.size);
    for (const [place, counts] of this.#chunks) {
      writer.varint(place + placeShift);
      for (const count of counts) writer.varint(count);
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

  /** About the number at that rank, counted from 0 at the least; `rank` is below `count`. */
  at(rank: number): number {
    let left = rank;
    for (const place of [...this.#chunks.keys()].sort((a, b) => a - b)) {
      const chunk = present(this.#chunks.get(place), 'chunk');
      for (let i = 0; i < chunkSize; i += 1) {
        left -= chunk[i] ?? 0;
        if (left < 0) return middleOf(place * chunkSize + i);
      }
    }
    throw new RangeError(`there is no rank ${rank} among ${this.#count} numbers`);
  }

  #chunk(place: number): Float64Array {
    let chunk = this.#chunks.get(place);
    if (chunk === undefined) {
      chunk = new Float64Array(chunkSize);
      this.#chunks.set(place, chunk);
    }
    return chunk;
  }
}

// The middle of the bucket with the largest doubles would lie past them.
function middleOf(bucket: number): number {
  return Math.min(Number.MAX_VALUE, Math.exp(bucket * logGamma + logMiddle));
}
