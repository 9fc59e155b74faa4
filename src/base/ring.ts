// A queue of fixed capacity: pushing onto a full one lets the oldest go and gives it back.
import { assert } from './assert.ts';

export class Ring<T> {
  readonly capacity: number;
  // #items[(#start + i) % capacity] is the i-th oldest, for 0 <= i < #length <= capacity.
  readonly #items: (T | undefined)[];
  #start = 0;
  #length = 0;

  constructor(capacity: number) {
    assert(Number.isInteger(capacity) && capacity > 0, `a ring holds one item at least, not ${capacity}`);
    this.capacity = capacity;
    this.#items = [];
  }

  get length(): number {
    return this.#length;
  }

  /** Appends; gives back the oldest where there was no room for both. */
  push(item: T): T | undefined {
    if (this.#length < this.capacity) {
      this.#items[(this.#start + this.#length) % this.capacity] = item;
      this.#length += 1;
      return undefined;
    }
    const oldest = this.#items[this.#start];
    this.#items[this.#start] = item;
    this.#start = (this.#start + 1) % this.capacity;
    return oldest;
  }

  /** Takes the oldest out. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const oldest = this.#items[this.#start];
    this.#items[this.#start] = undefined;
    this.#start = (this.#start + 1) % this.capacity;
    this.#length -= 1;
    return oldest;
  }

  /** The i-th oldest; negative counts from the newest. */
  at(index: number): T | undefined {
    const i = index < 0 ? this.#length + index : index;
    return i < 0 || i >= this.#length ? undefined : this.#items[(this.#start + i) % this.capacity];
  }

  /** Oldest first. */
  toArray(): T[] {
    const out: T[] = [];
    for (let i = 0; i < this.#length; i += 1) out.push(this.#items[(this.#start + i) % this.capacity] as T);
    return out;
  }

  clear(): void {
    this.#items.length = 0;
    this.#start = 0;
    this.#length = 0;
  }
}
