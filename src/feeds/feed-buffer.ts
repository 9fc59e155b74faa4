// What waits for one reader: the latest points, how many older ones were left out, and where commits end.
// A timed feed keeps one batch and leaves the rest out; one of every point keeps all, until a slow reader's bound.
import { Ring } from '../base/ring.ts';
import type { StoredPoint } from '../points/point.ts';
import { pointBytes } from '../points/point-bytes.ts';

export interface FeedBufferOptions {
  readonly batchSize: number;
  readonly capacity: number;
  /** Of the points of one update; a larger point comes alone. */
  readonly maxUpdateBytes: number;
  /** Of all points that wait; the oldest are skipped past it. */
  readonly maxBytes: number;
}

export class FeedBuffer {
  readonly #batchSize: number;
  readonly #maxUpdateBytes: number;
  readonly #maxBytes: number;
  readonly #points: Ring<StoredPoint>;
  // Offsets of the last points of commits, ascending; at most one for each point that waits.
  readonly #commitEnds: Ring<number>;
  #newest = 0;
  #skipped = 0;
  // Of the points that wait.
  #bytes = 0;

  /** `capacity` of a timed feed is its batch size. */
  constructor({ batchSize, capacity, maxUpdateBytes, maxBytes }: FeedBufferOptions) {
    this.#batchSize = batchSize;
    this.#maxUpdateBytes = maxUpdateBytes;
    this.#maxBytes = maxBytes;
    this.#points = new Ring(Math.max(batchSize, capacity));
    this.#commitEnds = new Ring(this.#points.capacity);
  }

  get isEmpty(): boolean {
    return this.#points.length === 0;
  }

  /** How many came since the last update, with those that are left out. */
  get waiting(): number {
    return this.#points.length + this.#skipped;
  }

  push(point: StoredPoint): void {
    this.#newest = point.offset;
    this.#bytes += pointBytes(point);
    const dropped = this.#points.push(point);
    if (dropped !== undefined) this.#skip(dropped);
    while (this.#bytes > this.#maxBytes && this.#points.length > 1) this.#skip(this.#points.shift() as StoredPoint);
  }

  #skip(point: StoredPoint): void {
    this.#skipped += 1;
    this.#bytes -= pointBytes(point);
  }

  /** Marks that what was pushed so far was committed together. */
  endCommit(): void {
    if (this.#commitEnds.at(-1) !== this.#newest) this.#commitEnds.push(this.#newest);
  }

  /** The next update's points, oldest first, a batch and so many bytes at most: those of one commit (`oneCommit`), or all. */
  take(oneCommit: boolean): { points: StoredPoint[]; skipped: number } {
    const points: StoredPoint[] = [];
    const end = oneCommit ? this.#nextCommitEnd() : Number.POSITIVE_INFINITY;
    let bytes = 0;
    while (points.length < this.#batchSize) {
      const next = this.#points.at(0);
      if (next === undefined || next.offset > end) break;
      bytes += pointBytes(next);
      if (points.length > 0 && bytes > this.#maxUpdateBytes) break;
      this.#bytes -= pointBytes(next);
      points.push(next);
      this.#points.shift();
    }
    const skipped = this.#skipped;
    this.#skipped = 0;
    return { points, skipped };
  }

  #nextCommitEnd(): number {
    const first = this.#points.at(0)?.offset ?? 0;
    while ((this.#commitEnds.at(0) ?? Number.POSITIVE_INFINITY) < first) this.#commitEnds.shift();
    return this.#commitEnds.at(0) ?? Number.POSITIVE_INFINITY;
  }
}
