// A residual, what is left of a value after what was expected, with its two sides and what is usual of it.
import type { Cell, Layout, Memory } from './memory.ts';
import { type Scale, Tail } from './tail.ts';

/** How many values count in what is usual. */
export const usualOver = 2000;
const floorShare = 0.25;
const anchorEvery = 64;
const rounding = 1e-9;

export class Residual {
  readonly #usual: Cell;
  // Not a number: none yet.
  readonly #anchor: Cell;
  readonly #up: Tail;
  readonly #down: Tail;
  readonly #countsBody: boolean;

  constructor(layout: Layout, countsBody: boolean) {
    this.#usual = layout.cell(0);
    this.#anchor = layout.cell(Number.NaN);
    this.#up = new Tail(layout);
    this.#down = new Tail(layout);
    this.#countsBody = countsBody;
  }

  /** Mean absolute size. */
  usual(memory: Memory): number {
    return this.#usual.get(memory);
  }

  /** What one value in 10,000 passes on its way up; infinity while that is not known. */
  mostUp(memory: Memory): number {
    return this.#up.clip(memory);
  }

  mostDown(memory: Memory): number {
    return this.#down.clip(memory);
  }

  /** How rare the residual is; `magnitude` is that of the values which it is a residual of. */
  observe(memory: Memory, left: number, n: number, magnitude: number): number {
    // Rounding is no residual.
    const x = Math.abs(left) <= rounding * magnitude ? 0 : left;
    const usual = this.#usual.get(memory);
    const floor = Math.max(floorShare * usual, rounding * magnitude);
    const scale: Scale = { anchor: this.#anchorWith(memory, x), floor };
    this.#usual.set(memory, usual + (Math.abs(x) - usual) / Math.min(n, usualOver));
    const up = this.#up.observe(memory, Math.max(0, x), n, scale, this.#countsBody);
    const down = this.#down.observe(memory, Math.max(0, -x), n, scale, this.#countsBody);
    if (n % anchorEvery === 0) this.#follow(memory);
    return Math.max(up, down);
  }

  #anchorWith(memory: Memory, x: number): number {
    const anchor = this.#anchor.get(memory);
    if (!Number.isNaN(anchor)) return anchor;
    if (x === 0) return 0;
    const first = Math.floor(Math.log2(Math.abs(x)));
    this.#anchor.set(memory, first);
    return first;
  }

  #follow(memory: Memory): void {
    const anchor = this.#anchor.get(memory);
    const usual = this.#usual.get(memory);
    if (Number.isNaN(anchor) || usual === 0) return;
    const octaves = Math.round(Math.log2(usual)) - anchor;
    if (octaves <= 3 && octaves >= -1) return;
    this.#anchor.set(memory, anchor + octaves);
    this.#up.shift(memory, octaves);
    this.#down.shift(memory, octaves);
  }
}
