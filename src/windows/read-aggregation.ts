// An aggregation as a client asks for it, read and checked.
import type { Aggregation, AggregationFunction } from '../aggregates/aggregation.ts';
import type { InputIssue } from '../base/errors.ts';
import { shown } from '../base/json.ts';
import { pathIssue } from '../points/field-path.ts';

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
