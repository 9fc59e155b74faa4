// How far a value is from those just before it, in their standard deviations: what an eye sees at once, however rare it is. Exponential
// mean and variance: West, "Updating mean and variance estimates", CACM 22 (1979) 532–535.

const over = 400;
const learning = 20;
const most = 12;

export class LocalDeviation {
  #mean = 0;
  #variance = 0;

  /** At most 12; then the value is learnt. `n` counts values from 1. */
  observe(value: number, n: number): number {
    const distance = value - this.#mean;
    const deviation = Math.max(Math.sqrt(this.#variance), 1e-9 * (1 + Math.abs(value)));
    const share = 1 / Math.min(n, over);
    this.#mean += share * distance;
    this.#variance = (1 - share) * (this.#variance + share * distance * distance);
    return n < learning ? 0 : Math.min(most, Math.abs(distance) / deviation);
  }
}
