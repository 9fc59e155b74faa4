// What a KPI is computed from: an aggregation, and the cells it is read from. Several, where a formula joins them.
import { type Aggregation, emptyValue } from '../aggregates/aggregation.ts';
import { type Cells, firstGroupSlot, otherSlot, totalSlot } from '../aggregates/cells.ts';
import type { GroupSlots } from './group-slots.ts';

export interface Operand {
  readonly aggregation: Aggregation;
  readonly cells: Cells;
  readonly groups: GroupSlots;
  /** The first pane that the cells are of. */
  readonly firstPane: number;
  newCells(): Cells;
}

/** The operand over all points. */
export function totalOf({ aggregation, cells }: Operand, seconds: number): number | null {
  return cells.value(totalSlot, aggregation, seconds);
}

/** The operand over the points of a group; null where some of them may be among those of others. */
export function groupValueOf(operand: Operand, group: string, seconds: number): number | null {
  const { aggregation, cells, groups, firstPane } = operand;
  const slot = groups.slotOf(group);
  if (slot === undefined) return hasOthers(operand) ? null : emptyValue(aggregation);
  return groups.isWhole(slot, firstPane) ? cells.value(slot, aggregation, seconds) : null;
}

/** The groups all of whose points are known to be theirs. */
export function groupsOf({ cells, groups, firstPane }: Operand): string[] {
  const found: string[] = [];
  for (let slot = firstGroupSlot; slot < cells.size; slot += 1) {
    if (cells.count(slot) > 0 && groups.isWhole(slot, firstPane)) found.push(groups.textOf(slot));
  }
  return found;
}

/** Whether there are points of groups that have no place of their own. */
export function hasOthers({ cells }: Operand): boolean {
  return cells.count(otherSlot) > 0;
}

/** Cells whose total is that of all points but those of the groups that are `shown`. */
export function restOf({ cells, groups, newCells }: Operand, shown: ReadonlySet<string>): Cells {
  const rest = newCells();
  if (cells.count(otherSlot) > 0) rest.merge(totalSlot, cells, otherSlot);
  for (let slot = firstGroupSlot; slot < cells.size; slot += 1) {
    if (cells.count(slot) > 0 && !shown.has(groups.textOf(slot))) rest.merge(totalSlot, cells, slot);
  }
  return rest;
}
