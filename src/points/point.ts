// A data point in its three stages: as sent, valid, stored.
import type { JsonObject } from '../base/json.ts';

export interface PointMetadata {
  readonly source?: string | null | undefined;
  readonly confidence?: number | null | undefined;
  /** Milliseconds the producer spent. */
  readonly processingTime?: number | null | undefined;
}

/** As a producer sends it; `timestamp` is RFC 3339. */
export interface PointInput {
  readonly entityType: string;
  readonly serviceId: string;
  readonly timestamp?: string | null;
  readonly data: JsonObject;
  readonly metadata?: PointMetadata | null;
  /** Idempotency key. */
  readonly key?: string | null;
}

/** Valid; `timestamp` is event time in milliseconds since 1970, NaN until the log says when it arrived. */
export interface Point {
  readonly entityType: string;
  readonly serviceId: string;
  readonly timestamp: number;
  readonly data: JsonObject;
  readonly metadata: PointMetadata | null;
  readonly key: string | null;
}

/** In the log: `offset` is its place in its partition, `receivedAt` its arrival in milliseconds, `series` the number of its series. */
export interface StoredPoint {
  readonly entityType: string;
  readonly serviceId: string;
  readonly timestamp: number;
  readonly data: JsonObject;
  readonly metadata: PointMetadata | null;
  readonly series: number;
  readonly offset: number;
  readonly receivedAt: number;
}
