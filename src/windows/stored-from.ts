// Since when all points of a partition are stored: retention deletes by arrival, and windows that still hold what it has deleted
// are made again from the log, so that a live window shows what a new one would.
import type { Log } from '../store/store.ts';

export class StoredFrom {
  readonly #log: Log;
  readonly #maxAheadMs: number;
  readonly #onError: (error: Error) => void;
  // By partition.
  readonly #known = new Map<number, { floor: number; time: number }>();
  readonly #reading = new Map<number, Promise<void>>();

  /** `maxAheadMs`: how far ahead of its arrival a point's time may be. */
  constructor(log: Log, maxAheadMs: number, onError: (error: Error) => void) {
    this.#log = log;
    this.#maxAheadMs = maxAheadMs;
    this.#onError = onError;
  }

  /** Points of the entity type with a later event time are all stored; negative infinity: none was ever deleted. */
  of(entityType: string): number {
    return this.#known.get(this.#log.partitionOf(entityType))?.time ?? Number.NEGATIVE_INFINITY;
  }

  /** Looks whether points have been deleted since; settles once it is known since when there are all. */
  refresh(entityType: string): Promise<void> | undefined {
    const partition = this.#log.partitionOf(entityType);
    const floor = this.#log.floor(partition);
    if (floor <= (this.#known.get(partition)?.floor ?? 1)) return undefined;
    const reading = this.#reading.get(partition) ?? this.#read(partition, floor);
    this.#reading.set(partition, reading);
    return reading;
  }

  async #read(partition: number, floor: number): Promise<void> {
    try {
      const arrival = await this.#log.oldestArrival(partition);
      // Without any point: all that arrived before now are gone.
      this.#known.set(partition, { floor, time: (arrival ?? this.#log.now()) + this.#maxAheadMs });
    } catch (error) {
      // Asked again once more has been deleted.
      this.#known.set(partition, { floor, time: this.#known.get(partition)?.time ?? Number.NEGATIVE_INFINITY });
      this.#onError(error as Error);
    } finally {
      this.#reading.delete(partition);
    }
  }
}
