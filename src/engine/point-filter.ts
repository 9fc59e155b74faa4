// The filters of a request, read or refused as one.
import { type InputIssue, invalidInput } from '../base/errors.ts';
import {
  type ConditionInput,
  type FilterInput,
  type PointFilter,
  readCondition,
  readFilters,
} from '../points/condition.ts';

/** Errors: INVALID_INPUT with every issue. */
export function readPointFilter(
  filters: readonly FilterInput[] | null | undefined,
  where: ConditionInput | null | undefined,
): PointFilter {
  const issues: InputIssue[] = [];
  const filter = { filters: readFilters(filters, ['filters'], issues), where: readCondition(where, ['where'], issues) };
  if (issues.length > 0) throw invalidInput(issues);
  return filter;
}
