// What panes are about, as plain data: aggregations that read the same cells of the same points share them.
import { type Aggregation, type CellKind, cellKindOf } from '../aggregates/aggregation.ts';
import type { Condition, Filter } from '../points/condition.ts';

export interface PaneQuery {
  readonly entityType: string;
  /** Null: all services. */
  readonly serviceId: string | null;
  readonly filters: readonly Filter[];
  readonly where: Condition | null;
  /** Whose values are taken in; null where points are only counted. */
  readonly field: string | null;
  readonly kind: CellKind;
  readonly groupBy: readonly string[];
  /** How long a window is, in milliseconds. */
  readonly windowMs: number;
}

/** The panes that an aggregation is read from, of the points that a query is about. */
export function paneQueryOf(
  query: Omit<PaneQuery, 'field' | 'kind' | 'windowMs'> & { readonly timeWindow: { readonly ms: number } },
  aggregation: Aggregation,
): PaneQuery {
  const { entityType, serviceId, filters, where, groupBy, timeWindow } = query;
  const kind = cellKindOf(aggregation);
  return { entityType, serviceId, filters, where, field: aggregation.field, kind, groupBy, windowMs: timeWindow.ms };
}

/** Equal for panes that hold the same. */
export function paneKey({ entityType, serviceId, filters, where, field, kind, groupBy, windowMs }: PaneQuery): string {
  return JSON.stringify([entityType, serviceId, filters, where, field, kind, groupBy, windowMs]);
}
