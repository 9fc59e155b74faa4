// What waits for one reader: the latest points, how many older ones were left out, and where commits end.
// A timed feed keeps one batch and leaves the rest out; one of every point keeps all, until a slow reader's bound.
import { Ring } from '../base/ring.ts';
import type { StoredPoint } from '../points/point.ts';

export class FeedBuffer {
  readonly #batchSize: number;
  readonly #points: Ring<StoredPoint>;
  // Offsets of the last points of commits, ascending; at most one for each point that waits.
  readonly #commitEnds: Ring<number>;
  #newest = 0;
  #skipped = 0;

  /** `capacity` of a timed feed is its batch size. */
  constructor(batchSize: number, capacity: number) {
    this.#batchSize = batchSize;
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
    if (this.#points.push(point) !== undefined) this.#skipped += 1;
  }

  /** Marks that what was pushed so far was committed together. */
  endCommit(): void {
    if (this.#commitEnds.at(-1) !== this.#newest) this.#commitEnds.push(this.#newest);
  }

  /** The next update's points, oldest first, a batch at most: those of one commit (`oneCommit`), or all. */
  take(oneCommit: boolean): { points: StoredPoint[]; skipped: number } {
    const points: StoredPoint[] = [];
    const end = oneCommit ? this.#nextCommitEnd() : Number.POSITIVE_INFINITY;
    while (points.length < this.#batchSize) {
      const next = this.#points.at(0);
      if (next === undefined || next.offset > end) break;
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
