// A KPI over a stretch of the past, computed from the log: steps (from + i·step, from + (i + 1)·step], the last cut at `to`.
import { totalSlot } from '../aggregates/cells.ts';
import { makeCells } from '../aggregates/make-cells.ts';
import type { ByteAccount, ByteBudget } from '../base/byte-budget.ts';
import { limitExceeded, type PulseError } from '../base/errors.ts';
import { nextTurn } from '../base/turns.ts';
import type { Log } from '../store/store.ts';
import { computationOver, computedOf } from './computed.ts';
import { readFill } from './fill.ts';
import { groupText } from './group-key.ts';
import { groupRows, totalValue } from './group-rows.ts';
import type { PaneQuery } from './pane-query.ts';
import { Panes } from './panes.ts';
import { pastBudget } from './past-budget.ts';
import type { WindowQuery } from './window-query.ts';
import type { WindowBucket } from './window-value.ts';

/** Rows of groups over all steps that a client is given. */
export const maxHistoryRows = 100_000;
const stepsATurn = 10;
// Between two counts of what the steps hold.
const pointsPerCount = 500;

export interface HistoryRange {
  /** Milliseconds since 1970; from < to. */
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
}

/** What one read may cost, and when it stops. */
export interface HistoryRead {
  /** Aborted when the result is no longer wanted. */
  readonly signal: AbortSignal;
  readonly maxPoints: number;
  /** Notes points that were looked at; false: no more may be. */
  spend(points: number): boolean;
}

export interface HistoryLimits {
  readonly maxGroups: number;
  readonly maxWindowBytes: number;
  readonly maxAheadMs: number;
  /** Of all windows together, in which the steps take their part while they are made. */
  readonly budget?: ByteBudget | undefined;
}

/**
 * A KPI as a client asks for it: where not all points may be looked at, only the newest steps all of whose points were. Errors: LIMIT_EXCEEDED where
 * those are none; as readKpiHistory.
 */
export async function readNewestHistory(
  log: Log,
  query: WindowQuery,
  range: HistoryRange,
  limits: HistoryLimits,
  read: HistoryRead,
): Promise<WindowBucket[]> {
  let completeFrom = range.from;
  const spend = (points: number) => read.spend(points);
  const onRead = (from: number) => {
    completeFrom = Math.max(completeFrom, from);
  };
  const buckets = await readKpiHistory(log, query, range, limits, read.signal, { spend, onRead });
  if (completeFrom <= range.from) return buckets;
  const whole = buckets.filter(({ start }) => start >= completeFrom);
  if (whole.length > 0) return whole;
  const text = `not one step: more than ${read.maxPoints} points would be looked at; ask for a shorter time range`;
  throw limitExceeded(text, read.maxPoints);
}

interface Reading {
  readonly spend: (points: number) => boolean;
  readonly onRead: (completeFrom: number) => void;
}

/** Errors: as Log.columns, and the reason of `signal` once that is aborted. */
export async function readKpiHistory(
  log: Log,
  query: WindowQuery,
  range: HistoryRange,
  limits: HistoryLimits,
  signal: AbortSignal | null = null,
  reading: Reading | null = null,
): Promise<WindowBucket[]> {
  const accounts: ByteAccount[] = [];
  const account = () => {
    const opened = limits.budget?.open() ?? null;
    if (opened !== null) accounts.push(opened);
    return opened;
  };
  try {
    return await makeBuckets(log, query, range, limits, { signal, reading, account });
  } finally {
    for (const opened of accounts) opened.close();
  }
}

interface Work {
  readonly signal: AbortSignal | null;
  readonly reading: Reading | null;
  /** Opens an account for what is held meanwhile. */
  account(): ByteAccount | null;
}

async function makeBuckets(
  log: Log,
  query: WindowQuery,
  range: HistoryRange,
  limits: HistoryLimits,
  work: Work,
): Promise<WindowBucket[]> {
  const { from, to, stepMs } = range;
  const computed = computedOf(query);
  const upTo = log.head(log.partitionOf(query.entityType));
  const rings = await allOrFirstFailure(
    computed.panes.map((panes) => readPanes(log, panes, range, upTo, limits, work)),
  );
  const buckets: WindowBucket[] = [];
  let rows = 0;
  for (let start = from; start < to; start += stepMs) {
    const end = Math.min(start + stepMs, to);
    const cells = rings.map((ring) => ring.cellsOf(buckets.length) ?? ring.newCells());
    const computation = computationOver(computed, query, rings, cells, {
      firstPane: buckets.length,
      seconds: (end - start) / 1000,
    });
    const count = computation.base.cells.count(totalSlot);
    const groups = groupRows(computation, null);
    buckets.push({ start, end, value: totalValue(computation), count, groups });
    rows += groups.length;
    if (work.reading !== null && rows > maxHistoryRows) throw tooManyRows();
    // Many steps of many groups are long.
    if (buckets.length % stepsATurn !== 0) continue;
    await nextTurn();
    work.signal?.throwIfAborted();
  }
  return buckets;
}

/** Waits for all also where one fails: none is left reading when the others' memory is given back. */
async function allOrFirstFailure<T>(all: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(all);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return results.map((result) => (result as PromiseFulfilledResult<T>).value);
}

/** The points of the stretch in panes that are its steps, counted from 0. */
async function readPanes(
  log: Log,
  query: PaneQuery,
  { from, to, stepMs }: HistoryRange,
  upTo: number,
  { maxGroups, maxWindowBytes: maxBytes, maxAheadMs, budget }: HistoryLimits,
  { signal, reading, account: open }: Work,
): Promise<Panes> {
  const capacity = Math.ceil((to - from) / stepMs);
  const ring = new Panes({ paneMs: stepMs, capacity, maxGroups, maxBytes, make: () => makeCells(query.kind) });
  const isGrouped = query.groupBy.length > 0;
  const account = open();
  let taken = 0;
  const fill = { from, to, upTo, maxAheadMs, signal, spend: reading?.spend };
  const completeFrom = await readFill(log, query, fill, ({ value, time, offset, groupValues }) => {
    ring.add(value, time - from, offset, isGrouped ? groupText(groupValues) : null, () => undefined);
    taken += 1;
    if (taken % pointsPerCount !== 0) return;
    account?.set(ring.bytes);
    if (budget?.isOver === true) throw pastBudget(budget);
  });
  reading?.onRead(completeFrom);
  return ring;
}

function tooManyRows(): PulseError {
  const text = `the steps would have more than ${maxHistoryRows} groups together; ask for fewer steps, or for the top groups`;
  return limitExceeded(text, maxHistoryRows);
}
