// A window's value as alert rules look at it, live and in a preview.
import type { Alert } from '../alerts/alert.ts';
import { evaluate, isWaiting, type Known, type Row, type Target } from '../alerts/evaluate.ts';
import type { Group } from '../base/group.ts';
import type { WindowQuery } from '../windows/window-query.ts';
import type { WindowValue } from '../windows/window-value.ts';

/** A rule with its window, and what is left of its last look. */
export interface Look {
  readonly target: Target;
  readonly query: WindowQuery;
  readonly known: Known;
  /** The value that was seen last; null: none. */
  seen: WindowValue | null;
  /** Up to which pane the scores went that were seen last. */
  scored: number | null;
}

/** Anomaly scores of the value's own history, pane by pane. */
export interface Scores {
  /** End of the last pane that has one. */
  readonly lastEnd: number;
  scoreOf(group: Group): number | null;
}

/** Changes of the rule's alerts: none where nothing has moved and none of them waits. */
export function lookAt(look: Look, value: WindowValue, now: number, scores: Scores | null): readonly Alert[] {
  const { target, query, known, seen, scored } = look;
  const lastEnd = scores?.lastEnd ?? null;
  if (seen !== null && isSameValue(seen, value) && scored === lastEnd && !isWaiting(known)) return [];
  look.seen = value;
  look.scored = lastEnd;
  const isGrouped = query.groupBy.length > 0;
  return evaluate(target, known, rowsOf(query, value, scores), { now, isGrouped, count: value.count });
}

/** The whole where it does not group, else every group that has a place. */
function rowsOf({ groupBy }: WindowQuery, seen: WindowValue, scores: Scores | null): Row[] {
  const anomaly = (group: Group) => scores?.scoreOf(group) ?? null;
  const { value, count, changePercent } = seen;
  if (groupBy.length === 0) return [{ group: [], value, count, changePercent, anomaly: anomaly([]) }];
  return seen.groups
    .filter(({ isOther }) => !isOther)
    .map(({ key, ...row }) => ({ group: key, ...row, anomaly: anomaly(key) }));
}

/** Whether nothing has moved that a rule could see. */
function isSameValue(a: WindowValue, b: WindowValue): boolean {
  return a.groups === b.groups && a.value === b.value && a.count === b.count && a.previous === b.previous;
}
