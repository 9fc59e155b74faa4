// A set of hashes in one array of doubles: open addressing with linear probing, at most half full. Eight bytes a place.

const leastPlaces = 16;
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
    if (2 * this.#size > this.#places.length) this.#grow();
  }

  *[Symbol.iterator](): IterableIterator<number> {
    for (const hash of this.#places) if (hash !== empty) yield hash;
  }

  #grow(): void {
    const grown = new Float64Array(2 * this.#places.length).fill(empty);
    for (const hash of this) grown[placeOf(grown, hash)] = hash;
    this.#places = grown;
  }
}

/** Where the hash is, or would be put. */
function placeOf(places: Float64Array, hash: number): number {
  const mask = places.length - 1;
  let at = Math.floor(hash / 2 ** 16) & mask;
  while (places[at] !== hash && places[at] !== empty) at = (at + 1) & mask;
  return at;
}
