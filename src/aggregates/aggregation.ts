// What can be asked of the points of a window, and which cells each function is read from.

export const aggregationFunctions = [
  'COUNT',
  'SUM',
  'AVG',
  'MIN',
  'MAX',
  'FIRST',
  'LAST',
  'STDDEV',
  'RATE',
  'DELTA',
  'DISTINCT',
  'QUANTILE',
] as const;
export type AggregationFunction = (typeof aggregationFunctions)[number];

export interface Aggregation {
  readonly function: AggregationFunction;
  /** Null for COUNT and RATE, which need none. */
  readonly field: string | null;
  /** Null for all but QUANTILE. */
  readonly quantile: number | null;
}

/** Those that read the same cells; each is kept where it is asked for. */
export type CellKind = 'counts' | 'numbers' | 'sketches' | 'distinct';

export function cellKindOf({ function: name }: Aggregation): CellKind {
  switch (name) {
    case 'COUNT':
    case 'RATE':
      return 'counts';
    case 'QUANTILE':
      return 'sketches';
    case 'DISTINCT':
      return 'distinct';
    default:
      return 'numbers';
  }
}

/** The value over no points. */
export function emptyValue({ function: name }: Aggregation): number | null {
  return name === 'COUNT' || name === 'RATE' || name === 'DISTINCT' ? 0 : null;
}
