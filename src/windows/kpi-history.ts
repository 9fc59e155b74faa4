// A KPI over a stretch of the past, computed from the log: steps (from + i·step, from + (i + 1)·step], the last cut at `to`.
import { setImmediate } from 'node:timers/promises';
import { totalSlot } from '../aggregates/cells.ts';
import { makeCells } from '../aggregates/make-cells.ts';
import type { Log } from '../store/store.ts';
import { computationOver, computedOf } from './computed.ts';
import { readFill } from './fill.ts';
import { groupText } from './group-key.ts';
import { groupRows, totalValue } from './group-rows.ts';
import type { PaneQuery } from './pane-query.ts';
import { Panes } from './panes.ts';
import type { WindowQuery } from './window-query.ts';
import type { WindowBucket } from './window-value.ts';

const stepsATurn = 10;

export interface HistoryRange {
  /** Milliseconds since 1970; from < to. */
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
}

export interface HistoryLimits {
  readonly maxGroups: number;
  readonly maxWindowBytes: number;
  readonly maxAheadMs: number;
}

/** Errors: as Log.columns, and the reason of `signal` once that is aborted. */
export async function readKpiHistory(
  log: Log,
  query: WindowQuery,
  range: HistoryRange,
  limits: HistoryLimits,
  signal: AbortSignal | null = null,
): Promise<WindowBucket[]> {
  const { from, to, stepMs } = range;
  const computed = computedOf(query);
  const upTo = log.head(log.partitionOf(query.entityType));
  const rings = await Promise.all(computed.panes.map((panes) => readPanes(log, panes, range, upTo, limits, signal)));
  const buckets: WindowBucket[] = [];
  for (let start = from; start < to; start += stepMs) {
    const end = Math.min(start + stepMs, to);
    const cells = rings.map((ring) => ring.cellsOf(buckets.length) ?? ring.newCells());
    const computation = computationOver(computed, query, rings, cells, {
      firstPane: buckets.length,
      seconds: (end - start) / 1000,
    });
    const count = computation.base.cells.count(totalSlot);
    buckets.push({ start, end, value: totalValue(computation), count, groups: groupRows(computation, null) });
    // Many steps of many groups are long.
    if (buckets.length % stepsATurn === 0) await setImmediate();
  }
  return buckets;
}

/** The points of the stretch in panes that are its steps, counted from 0. */
async function readPanes(
  log: Log,
  query: PaneQuery,
  { from, to, stepMs }: HistoryRange,
  upTo: number,
  { maxGroups, maxWindowBytes: maxBytes, maxAheadMs }: HistoryLimits,
  signal: AbortSignal | null,
): Promise<Panes> {
  const capacity = Math.ceil((to - from) / stepMs);
  const ring = new Panes({ paneMs: stepMs, capacity, maxGroups, maxBytes, make: () => makeCells(query.kind) });
  const isGrouped = query.groupBy.length > 0;
  await readFill(log, query, { from, to, upTo, maxAheadMs, signal }, ({ value, time, offset, groupValues }) => {
    ring.add(value, time - from, offset, isGrouped ? groupText(groupValues) : null, () => undefined);
  });
  return ring;
}
