// A window's value as alert rules look at it, live and in a preview.
import type { Alert } from '../alerts/alert.ts';
import { evaluate, isWaiting, type Known, type Row, type Target } from '../alerts/evaluate.ts';
import type { WindowQuery } from '../windows/window-query.ts';
import type { WindowValue } from '../windows/window-value.ts';

/** A rule with its window, and what is left of its last look. */
export interface Look {
  readonly target: Target;
  readonly query: WindowQuery;
  readonly known: Known;
  /** The value that was seen last; null: none. */
  seen: WindowValue | null;
}

/** Changes of the rule's alerts: none where nothing has moved and none of them waits. */
export function lookAt(look: Look, value: WindowValue, now: number): readonly Alert[] {
  const { target, query, known, seen } = look;
  if (seen !== null && isSameValue(seen, value) && !isWaiting(known)) return [];
  look.seen = value;
  const isGrouped = query.groupBy.length > 0;
  return evaluate(target, known, rowsOf(query, value), { now, isGrouped, count: value.count });
}

/** The whole where it does not group, else every group that has a place. */
function rowsOf({ groupBy }: WindowQuery, { value, count, changePercent, groups }: WindowValue): Row[] {
  if (groupBy.length === 0) return [{ group: [], value, count, changePercent }];
  return groups.filter(({ isOther }) => !isOther).map(({ key, ...row }) => ({ group: key, ...row }));
}

/** Whether nothing has moved that a rule could see. */
function isSameValue(a: WindowValue, b: WindowValue): boolean {
  return a.groups === b.groups && a.value === b.value && a.count === b.count && a.previous === b.previous;
}
