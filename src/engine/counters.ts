// The engine's own figures: totals since the start, and what the last minute looked like, second by second.
import type { Clock } from '../base/clock.ts';

const seconds = 60;
// Processing times in buckets whose bounds grow by a fifth, from 0.01 ms: a bucket's middle is within 10 % of what is in it.
const leastMs = 0.01;
const growth = 1.2;
const bucketCount = 80;

interface Second {
  index: number;
  processed: number;
  failed: number;
  totalMs: number;
  readonly buckets: Float64Array;
}

export interface LastMinute {
  /** Points a second. */
  readonly eventRate: number;
  /** From acceptance to the end of processing. */
  readonly averageMs: number;
  readonly p99Ms: number;
  /** Failed over all, in [0, 1]. */
  readonly errorRate: number;
}

export class Counters {
  processed = 0;
  rejected = 0;
  duplicates = 0;
  late = 0;
  /** Points that a consumer could not take. */
  skippedByConsumers = 0;
  /** Insights that were told. */
  insights = 0;
  delivered = 0;
  unforeseen = 0;
  connections = 0;
  /** Subscriptions beyond one a source: those that share. */
  shared = 0;
  readonly #clock: Clock;
  readonly #startedAt: number;
  // #ring[index % seconds] belongs to the second of that index, or to an older one that no longer counts.
  readonly #ring: Second[] = Array.from({ length: seconds }, () => ({
    index: -1,
    processed: 0,
    failed: 0,
    totalMs: 0,
    buckets: new Float64Array(bucketCount),
  }));

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAt = clock.monotonic();
  }

  /** Points that went through all consumers, `elapsedMs` after they were accepted. */
  notePoints(count: number, elapsedMs: number): void {
    const second = this.#second();
    this.processed += count;
    second.processed += count;
    second.totalMs += elapsedMs * count;
    const bucket = Math.max(0, Math.min(bucketCount - 1, Math.ceil(Math.log(elapsedMs / leastMs) / Math.log(growth))));
    second.buckets[bucket] = (second.buckets[bucket] ?? 0) + count;
  }

  noteRejected(count: number): void {
    this.rejected += count;
    this.#second().failed += count;
  }

  /** An error that nobody had foreseen: it has been logged whole. */
  noteUnforeseen(): void {
    this.unforeseen += 1;
    this.#second().failed += 1;
  }

  lastMinute(): LastMinute {
    const now = this.#index();
    const recent = this.#ring.filter(({ index }) => index > now - seconds && index >= 0);
    const processed = recent.reduce((sum, second) => sum + second.processed, 0);
    const failed = recent.reduce((sum, second) => sum + second.failed, 0);
    const totalMs = recent.reduce((sum, second) => sum + second.totalMs, 0);
    const elapsed = Math.min(seconds, Math.max(1, (this.#clock.monotonic() - this.#startedAt) / 1000));
    return {
      eventRate: processed / elapsed,
      averageMs: processed === 0 ? 0 : totalMs / processed,
      p99Ms: quantile(recent, processed, 0.99),
      errorRate: processed + failed === 0 ? 0 : failed / (processed + failed),
    };
  }

  #index(): number {
    return Math.floor(this.#clock.monotonic() / 1000);
  }

  #second(): Second {
    const index = this.#index();
    const second = this.#ring[index % seconds] as Second;
    if (second.index !== index) {
      Object.assign(second, { index, processed: 0, failed: 0, totalMs: 0 });
      second.buckets.fill(0);
    }
    return second;
  }
}

function quantile(recent: readonly Second[], total: number, q: number): number {
  if (total === 0) return 0;
  let left = Math.ceil(total * q);
  for (let bucket = 0; bucket < bucketCount; bucket += 1) {
    for (const { buckets } of recent) left -= buckets[bucket] ?? 0;
    if (left <= 0) return middleOf(bucket);
  }
  return middleOf(bucketCount - 1);
}

function middleOf(bucket: number): number {
  return leastMs * growth ** (bucket - 0.5);
}
