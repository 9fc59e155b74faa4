// What is remembered of one series: how many points, from when to when, which fields of which kind.

export type FieldKind = 'NUMBER' | 'TEXT' | 'BOOLEAN' | 'MIXED';

export interface Series {
  readonly number: number;
  readonly entityType: string;
  readonly serviceId: string;
  /** Points that were ever accepted. */
  pointCount: number;
  /** Least and greatest event time, in milliseconds. */
  firstPointAt: number;
  lastPointAt: number;
  /** Of the newest point, in milliseconds. */
  lastArrival: number;
  /** By dotted path; objects are followed, lists are not. */
  readonly fields: Map<string, FieldKind>;
}

/** A series as outsiders see it: a copy, which does not change. */
export interface SeriesView {
  readonly entityType: string;
  readonly serviceId: string;
  readonly fields: readonly { readonly name: string; readonly kind: FieldKind }[];
  readonly pointCount: number;
  readonly firstPointAt: number;
  readonly lastPointAt: number;
}

export function viewOf(series: Series): SeriesView {
  const { entityType, serviceId, pointCount, firstPointAt, lastPointAt } = series;
  const fields = [...series.fields].map(([name, kind]) => ({ name, kind }));
  fields.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { entityType, serviceId, fields, pointCount, firstPointAt, lastPointAt };
}
