// Who hears of committed blocks, and the stamping that turns the points of an append into those of the log.
import type { Point, StoredPoint } from '../points/point.ts';
import type { BlockListener, PointBlock } from './store.ts';

export class LiveBlocks {
  readonly #listeners = new Set<BlockListener>();

  listen(listener: BlockListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  announce(block: PointBlock): void {
    // One that is added meanwhile begins with the next block: it knows the log with this one in it.
    for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener(block);
  }
}

/** The points of an append as they are in the log: duplicates left out, offsets and arrival given. */
export function stampPoints(
  points: readonly Point[],
  series: Uint32Array,
  duplicates: readonly number[],
  first: number,
  at: number,
): StoredPoint[] {
  const left = duplicates.length === 0 ? null : new Set(duplicates);
  const stored: StoredPoint[] = [];
  for (let i = 0; i < points.length; i += 1) {
    const point = points[i];
    if (point === undefined || left?.has(i)) continue;
    stored.push({
      entityType: point.entityType,
      serviceId: point.serviceId,
      timestamp: Number.isNaN(point.timestamp) ? at : point.timestamp,
      data: point.data,
      metadata: point.metadata,
      series: series[i] ?? 0,
      offset: first + stored.length,
      receivedAt: at,
    });
  }
  return stored;
}
