// Groups of merged panes to rows: largest first, only the top ones, the rest as one row that says it is the rest.
import { groupKeyOf } from './group-key.ts';
import type { Cell, Pane } from './pane.ts';
import type { GroupValue } from './window-value.ts';

/** What panes add up to. */
export interface Merged {
  readonly total: Cell;
  readonly groups: ReadonlyMap<string, Cell>;
  readonly other: Cell | null;
}

/** Merges panes; without groups where only the total is wanted. */
export function mergePanes(panes: Iterable<Pane>, newCell: () => Cell, withGroups: boolean): Merged {
  const total = newCell();
  const groups = new Map<string, Cell>();
  let other: Cell | null = null;
  for (const pane of panes) {
    total.merge(pane.total);
    if (!withGroups) continue;
    for (const [text, cell] of pane.groups) {
      let sum = groups.get(text);
      if (sum === undefined) {
        sum = newCell();
        groups.set(text, sum);
      }
      sum.merge(cell);
    }
    if (pane.other !== null) {
      other ??= newCell();
      other.merge(pane.other);
    }
  }
  return { total, groups, other };
}

export interface GroupRows {
  readonly groupBy: readonly string[];
  readonly top: number | null;
  readonly seconds: number;
  readonly newCell: () => Cell;
}

export function groupValues({ groups, other }: Merged, { groupBy, top, seconds, newCell }: GroupRows): GroupValue[] {
  const rows = [...groups].map(([text, cell]) => ({ text, cell, value: cell.aggregate.value(seconds) }));
  rows.sort(
    (a, b) => (b.value ?? Number.NEGATIVE_INFINITY) - (a.value ?? Number.NEGATIVE_INFINITY) || compareText(a, b),
  );
  const shown = top === null ? rows : rows.slice(0, top);
  const values: GroupValue[] = shown.map(({ text, cell, value }) => ({
    key: groupKeyOf(groupBy, text),
    value,
    count: cell.count,
    isOther: false,
  }));
  const left = rows.slice(shown.length).map(({ cell }) => cell);
  if (other !== null) left.push(other);
  if (left.length > 0) {
    const rest = newCell();
    for (const cell of left) rest.merge(cell);
    values.push({ key: [], value: rest.aggregate.value(seconds), count: rest.count, isOther: true });
  }
  return values;
}

function compareText(a: { text: string }, b: { text: string }): number {
  if (a.text === b.text) return 0;
  return a.text < b.text ? -1 : 1;
}
