// Stored points in pages by cursor, forwards and backwards, as a connection shows them.
import { type AnswerBudget, answerTooLong } from '../base/answer-budget.ts';
import { badUserInput, limitExceeded, type PulseError } from '../base/errors.ts';
import { everyPoint, type PointFilter } from '../points/condition.ts';
import type { StoredPoint } from '../points/point.ts';
import { pointBytes } from '../points/point-bytes.ts';
import { decodeCursor, encodeCursor } from '../store/cursor.ts';
import type { Log, PointPage } from '../store/store.ts';

export interface PointsQuery {
  readonly entityType: string;
  readonly serviceId: string | null;
  readonly filter: PointFilter;
  /** Event time in milliseconds: from < timestamp <= to; null: unbounded. */
  readonly from: number | null;
  readonly to: number | null;
  readonly first: number | null;
  readonly after: string | null;
  readonly last: number | null;
  readonly before: string | null;
}

export interface PointsPage {
  /** In the order of their arrival. */
  readonly points: readonly { readonly point: StoredPoint; readonly cursor: string }[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  /** Where a page stopped short it is behind what was looked at: going on from it finds the rest. */
  readonly endCursor: string | null;
}

export interface PageLimits {
  readonly defaultPage: number;
  readonly maxPage: number;
  readonly maxScanned: number;
  readonly maxAheadMs: number;
  /** Of the lines of a page's points. */
  readonly maxAnswerBytes: number;
}

/**
 * `answer` is the answer that the page goes into: a page that does not fit ends early. Errors: BAD_USER_INPUT for cursors and sizes, LIMIT_EXCEEDED
 * where not one point fits, STORAGE_DAMAGED.
 */
export async function readPointsPage(
  log: Log,
  query: PointsQuery,
  limits: PageLimits,
  answer: AnswerBudget | null = null,
): Promise<PointsPage> {
  const maxBytes = answer?.left ?? limits.maxAnswerBytes;
  if (maxBytes === 0) throw answerTooLong(limits.maxAnswerBytes);
  const partition = log.partitionOf(query.entityType);
  const head = log.head(partition);
  const place = (cursor: string) => decodeCursor(cursor, { logId: log.id, kind: 'points', partition, head }).offset;
  const after = query.after === null ? 0 : place(query.after);
  const upTo = query.before === null ? head : Math.min(head, place(query.before) - 1);
  const backward = query.last !== null;
  const limit = pageSize(query, limits);
  const read = await log.read({
    partition,
    series: log.series.numbers(query.entityType, query.serviceId),
    after,
    upTo,
    from: query.from,
    to: query.to,
    filter: query.filter,
    arrivedFrom: query.from === null ? null : query.from - limits.maxAheadMs,
    direction: backward ? 'backward' : 'forward',
    limit: limit + 1,
    maxScanned: limits.maxScanned,
    maxBytes,
  });
  const fitting = fittingPart(read, maxBytes, limits.maxAnswerBytes);
  answer?.spend(fitting.bytes);
  const { page } = fitting;
  const cursorOf = (offset: number) => encodeCursor(log.id, 'points', { partition, offset });
  return backward ? backwardPage(page, limit, query, cursorOf) : forwardPage(page, limit, query, cursorOf);
}

/** The page up to where its points come to `maxBytes`. Errors: LIMIT_EXCEEDED where the first is longer. */
function fittingPart(page: PointPage, maxBytes: number, limit: number): { page: PointPage; bytes: number } {
  let bytes = 0;
  for (const [at, point] of page.points.entries()) {
    const more = pointBytes(point);
    if (bytes + more > maxBytes) {
      if (at === 0) throw pointTooLong(point, more, limit);
      const points = page.points.slice(0, at);
      return { page: { ...page, points, done: false, stoppedAt: points.at(-1)?.offset ?? page.stoppedAt }, bytes };
    }
    bytes += more;
  }
  return { page, bytes };
}

function pointTooLong({ offset }: StoredPoint, bytes: number, limit: number): PulseError {
  const text = `point ${offset} has about ${bytes} bytes, an answer at most ${limit}, all its parts together; ask for single fields of it`;
  return limitExceeded(text, limit);
}

function pageSize({ first, last }: PointsQuery, { defaultPage, maxPage }: PageLimits): number {
  if (first !== null && last !== null) throw badUserInput('give first or last, not both');
  const size = first ?? last ?? defaultPage;
  const name = last === null ? 'first' : 'last';
  if (size < 0 || size > maxPage) throw badUserInput(`${name} must be from 0 to ${maxPage}, not ${size}`);
  return size;
}

type CursorOf = (offset: number) => string;

function forwardPage(page: PointPage, limit: number, { after }: PointsQuery, cursorOf: CursorOf): PointsPage {
  const points = page.points.slice(0, limit);
  const isFull = page.points.length > limit;
  const stoppedShort = !page.done && !isFull;
  const placed = points.map((point) => ({ point, cursor: cursorOf(point.offset) }));
  return {
    points: placed,
    hasNextPage: isFull || stoppedShort,
    hasPreviousPage: after !== null,
    startCursor: placed[0]?.cursor ?? null,
    endCursor: stoppedShort ? cursorOf(page.stoppedAt) : (placed.at(-1)?.cursor ?? null),
  };
}

function backwardPage(page: PointPage, limit: number, { before }: PointsQuery, cursorOf: CursorOf): PointsPage {
  const points = page.points.slice(0, limit).reverse();
  const isFull = page.points.length > limit;
  const stoppedShort = !page.done && !isFull;
  const placed = points.map((point) => ({ point, cursor: cursorOf(point.offset) }));
  return {
    points: placed,
    hasNextPage: before !== null,
    hasPreviousPage: isFull || stoppedShort,
    startCursor: stoppedShort ? cursorOf(page.stoppedAt) : (placed[0]?.cursor ?? null),
    endCursor: placed.at(-1)?.cursor ?? null,
  };
}

/** The point at that place; null where retention has taken it. Errors: STORAGE_DAMAGED. */
export async function readPointAt(log: Log, entityType: string, offset: number): Promise<StoredPoint | null> {
  const { points } = await log.read({
    partition: log.partitionOf(entityType),
    series: null,
    after: offset - 1,
    upTo: offset,
    from: null,
    to: null,
    filter: everyPoint,
    arrivedFrom: null,
    direction: 'forward',
    limit: 1,
    maxScanned: 1,
  });
  return points[0] ?? null;
}
