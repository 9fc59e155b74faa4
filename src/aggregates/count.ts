// COUNT and RATE: how many points, and how many a second. Merge: the sum. Exact.
import type { Aggregate } from './aggregate.ts';

export class Count implements Aggregate {
  #count = 0;

  add(): void {
    this.#count += 1;
  }

  merge(other: this): void {
    this.#count += other.#count;
  }

  value(_seconds: number): number {
    return this.#count;
  }
}

export class Rate extends Count {
  override value(seconds: number): number {
    return seconds > 0 ? super.value(seconds) / seconds : 0;
  }
}
