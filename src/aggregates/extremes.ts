// MIN and MAX over the numeric values. Merge: the lesser, the greater. Exact.
import { type Aggregate, isNumber } from './aggregate.ts';

export class Minimum implements Aggregate {
  #least: number | null = null;

  add(value: unknown): void {
    if (isNumber(value) && (this.#least === null || value < this.#least)) this.#least = value;
  }

  merge(other: this): void {
    this.add(other.#least);
  }

  value(): number | null {
    return this.#least;
  }
}

export class Maximum implements Aggregate {
  #greatest: number | null = null;

  add(value: unknown): void {
    if (isNumber(value) && (this.#greatest === null || value > this.#greatest)) this.#greatest = value;
  }

  merge(other: this): void {
    this.add(other.#greatest);
  }

  value(): number | null {
    return this.#greatest;
  }
}
