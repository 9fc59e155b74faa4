// How surprising the size of one side of a residual is: minus the logarithm of how rare it is, by a generalised Pareto distribution fitted to
// the rarest fiftieth (Hosking and Wallis, Technometrics 29 (1987) 339–349), less what has happened before.
import { binCount, binOf, edgeOf, Histogram, middleOf, shiftBins } from './histogram.ts';
import type { Cell, Fractions, Layout, Memory, Wholes } from './memory.ts';

/** What both sides of a residual share. */
export interface Scale {
  readonly anchor: number;
  /** Sizes below are nothing. */
  readonly floor: number;
}

const tailShare = 0.02;
const clipShare = 1e-4;
const greatestScore = 10;
/** A score above is something that is not usual. */
export const noteworthy = 1.5;
const episodeGap = 50;
const episodesHalfLife = 10_000;
/** Values before anything is said. */
export const learning = 100;
const fitEvery = 32;
const fitEveryAtFirst = 10;
const atFirst = 200;
const fewValues = 8;

export class Tail {
  readonly #hasValues: Cell;
  readonly #start: Cell;
  readonly #startBin: Cell;
  readonly #share: Cell;
  readonly #shape: Cell;
  readonly #spread: Cell;
  readonly #clip: Cell;
  readonly #histogram: Histogram;
  // By bin: how many separate times something of that size has happened, and with which value it last did.
  readonly #episodes: Fractions;
  readonly #last: Wholes;

  constructor(layout: Layout) {
    this.#hasValues = layout.cell(0);
    this.#start = layout.cell(Number.POSITIVE_INFINITY);
    this.#startBin = layout.cell(binCount - 1);
    this.#share = layout.cell(1);
    this.#shape = layout.cell(0);
    this.#spread = layout.cell(1);
    this.#clip = layout.cell(Number.POSITIVE_INFINITY);
    this.#histogram = new Histogram(layout);
    this.#episodes = layout.fractions(binCount);
    this.#last = layout.wholes(binCount);
  }

  /** The size that one value in 10,000 passes, above which learning is held back; infinity while nothing is known, 0 where all were nothing. */
  clip(memory: Memory): number {
    return this.#hasValues.get(memory) === 0 ? 0 : this.#clip.get(memory);
  }

  /** The score of a size, and then it is learnt; `n` counts values from 1. `countsBody`: sizes that are not rare have a score too. */
  observe(memory: Memory, size: number, n: number, scale: Scale, countsBody: boolean): number {
    const bin = binOf(size, scale.anchor);
    const rare = n < learning ? 0 : this.#score(memory, size, bin, n, scale, countsBody);
    const score = n < learning ? 0 : this.#remembered(memory, rare, bin, n);
    this.#learn(memory, size, bin, n, scale);
    if (n % (n < atFirst ? fitEveryAtFirst : fitEvery) === 0) this.#fit(memory, scale.anchor);
    if (n % episodesHalfLife === 0) this.#forget(memory);
    return score;
  }

  shift(memory: Memory, octaves: number): void {
    const sum = (a: number, b: number) => a + b;
    shiftBins(memory, this.#histogram.counts, octaves, sum);
    shiftBins(memory, this.#episodes, octaves, sum);
    shiftBins(memory, this.#last, octaves, Math.max);
  }

  #score(memory: Memory, size: number, bin: number, n: number, { floor }: Scale, countsBody: boolean): number {
    if (size <= 0) return 0;
    // Rule of succession: the first time in n values.
    if (this.#hasValues.get(memory) === 0) return Math.min(greatestScore, Math.log10(n + 1));
    const start = this.#start.get(memory);
    if (size > start && size > floor) {
      const shape = this.#shape.get(memory);
      const z = (size - Math.max(start, floor)) / Math.max(this.#spread.get(memory), floor);
      const rare = shape < 0.001 ? z : Math.log1p(shape * z) / shape;
      return Math.min(greatestScore, (rare - Math.log(this.#share.get(memory))) / Math.LN10);
    }
    return countsBody ? this.#bodyScore(memory, bin) : 0;
  }

  #bodyScore(memory: Memory, bin: number): number {
    const { counts } = this.#histogram;
    const total = this.#histogram.total(memory);
    let above = counts.get(memory, bin) / 2;
    for (let b = bin + 1; b < binCount; b += 1) above += counts.get(memory, b);
    return total === 0 || above <= 0 ? 0 : -Math.log10(above / total);
  }

  // What has happened k separate times before is not news, however rare each time is.
  #remembered(memory: Memory, score: number, bin: number, n: number): number {
    if (score <= noteworthy || bin < 1) return score;
    const similar = bin - 1;
    const isSame = n - this.#last.get(memory, similar) <= episodeGap;
    const before = Math.max(0, this.#episodes.get(memory, similar) - (isSame ? 1 : 0));
    for (let b = bin; b >= Math.max(1, this.#startBin.get(memory) - 8); b -= 1) {
      if (n - this.#last.get(memory, b) > episodeGap) this.#episodes.set(memory, b, this.#episodes.get(memory, b) + 1);
      this.#last.set(memory, b, n);
    }
    return score / Math.sqrt(1 + before);
  }

  #forget(memory: Memory): void {
    for (let bin = 0; bin < binCount; bin += 1) this.#episodes.set(memory, bin, this.#episodes.get(memory, bin) / 2);
  }

  #learn(memory: Memory, size: number, bin: number, n: number, { anchor, floor }: Scale): void {
    if (size > 0) this.#hasValues.set(memory, 1);
    const clip = this.#clip.get(memory);
    const isHeld = n >= learning && size > this.#start.get(memory) && Number.isFinite(clip);
    this.#histogram.add(memory, isHeld ? binOf(Math.min(size, Math.max(clip, 1.5 * floor)), anchor) : bin);
  }

  #fit(memory: Memory, anchor: number): void {
    const { counts } = this.#histogram;
    const total = this.#histogram.total(memory);
    let bin = binCount;
    let mass = 0;
    while (bin > 1) {
      const next = mass + counts.get(memory, bin - 1);
      if (mass > 0 && next >= tailShare * total) break;
      bin -= 1;
      mass = next;
      if (mass >= tailShare * total) break;
    }
    if (mass === 0) return;
    const start = edgeOf(bin, anchor);
    let sum = 0;
    let squares = 0;
    for (let b = bin; b < binCount; b += 1) {
      const count = counts.get(memory, b);
      if (count === 0) continue;
      const over = middleOf(b, anchor) - start;
      sum += count * over;
      squares += count * over * over;
    }
    const mean = sum / mass;
    const variance = Math.max(squares / mass - mean * mean, 1e-300);
    const least = mass / this.#histogram.weight(memory) < fewValues ? 0.1 : 0;
    const shape = Math.max(least, Math.min(0.9, (1 - (mean * mean) / variance) / 2));
    const spread = Math.max(mean * (1 - shape), 0.02 * start);
    const share = mass / total;
    const ratio = clipShare / share;
    const over = shape < 0.001 ? -spread * Math.log(ratio) : (spread * (ratio ** -shape - 1)) / shape;
    this.#start.set(memory, start);
    this.#startBin.set(memory, bin);
    this.#share.set(memory, share);
    this.#shape.set(memory, shape);
    this.#spread.set(memory, spread);
    this.#clip.set(memory, start + Math.max(0, over));
  }
}
