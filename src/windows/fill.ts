// What stored points bring to a window, read from the log in pages of single fields: a page is a bounded piece of work
// for the event loop, and memory is bounded by the page.
import { nextTurn, ownTurn } from '../base/turns.ts';
import { everyPoint } from '../points/condition.ts';
import type { ColumnPage, ColumnRequest, Log } from '../store/store.ts';
import type { Named } from './group-key.ts';
import type { PaneQuery } from './pane-query.ts';

// Some milliseconds of work for the event loop.
const pointsPerPage = 1000;
// Of the points' lines: large points come in smaller pages.
const bytesPerPage = 4 * 1024 * 1024;

/** Event times from < timestamp <= to (milliseconds, null: unbounded), offsets up to `upTo`. */
export interface FillRange {
  readonly from: number;
  readonly to: number | null;
  readonly upTo: number;
  /** Offsets above this; left out: from the oldest. */
  readonly after?: number;
  /** How far ahead of its arrival a point's time may be. */
  readonly maxAheadMs: number;
  /** How many points there are: reading ends with the last of them. Left out: not known. */
  readonly expected?: number | undefined;
  /** Nobody wants it any more. */
  readonly signal?: AbortSignal | null;
  /**
   * Notes points that were looked at; false: no more may be. With it the newest are read first. Left out: all are read, oldest first, so
   * that what is read is older than what comes live.
   */
  readonly spend?: ((points: number) => boolean) | undefined;
}

/** One stored point that passes the query's filters, as a window takes it. */
export interface FilledPoint {
  readonly value: unknown;
  readonly time: number;
  readonly offset: number;
  /** In the order of groupBy. */
  readonly groupValues: readonly unknown[];
}

/**
 * Calls `take` with every point of the range that the query is about. Gives the time after which all of them were read: `from`, or later where no
 * more points might be looked at. Errors: as Log.columns.
 */
export async function readFill(
  log: Log,
  query: PaneQuery,
  range: FillRange,
  take: (point: FilledPoint) => void,
): Promise<number> {
  const partition = log.partitionOf(query.entityType);
  const groupFields = query.groupBy.filter((field) => !isWord(field));
  const fields = query.field === null ? groupFields : [query.field, ...groupFields];
  const { spend } = range;
  let after = Math.max(range.after ?? 0, log.floor(partition) - 1);
  let { upTo } = range;
  let pages = 0;
  let left = range.expected ?? Number.POSITIVE_INFINITY;
  while (left > 0) {
    const request: ColumnRequest = {
      partition,
      series: log.series.numbers(query.entityType, query.serviceId),
      after,
      upTo,
      from: range.from,
      to: range.to,
      filter: { filters: query.filters, where: query.where },
      arrivedFrom: range.from - range.maxAheadMs,
      direction: spend === undefined ? 'forward' : 'backward',
      maxScanned: pointsPerPage,
      maxBytes: bytesPerPage,
      fields,
    };
    range.signal?.throwIfAborted();
    const page = await log.columns(request);
    // Others have their turn between two pages.
    await (pages > 0 ? nextTurn() : ownTurn());
    pages += 1;
    range.signal?.throwIfAborted();
    takePage(log, query, page, take);
    left -= page.times.length;
    const mayGoOn = spend?.(page.scanned) !== false;
    if (page.done) return range.from;
    if (!mayGoOn) return timeAfter(log, partition, page.stoppedAt, range.maxAheadMs);
    if (spend === undefined) after = page.stoppedAt;
    else upTo = page.stoppedAt - 1;
  }
  return range.from;
}

/** Points with a later event time have an offset above that one: they arrived after it. */
async function timeAfter(log: Log, partition: number, offset: number, maxAheadMs: number): Promise<number> {
  const at = { partition, series: null, after: offset - 1, upTo: offset, from: null, to: null, arrivedFrom: null };
  const { points } = await log.read({ ...at, filter: everyPoint, direction: 'forward', limit: 1, maxScanned: 2 });
  // Retention may have deleted it meanwhile: then all that is left arrived after it.
  const arrival = points[0]?.receivedAt ?? (await log.oldestArrival(partition)) ?? log.now();
  return arrival + maxAheadMs;
}

function takePage(log: Log, query: PaneQuery, page: ColumnPage, take: (point: FilledPoint) => void): void {
  const hasValue = query.field !== null;
  const columns = groupColumns(query, page, hasValue ? 1 : 0);
  for (let i = 0; i < page.times.length; i += 1) {
    const of = log.series.nameOf(page.series[i] ?? 0);
    take({
      value: hasValue ? page.columns[0]?.[i] : undefined,
      time: page.times[i] ?? 0,
      offset: page.offsets[i] ?? 0,
      groupValues: columns.length === 0 ? [] : columns.map((column) => column(i, of)),
    });
  }
}

function groupColumns(query: PaneQuery, page: ColumnPage, skip: number): ((i: number, of: Named) => unknown)[] {
  let next = skip;
  return query.groupBy.map((field) => {
    if (field === 'entityType') return (_, of) => of.entityType;
    if (field === 'serviceId') return (_, of) => of.serviceId;
    const column = page.columns[next];
    next += 1;
    return (i) => column?.[i];
  });
}

function isWord(field: string): boolean {
  return field === 'entityType' || field === 'serviceId';
}
