// A window's value as alert rules look at it.
import type { Row } from '../alerts/evaluate.ts';
import type { WindowQuery } from '../windows/window-query.ts';
import type { WindowValue } from '../windows/window-value.ts';

/** The whole where it does not group, else every group that has a place. */
export function rowsOf({ groupBy }: WindowQuery, { value, count, changePercent, groups }: WindowValue): Row[] {
  if (groupBy.length === 0) return [{ group: [], value, count, changePercent }];
  return groups.filter(({ isOther }) => !isOther).map(({ key, ...row }) => ({ group: key, ...row }));
}

/** Whether nothing has moved that a rule could see. */
export function isSameValue(a: WindowValue, b: WindowValue): boolean {
  return a.groups === b.groups && a.value === b.value && a.count === b.count && a.previous === b.previous;
}
