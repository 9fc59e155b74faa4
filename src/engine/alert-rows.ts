// A window's value as alert rules look at it, live and in a preview.
import type { Alert } from '../alerts/alert.ts';
import { evaluate, isWaiting, type Known, type Row, type Target } from '../alerts/evaluate.ts';
import type { AlertRule } from '../alerts/rule.ts';
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
  /** Of what is derived from its history: as it was seen last. */
  version: number | null;
}

/** What is made of the history of a window's value, and of its groups: anomaly scores, or forecasts. */
export interface Derived {
  /** Another after every change. */
  readonly version: number;
  of(group: Group): number | null;
}

/** A widget's query as a rule looks at it: all groups, also those that are not shown, and the window before only where the rule is on it. */
export function watchedQuery(query: WindowQuery, rule: AlertRule): WindowQuery {
  const all = { ...query, top: null };
  return rule.on === 'CHANGE_PERCENT' ? all : { ...all, comparesPrevious: false };
}

/** Changes of the rule's alerts: none where nothing has moved and none of them waits. */
export function lookAt(look: Look, value: WindowValue, now: number, derived: Derived | null): readonly Alert[] {
  const { target, query, known, seen } = look;
  const version = derived?.version ?? null;
  if (seen !== null && isSameValue(seen, value) && look.version === version && !isWaiting(known)) return [];
  look.seen = value;
  look.version = version;
  const isGrouped = query.groupBy.length > 0;
  return evaluate(target, known, rowsOf(query, value, derived), { now, isGrouped, count: value.count });
}

/** The whole where it does not group, else every group that has a place. */
function rowsOf({ groupBy }: WindowQuery, seen: WindowValue, derived: Derived | null): Row[] {
  const of = (group: Group) => derived?.of(group) ?? null;
  const { value, count, changePercent } = seen;
  if (groupBy.length === 0) return [{ group: [], value, count, changePercent, derived: of([]) }];
  return seen.groups
    .filter(({ isOther }) => !isOther)
    .map(({ key, ...row }) => ({ group: key, ...row, derived: of(key) }));
}

/** Whether nothing has moved that a rule could see. */
function isSameValue(a: WindowValue, b: WindowValue): boolean {
  return a.groups === b.groups && a.value === b.value && a.count === b.count && a.previous === b.previous;
}
