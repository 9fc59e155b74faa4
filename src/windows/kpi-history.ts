// A KPI over a stretch of the past, computed from the log: steps (from + i·step, from + (i + 1)·step], the last cut at `to`.
import { aggregateMaker } from '../aggregates/aggregates.ts';
import type { Log } from '../store/store.ts';
import { readFill } from './fill.ts';
import { groupText } from './group-key.ts';
import { groupValues, mergePanes } from './group-values.ts';
import { PaneRing } from './pane-ring.ts';
import type { WindowQuery } from './window-query.ts';
import type { WindowBucket } from './window-value.ts';

export interface HistoryRange {
  /** Milliseconds since 1970; from < to. */
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
}

export async function readKpiHistory(
  log: Log,
  query: WindowQuery,
  { from, to, stepMs }: HistoryRange,
  limits: { readonly maxGroups: number; readonly maxAheadMs: number },
): Promise<WindowBucket[]> {
  const steps = Math.ceil((to - from) / stepMs);
  const make = aggregateMaker(query.aggregation);
  const ring = new PaneRing({ paneMs: stepMs, capacity: steps, maxGroups: limits.maxGroups, make });
  const grouped = query.groupBy.length > 0;
  const upTo = log.head(log.partitionOf(query.entityType));
  // Times are taken from `from` on, so that the ring's panes are the steps.
  await readFill(log, query, { from, to, upTo, maxAheadMs: limits.maxAheadMs }, (point) => {
    ring.add(point.value, point.time - from, point.offset, grouped ? groupText(point.groupValues) : null);
  });
  return Array.from({ length: steps }, (_, i) => {
    const start = from + i * stepMs;
    const end = Math.min(start + stepMs, to);
    const merged = mergePanes(ring.between(i, i), () => ring.newCell(), grouped);
    const seconds = (end - start) / 1000;
    const rows = { groupBy: query.groupBy, top: query.top, seconds, newCell: () => ring.newCell() };
    return {
      start,
      end,
      value: merged.total.aggregate.value(seconds),
      count: merged.total.count,
      groups: grouped ? groupValues(merged, rows) : [],
    };
  });
}
