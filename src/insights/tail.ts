// How surprising the size of one side of a residual is: minus the logarithm of how rare it is, by a generalised Pareto distribution fitted to
// the rarest fiftieth (Hosking and Wallis, Technometrics 29 (1987) 339–349), less what has happened before.
import { binCount, binOf, edgeOf, Histogram, middleOf, shiftBins } from './histogram.ts';

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
const neverLast = -1_000_000;

export class Tail {
  readonly #histogram = new Histogram();
  // By bin: how many separate times something of that size has happened, and when it last did.
  readonly #episodes = new Float32Array(binCount);
  readonly #last = new Int32Array(binCount).fill(neverLast);
  #hasValues = false;
  #start = Number.POSITIVE_INFINITY;
  #startBin = binCount - 1;
  #share = 1;
  #shape = 0;
  #spread = 1;
  #clip = Number.POSITIVE_INFINITY;

  /** The size that one value in 10,000 passes, above which learning is held back; infinity while nothing is known, 0 where all were nothing. */
  get clip(): number {
    return this.#hasValues ? this.#clip : 0;
  }

  /** The score of a size, and then it is learnt; `n` counts values from 1. `countsBody`: sizes that are not rare have a score too. */
  observe(size: number, n: number, scale: Scale, countsBody: boolean): number {
    const bin = binOf(size, scale.anchor);
    const score = n < learning ? 0 : this.#remembered(this.#score(size, bin, n, scale, countsBody), bin, n);
    this.#learn(size, bin, n, scale);
    if (n % (n < atFirst ? fitEveryAtFirst : fitEvery) === 0) this.#fit(scale.anchor);
    if (n % episodesHalfLife === 0)
      for (let b = 0; b < binCount; b += 1) this.#episodes[b] = (this.#episodes[b] as number) / 2;
    return score;
  }

  shift(octaves: number): void {
    this.#histogram.shift(octaves);
    shiftBins(this.#episodes, octaves * 8);
    shiftBins(this.#last, octaves * 8);
  }

  #score(size: number, bin: number, n: number, { floor }: Scale, countsBody: boolean): number {
    if (size <= 0) return 0;
    // Rule of succession: the first time in n values.
    if (!this.#hasValues) return Math.min(greatestScore, Math.log10(n + 1));
    if (size > this.#start && size > floor) {
      const start = Math.max(this.#start, floor);
      const z = (size - start) / Math.max(this.#spread, floor);
      const rare = this.#shape < 0.001 ? z : Math.log1p(this.#shape * z) / this.#shape;
      return Math.min(greatestScore, (rare - Math.log(this.#share)) / Math.LN10);
    }
    return countsBody ? this.#bodyScore(bin) : 0;
  }

  #bodyScore(bin: number): number {
    const { counts, total } = this.#histogram;
    let above = (counts[bin] as number) / 2;
    for (let b = bin + 1; b < binCount; b += 1) above += counts[b] as number;
    return total === 0 || above <= 0 ? 0 : -Math.log10(above / total);
  }

  // What has happened k separate times before is not news, however rare each time is.
  #remembered(score: number, bin: number, n: number): number {
    if (score <= noteworthy || bin < 1) return score;
    const similar = bin - 1;
    const isSame = n - (this.#last[similar] as number) <= episodeGap;
    const before = Math.max(0, (this.#episodes[similar] as number) - (isSame ? 1 : 0));
    for (let b = bin; b >= Math.max(1, this.#startBin - 8); b -= 1) {
      if (n - (this.#last[b] as number) > episodeGap) this.#episodes[b] = (this.#episodes[b] as number) + 1;
      this.#last[b] = n;
    }
    return score / Math.sqrt(1 + before);
  }

  #learn(size: number, bin: number, n: number, { anchor, floor }: Scale): void {
    if (size > 0) this.#hasValues = true;
    const isHeld = n >= learning && size > this.#start && Number.isFinite(this.#clip);
    this.#histogram.add(isHeld ? binOf(Math.min(size, Math.max(this.#clip, 1.5 * floor)), anchor) : bin);
  }

  #fit(anchor: number): void {
    const { counts, total, weight } = this.#histogram;
    let bin = binCount;
    let mass = 0;
    while (bin > 1) {
      const next = mass + (counts[bin - 1] as number);
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
      const count = counts[b] as number;
      if (count === 0) continue;
      const over = middleOf(b, anchor) - start;
      sum += count * over;
      squares += count * over * over;
    }
    const mean = sum / mass;
    const variance = Math.max(squares / mass - mean * mean, 1e-300);
    const least = mass / weight < fewValues ? 0.1 : 0;
    const shape = Math.max(least, Math.min(0.9, (1 - (mean * mean) / variance) / 2));
    const spread = Math.max(mean * (1 - shape), 0.02 * start);
    const share = mass / total;
    const ratio = clipShare / share;
    const over = shape < 0.001 ? -spread * Math.log(ratio) : (spread * (ratio ** -shape - 1)) / shape;
    this.#start = start;
    this.#startBin = bin;
    this.#share = share;
    this.#shape = shape;
    this.#spread = spread;
    this.#clip = start + Math.max(0, over);
  }
}
