// A pane: the partial aggregates of the points of one stretch (i·w, (i + 1)·w] of event time, in total and for each group.
import type { Aggregate } from '../aggregates/aggregate.ts';

/** One aggregate and how many points it has seen, numbers or not. */
export class Cell {
  count = 0;
  readonly aggregate: Aggregate;

  constructor(aggregate: Aggregate) {
    this.aggregate = aggregate;
  }

  add(value: unknown, time: number, offset: number): void {
    this.count += 1;
    this.aggregate.add(value, time, offset);
  }

  merge(other: Cell): void {
    this.count += other.count;
    this.aggregate.merge(other.aggregate);
  }
}

export class Pane {
  readonly index: number;
  readonly total: Cell;
  /** By group text; empty where the query does not group. */
  readonly groups = new Map<string, Cell>();
  /** Points of groups for which there was no place. */
  other: Cell | null = null;

  constructor(index: number, total: Cell) {
    this.index = index;
    this.total = total;
  }
}

/** The pane that a time belongs to: an instant on an edge ends the pane before it. */
export function paneIndex(time: number, paneMs: number): number {
  return Math.ceil(time / paneMs) - 1;
}
