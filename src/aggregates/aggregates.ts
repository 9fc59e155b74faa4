// The list of aggregate functions: adding one is a file and a row here.
import { unreachable } from '../base/assert.ts';
import type { Aggregate } from './aggregate.ts';
import { Count, Rate } from './count.ts';
import { Deviation } from './deviation.ts';
import { Distinct } from './distinct.ts';
import { Maximum, Minimum } from './extremes.ts';
import { Delta, First, Last } from './first-last.ts';
import { Mean } from './mean.ts';
import { Quantile } from './quantile.ts';
import { Sum } from './sum.ts';

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

/** A maker of empty aggregates of that kind. */
export function aggregateMaker({ function: name, quantile }: Aggregation): () => Aggregate {
  switch (name) {
    case 'COUNT':
      return () => new Count();
    case 'RATE':
      return () => new Rate();
    case 'SUM':
      return () => new Sum();
    case 'AVG':
      return () => new Mean();
    case 'MIN':
      return () => new Minimum();
    case 'MAX':
      return () => new Maximum();
    case 'FIRST':
      return () => new First();
    case 'LAST':
      return () => new Last();
    case 'DELTA':
      return () => new Delta();
    case 'STDDEV':
      return () => new Deviation();
    case 'DISTINCT':
      return () => new Distinct();
    case 'QUANTILE':
      return () => new Quantile(quantile ?? 0.5);
    default:
      return unreachable(name);
  }
}
