// STDDEV of the sample, from count, mean and the sum of squared distances from the mean: B. P. Welford, Technometrics 4
// (1962) 419–420. Merge: Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm" (1979).
import { type Aggregate, finiteOrNull, isNumber } from './aggregate.ts';

export class Deviation implements Aggregate {
  #count = 0;
  #mean = 0;
  #squares = 0;

  add(value: unknown): void {
    if (!isNumber(value)) return;
    this.#count += 1;
    const distance = value - this.#mean;
    this.#mean += distance / this.#count;
    this.#squares += distance * (value - this.#mean);
  }

  merge(other: this): void {
    if (other.#count === 0) return;
    const count = this.#count + other.#count;
    const distance = other.#mean - this.#mean;
    this.#squares += other.#squares + distance * distance * ((this.#count * other.#count) / count);
    this.#mean += distance * (other.#count / count);
    this.#count = count;
  }

  /** Null for fewer than two values. */
  value(): number | null {
    return this.#count < 2 ? null : finiteOrNull(Math.sqrt(this.#squares / (this.#count - 1)));
  }
}
