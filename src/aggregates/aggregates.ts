// The list of aggregate functions, and what each needs: adding one is a file and a row here.
import { unreachable } from '../base/assert.ts';
import type { InputIssue } from '../base/errors.ts';
import { shown } from '../base/json.ts';
import { pathIssue } from '../points/field-path.ts';
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

export interface AggregationInput {
  readonly function: AggregationFunction;
  readonly field?: string | null | undefined;
  readonly quantile?: number | null | undefined;
}

/** The aggregation, or undefined with every issue pushed onto `issues`. */
export function readAggregation(
  input: AggregationInput,
  at: readonly string[],
  issues: InputIssue[],
): Aggregation | undefined {
  const before = issues.length;
  const { function: name } = input;
  const needsField = name !== 'COUNT' && name !== 'RATE';
  const field = input.field ?? null;
  const quantile = input.quantile ?? null;
  if (needsField && field === null) {
    issues.push({ path: [...at, 'field'], message: `is needed for ${name}, such as order.total` });
  }
  const issue = field === null ? undefined : pathIssue(field, [...at, 'field']);
  if (issue !== undefined) issues.push(issue);
  if (name === 'QUANTILE' && (quantile === null || !(quantile > 0 && quantile < 1))) {
    issues.push({
      path: [...at, 'quantile'],
      message: `must be above 0 and below 1, such as 0.95, not ${shown(quantile)}`,
    });
  }
  if (name !== 'QUANTILE' && quantile !== null) {
    issues.push({ path: [...at, 'quantile'], message: `goes with QUANTILE, not with ${name}` });
  }
  return issues.length > before ? undefined : { function: name, field: needsField ? field : null, quantile };
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
