// What a log should hold, kept beside it in a plain array: by the rules of the store, by other means.
import assert from 'node:assert/strict';
import type { PointInput, StoredPoint } from '../../src/points/point.ts';
import type { Appended, Log } from '../../src/store/store.ts';
import { type BatchParts, batchOf } from '../support/batches.ts';

export class Recorder {
  readonly log: Log;
  readonly points: StoredPoint[] = [];

  constructor(log: Log) {
    this.log = log;
  }

  /** Appends, and notes what must be there from now on. */
  async append(inputs: readonly PointInput[], parts: BatchParts = {}): Promise<Appended> {
    const appended = await this.log.append(batchOf(this.log, inputs, parts));
    if (!appended.repeated) this.note(inputs, appended);
    return appended;
  }

  /** Answers may come in any order. */
  note(inputs: readonly PointInput[], { first, count, at, duplicates }: Appended): void {
    const kept = inputs.filter((_, i) => !duplicates.includes(i));
    assert.equal(count, kept.length, 'what is not named as a duplicate is stored');
    for (const [i, { entityType, serviceId, timestamp, data, metadata }] of kept.entries()) {
      this.points.push({
        entityType,
        serviceId,
        timestamp: typeof timestamp === 'string' ? Date.parse(timestamp) : at,
        data,
        metadata: metadata ?? null,
        series: this.log.series.numberOf(entityType, serviceId),
        offset: first + i,
        receivedAt: at,
      });
    }
    this.points.sort((a, b) => a.offset - b.offset);
  }
}
