// A residual, what is left of a value after what was expected, with its two sides and what is usual of it.
import { type Scale, Tail } from './tail.ts';

/** How many values count in what is usual. */
export const usualOver = 2000;
const floorShare = 0.25;
const anchorEvery = 64;
const rounding = 1e-9;

/** What a residual says of one value. */
export interface Surprise {
  /** Minus the logarithm of how rare it is; 0: nothing. */
  readonly score: number;
  readonly isUp: boolean;
}

export class Residual {
  readonly #up = new Tail();
  readonly #down = new Tail();
  readonly #countsBody: boolean;
  #usual = 0;
  #anchor: number | null = null;

  constructor(countsBody: boolean) {
    this.#countsBody = countsBody;
  }

  /** Mean absolute size. */
  get usual(): number {
    return this.#usual;
  }

  /** What one value in 10,000 passes on its way up; infinity while that is not known. */
  get mostUp(): number {
    return this.#up.clip;
  }

  get mostDown(): number {
    return this.#down.clip;
  }

  /** `magnitude` is that of the values which it is a residual of. */
  observe(left: number, n: number, magnitude: number): Surprise {
    // Rounding is no residual.
    const x = Math.abs(left) <= rounding * magnitude ? 0 : left;
    if (this.#anchor === null && x !== 0) this.#anchor = Math.floor(Math.log2(Math.abs(x)));
    const floor = Math.max(floorShare * this.#usual, rounding * magnitude);
    const scale: Scale = { anchor: this.#anchor ?? 0, floor };
    this.#usual += (Math.abs(x) - this.#usual) / Math.min(n, usualOver);
    const up = this.#up.observe(Math.max(0, x), n, scale, this.#countsBody);
    const down = this.#down.observe(Math.max(0, -x), n, scale, this.#countsBody);
    if (n % anchorEvery === 0) this.#follow();
    return up >= down ? { score: up, isUp: true } : { score: down, isUp: false };
  }

  #follow(): void {
    if (this.#anchor === null || this.#usual === 0) return;
    const octaves = Math.round(Math.log2(this.#usual)) - this.#anchor;
    if (octaves <= 3 && octaves >= -1) return;
    this.#anchor += octaves;
    this.#up.shift(octaves);
    this.#down.shift(octaves);
  }
}
