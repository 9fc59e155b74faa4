// One cell, fed and read as if it were alone.
import { type Aggregation, type AggregationFunction, cellKindOf } from '../../src/aggregates/aggregation.ts';
import { totalSlot } from '../../src/aggregates/cells.ts';
import { makeCells } from '../../src/aggregates/make-cells.ts';

export class OneCell {
  readonly #aggregation: Aggregation;
  readonly #cells;

  constructor(aggregation: Aggregation) {
    this.#aggregation = aggregation;
    this.#cells = makeCells(cellKindOf(aggregation));
  }

  add(value: unknown, time = 0, offset = 0): void {
    this.#cells.add(totalSlot, value, time, offset);
  }

  merge(other: OneCell): void {
    this.#cells.merge(totalSlot, other.#cells, totalSlot);
  }

  value(seconds = 1): number | null {
    return this.#cells.value(totalSlot, this.#aggregation, seconds);
  }
}

export function cellOf(name: AggregationFunction, quantile: number | null = null): OneCell {
  return new OneCell({ function: name, field: 'f', quantile });
}
