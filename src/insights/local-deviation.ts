// How far a value is from those just before it, in their standard deviations: what an eye sees at once, however rare it is. Exponential
// mean and variance: West, "Updating mean and variance estimates", CACM 22 (1979) 532–535.
import type { Cell, Layout, Memory } from './memory.ts';

const over = 400;
const learning = 20;
const most = 12;

export class LocalDeviation {
  readonly #mean: Cell;
  readonly #variance: Cell;

  constructor(layout: Layout) {
    this.#mean = layout.cell(0);
    this.#variance = layout.cell(0);
  }

  /** At most 12; then the value is learnt. `n` counts values from 1. */
  observe(memory: Memory, value: number, n: number): number {
    const mean = this.#mean.get(memory);
    const variance = this.#variance.get(memory);
    const distance = value - mean;
    const deviation = Math.max(Math.sqrt(variance), 1e-9 * (1 + Math.abs(value)));
    const share = 1 / Math.min(n, over);
    this.#mean.set(memory, mean + share * distance);
    this.#variance.set(memory, (1 - share) * (variance + share * distance * distance));
    return n < learning ? 0 : Math.min(most, Math.abs(distance) / deviation);
  }
}
