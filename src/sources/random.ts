// Chance that can be repeated: sfc32 (Chris Doty-Humphrey, PractRand), seeded through splitmix32. Not for secrets.
import { assert } from '../base/assert.ts';

/** Something that may be picked, with how often relative to the others. */
export type Weighted<T> = readonly [value: T, weight: number];

export class Random {
  // The four words of sfc32: three of state, one that counts.
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    const next = splitmix32(seed);
    this.#a = next();
    this.#b = next();
    this.#c = next();
    // The author's advice: what the seed says has mixed after twelve rounds.
    for (let i = 0; i < 12; i += 1) this.#next();
  }

  /** In [0, 1). */
  uniform(): number {
    return this.#next() / 0x100000000;
  }

  /** A whole number from `lowest` to `highest`, both included. */
  integer(lowest: number, highest: number): number {
    return lowest + Math.floor(this.uniform() * (highest - lowest + 1));
  }

  /** Normal, mean 0, standard deviation 1 (Box and Muller, 1958). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Log-normal: half of the values are below `median`; `sigma` is the standard deviation of their logarithms. */
  logNormal(median: number, sigma: number): number {
    return median * Math.exp(sigma * this.normal());
  }

  /** How many of a kind that comes `mean` times on average (Knuth's product of uniforms). */
  poisson(mean: number): number {
    assert(mean < 700, `a mean below 700, not ${mean}: past it exp(-mean) is 0`);
    const limit = Math.exp(-mean);
    let count = 0;
    for (let product = this.uniform(); product > limit; product *= this.uniform()) count += 1;
    return count;
  }

  pick<T>(choices: readonly Weighted<T>[]): T {
    const total = choices.reduce((sum, [, weight]) => sum + weight, 0);
    let left = this.uniform() * total;
    for (const [value, weight] of choices) {
      left -= weight;
      if (left < 0) return value;
    }
    const last = choices.at(-1);
    assert(last !== undefined, 'there is something to pick from');
    return last[0];
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}

function splitmix32(seed: number): () => number {
  // Both halves of a seed past 2^32, such as a time in milliseconds, count.
  let state = (seed + Math.imul(Math.floor(seed / 0x100000000), 0x85ebca6b)) | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    const once = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    const twice = Math.imul(once ^ (once >>> 15), 0x735a2d97);
    return twice ^ (twice >>> 15);
  };
}
