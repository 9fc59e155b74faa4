// Batches to append, made of points as a producer sends them.
import { createHash } from 'node:crypto';
import type { PointInput } from '../../src/points/point.ts';
import { readPoints } from '../../src/points/read-points.ts';
import { defaultPointRules } from '../../src/points/validate-point.ts';
import type { AppendBatch, Log } from '../../src/store/store.ts';

/** What a batch has beside its points. */
export type BatchParts = Partial<Pick<AppendBatch, 'id' | 'digest' | 'answer'>>;

/** A batch of NDJSON text, every line of it a valid point. Made for one append: its bytes may be transferred. */
export function batchOfText(log: Log, text: string, parts: BatchParts = {}): AppendBatch {
  const bytes = Buffer.from(text);
  const { points, lines, rejected } = readPoints(bytes, log.now(), defaultPointRules);
  if (rejected[0] !== undefined) throw new Error(`line ${rejected[0].index} is no point: ${rejected[0].message}`);
  const series = Uint32Array.from(points, (point) => log.series.numberOf(point.entityType, point.serviceId));
  const digest = createHash('sha256').update(text).digest('hex');
  return { id: null, digest, answer: '', ...parts, points, series, lines };
}

export function batchOf(log: Log, points: readonly PointInput[], parts: BatchParts = {}): AppendBatch {
  return batchOfText(log, points.map((point) => JSON.stringify(point)).join('\n'), parts);
}

/** Any point, where only its being there matters. */
export function somePoint(n = 0, serviceId = 'web'): PointInput {
  return { entityType: 'orders', serviceId, data: { n } };
}

export function somePoints(count: number, from = 0): PointInput[] {
  return Array.from({ length: count }, (_, i) => somePoint(from + i));
}
