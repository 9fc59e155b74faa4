// What a KPI is computed from: an aggregation, and the cells it is read from. Several, where a formula joins them.
import { type Aggregation, emptyValue } from '../aggregates/aggregation.ts';
import { type Cells, firstGroupSlot, otherSlot, totalSlot } from '../aggregates/cells.ts';
import type { GroupSlots } from './group-slots.ts';

export interface Operand {
  readonly aggregation: Aggregation;
  readonly cells: Cells;
  readonly groups: GroupSlots;
  newCells(): Cells;
}

/** The operand over all points, or those of a group. */
export function operandValue({ aggregation, cells, groups }: Operand, group: string | null, seconds: number) {
  const slot = group === null ? totalSlot : groups.slotOf(group);
  return slot === undefined ? emptyValue(aggregation) : cells.value(slot, aggregation, seconds);
}

/** The groups of which there are points. */
export function groupsOf({ cells, groups }: Operand): string[] {
  const found: string[] = [];
  for (let slot = firstGroupSlot; slot < cells.size; slot += 1) {
    if (cells.count(slot) > 0) found.push(groups.textOf(slot));
  }
  return found;
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
