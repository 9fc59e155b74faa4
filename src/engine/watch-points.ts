// Subscriptions to points: arguments read and checked, a feed opened that replays and goes live.
import type { Clock } from '../base/clock.ts';
import { badUserInput, type InputIssue, invalidInput } from '../base/errors.ts';
import type { LiveIterator } from '../base/live-iterator.ts';
import { readTimeSpan, type TimeSpanInput } from '../base/time-span.ts';
import { Feed, type FeedLimits, type FeedQuery, type FeedUpdate } from '../feeds/feed.ts';
import type { Frequency } from '../feeds/frequency.ts';
import { compileFilter } from '../points/compile-filter.ts';
import { type ConditionInput, type FilterInput, readCondition, readFilters } from '../points/condition.ts';
import { decodeCursor } from '../store/cursor.ts';
import type { EngineState } from './state.ts';

export interface WatchPointsInput {
  readonly entityType: string;
  readonly serviceId: string | null;
  readonly filters: readonly FilterInput[] | null;
  readonly where: ConditionInput | null;
  readonly frequency: Frequency;
  readonly after: string | null;
  readonly last: number | null;
  readonly heartbeat: TimeSpanInput | null;
}

export const maxLast = 1000;
const heartbeatBounds = { leastMs: 1000, mostMs: 3_600_000 };

/** Errors: INVALID_INPUT, BAD_USER_INPUT for the cursor. */
export function watchPoints(
  state: EngineState,
  input: WatchPointsInput,
  { clock, limits }: { readonly clock: Clock; readonly limits: FeedLimits },
): LiveIterator<FeedUpdate> {
  const query = readQuery(state, input);
  const join = (live: Feed) => state.feeds.add(live);
  const feed = new Feed(query, compileFilter(query.filter, state.feeds.searches), {
    log: state.log,
    clock,
    limits,
    join,
  });
  feed.start();
  return feed.iterator;
}

function readQuery({ log }: EngineState, input: WatchPointsInput): FeedQuery {
  const issues: InputIssue[] = [];
  const filters = readFilters(input.filters, ['filters'], issues);
  const where = readCondition(input.where, ['where'], issues);
  const heartbeat =
    input.heartbeat === null ? undefined : readTimeSpan(input.heartbeat, ['heartbeat'], issues, heartbeatBounds);
  if (input.entityType === '') issues.push({ path: ['entityType'], message: 'must not be empty' });
  if (input.last !== null && (input.last < 0 || input.last > maxLast)) {
    issues.push({ path: ['last'], message: `must be from 0 to ${maxLast}, not ${input.last}` });
  }
  if (issues.length > 0) throw invalidInput(issues);
  if (input.after !== null && input.last !== null) throw badUserInput('give after or last, not both');
  const partition = log.partitionOf(input.entityType);
  const head = log.head(partition);
  const expected = { logId: log.id, kind: 'points', partition, head } as const;
  return {
    entityType: input.entityType,
    serviceId: input.serviceId,
    filter: { filters, where },
    frequency: input.frequency,
    after: input.after === null ? null : decodeCursor(input.after, expected).offset,
    last: input.last,
    heartbeatMs: heartbeat?.ms ?? null,
  };
}
