// AVG over the numeric values: sum by count. Merge: both sums.
import { type Aggregate, finiteOrNull, isNumber } from './aggregate.ts';
import { ExactSum } from './exact-sum.ts';

export class Mean implements Aggregate {
  readonly #sum = new ExactSum();
  #count = 0;

  add(value: unknown): void {
    if (!isNumber(value)) return;
    this.#sum.add(value);
    this.#count += 1;
  }

  merge(other: this): void {
    this.#sum.merge(other.#sum);
    this.#count += other.#count;
  }

  value(): number | null {
    return this.#count === 0 ? null : finiteOrNull(this.#sum.total / this.#count);
  }
}
