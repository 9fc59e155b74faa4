// What the engine says of itself: every figure measured.
import type { PulseErrorCode } from '../base/errors.ts';
import { LiveIterator } from '../base/live-iterator.ts';
import type { Tickers } from '../windows/ticking.ts';
import type { Counters } from './counters.ts';
import type { InsightFigures } from './insights.ts';
import type { ServerClock } from './server-clock.ts';

export interface EngineStatus {
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly uptimeSeconds: number;
  readonly ready: boolean;
  /** Null while it is ready. */
  readonly notReadyReason: string | null;
  readonly connections: number;
  readonly subscriptions: number;
  readonly dashboards: number;
  readonly series: number;
  readonly alertsFiring: number;
  readonly insights: InsightFigures;
  readonly storage: string;
  readonly clock: ServerClock;
  readonly performance: PerformanceMetrics;
}

export interface NotReady {
  readonly code: PulseErrorCode;
  readonly reason: string;
}

export interface PerformanceMetrics {
  readonly processedEvents: number;
  readonly rejectedEvents: number;
  readonly duplicateEvents: number;
  readonly lateEvents: number;
  readonly generatedInsights: number;
  readonly deliveredMessages: number;
  readonly eventRate: number;
  readonly averageProcessingTime: number;
  readonly p99ProcessingTime: number;
  readonly errorRate: number;
  /** Milliseconds. */
  readonly eventLoopDelayP99: number;
  readonly memoryBytes: number;
  readonly lastUpdate: number;
}

export function performanceOf(counters: Counters, eventLoopDelayP99: number, now: number): PerformanceMetrics {
  const { eventRate, averageMs, p99Ms, errorRate } = counters.lastMinute();
  return {
    processedEvents: counters.processed,
    rejectedEvents: counters.rejected,
    duplicateEvents: counters.duplicates,
    lateEvents: counters.late,
    generatedInsights: counters.insights,
    deliveredMessages: counters.delivered,
    eventRate,
    averageProcessingTime: averageMs,
    p99ProcessingTime: p99Ms,
    errorRate,
    eventLoopDelayP99,
    memoryBytes: process.memoryUsage.rss(),
    lastUpdate: now,
  };
}

/** The status at once, then every `everySeconds`; a slow reader gets the newest. */
export function watchStatus(
  read: () => EngineStatus,
  tickers: Tickers,
  everySeconds: number,
): LiveIterator<EngineStatus> {
  let isDue = true;
  const iterator = new LiveIterator<EngineStatus>({
    take: () => {
      if (!isDue) return undefined;
      isDue = false;
      return read();
    },
    close: () => leave(),
    sharing: { kind: 'LATEST', isCaughtUp: () => !isDue, keyOf: () => '' },
  });
  const leave = tickers.add(everySeconds, {
    tick: () => {
      isDue = true;
      iterator.wake();
    },
  });
  return iterator;
}
