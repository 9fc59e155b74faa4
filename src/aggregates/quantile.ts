// QUANTILE within 1 % relative error: DDSketch, Masson, Rim, Lee, PVLDB 12 (2019) 2195–2205, by @datadog/sketches-js.
// The quantile q of n values is the one at place floor(q (n - 1)) of them in order, counted from 0. Merge: by bucket.
import { DDSketch } from '@datadog/sketches-js';
import { type Aggregate, isNumber } from './aggregate.ts';

const relativeError = 0.01;

export class Quantile implements Aggregate {
  readonly #quantile: number;
  readonly #sketch = new DDSketch({ relativeAccuracy: relativeError });

  /** `quantile` in (0, 1). */
  constructor(quantile: number) {
    this.#quantile = quantile;
  }

  add(value: unknown): void {
    if (isNumber(value)) this.#sketch.accept(value);
  }

  merge(other: this): void {
    if (other.#sketch.count > 0) this.#sketch.merge(other.#sketch);
  }

  value(): number | null {
    return this.#sketch.count === 0 ? null : this.#sketch.getValueAtQuantile(this.#quantile);
  }
}
