// A set of hashes in one array of doubles: open addressing with linear probing, at most half full. Eight bytes a place.

const leastPlaces = 16;
// No hash is below zero.
const empty = -1;

export class HashSet {
  #places = new Float64Array(leastPlaces).fill(empty);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#places.byteLength;
  }

  /** `hash` is a whole number from 0 to 2^53 - 1, whose bits are as good as random. */
  add(hash: number): void {
    const at = placeOf(this.#places, hash);
    if (this.#places[at] === hash) return;
    this.#places[at] = hash;
    this.#size += 1;
    if (2 * this.#size > this.#places.length) this.#resize(2 * this.#places.length);
  }

  addAll(other: HashSet): void {
    if (this.#size === 0) {
      this.#places = other.#places.slice();
      this.#size = other.#size;
      return;
    }
    for (const hash of other.#places) if (hash !== empty) this.add(hash);
  }

  each(take: (hash: number) => void): void {
    for (const hash of this.#places) if (hash !== empty) take(hash);
  }

  #resize(length: number): void {
    const before = this.#places;
    const places = new Float64Array(length).fill(empty);
    for (const hash of before) if (hash !== empty) places[placeOf(places, hash)] = hash;
    this.#places = places;
  }
}

/** Where the hash is, or would be put. */
function placeOf(places: Float64Array, hash: number): number {
  const mask = places.length - 1;
  // The low 32 bits: by division, for a shift takes no more than 32.
  let at = (hash % 0x100000000) & mask;
  while (places[at] !== hash && places[at] !== empty) at = (at + 1) & mask;
  return at;
}
