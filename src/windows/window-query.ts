// What a window computes, as plain frozen data: who asks the same has the same key and shares one window.
import type { Aggregation } from '../aggregates/aggregates.ts';
import type { InputIssue } from '../base/errors.ts';
import { shown } from '../base/json.ts';
import {
  type Condition,
  type ConditionInput,
  type Filter,
  type FilterInput,
  readCondition,
  readFilters,
} from '../points/condition.ts';
import { pathIssue } from '../points/field-path.ts';
import { type AggregationInput, readAggregation } from './read-aggregation.ts';
import { readTimeSpan, type TimeSpan, type TimeSpanInput } from './time-span.ts';

/** A KPI: an aggregation over a sliding window of the points that pass. */
export interface WindowQuery {
  readonly entityType: string;
  /** Null: all services. */
  readonly serviceId: string | null;
  readonly aggregation: Aggregation;
  readonly timeWindow: TimeSpan;
  readonly filters: readonly Filter[];
  readonly where: Condition | null;
  readonly groupBy: readonly string[];
  /** Null: all groups. */
  readonly top: number | null;
}

export interface WindowQueryInput {
  readonly entityType: string;
  readonly serviceId?: string | null | undefined;
  readonly aggregation?: AggregationInput | null | undefined;
  readonly timeWindow: TimeSpanInput;
  readonly filters?: readonly FilterInput[] | null | undefined;
  readonly where?: ConditionInput | null | undefined;
  readonly groupBy?: readonly string[] | null | undefined;
  readonly top?: number | null | undefined;
}

const maxNameLength = 256;
export const maxGroupBy = 4;
export const longestWindowMs = 366 * 24 * 3_600_000;

/** The query, or undefined with every issue pushed onto `issues`. */
export function readWindowQuery(
  input: WindowQueryInput,
  at: readonly string[],
  issues: InputIssue[],
): WindowQuery | undefined {
  const before = issues.length;
  const serviceId = input.serviceId ?? null;
  checkName(input.entityType, [...at, 'entityType'], issues);
  if (serviceId !== null) checkName(serviceId, [...at, 'serviceId'], issues);
  const aggregation = readRequiredAggregation(input, at, issues);
  const timeWindow = readTimeSpan(input.timeWindow, [...at, 'timeWindow'], issues, {
    leastMs: 1000,
    mostMs: longestWindowMs,
  });
  const filters = readFilters(input.filters, [...at, 'filters'], issues);
  const where = readCondition(input.where, [...at, 'where'], issues);
  const groupBy = readGroupBy(input.groupBy ?? [], [...at, 'groupBy'], issues);
  const top = readTop(input.top ?? null, groupBy, [...at, 'top'], issues);
  if (issues.length > before || aggregation === undefined || timeWindow === undefined) return undefined;
  return { entityType: input.entityType, serviceId, aggregation, timeWindow, filters, where, groupBy, top };
}

function readRequiredAggregation(input: WindowQueryInput, at: readonly string[], issues: InputIssue[]) {
  if (input.aggregation != null) return readAggregation(input.aggregation, [...at, 'aggregation'], issues);
  issues.push({ path: [...at, 'aggregation'], message: 'is needed, such as {function: COUNT}' });
  return undefined;
}

function checkName(name: string, path: readonly string[], issues: InputIssue[]): void {
  if (name === '' || name.length > maxNameLength) {
    issues.push({ path, message: `must have 1 to ${maxNameLength} characters, not ${shown(name)}` });
  }
}

function readGroupBy(groupBy: readonly string[], path: readonly string[], issues: InputIssue[]): readonly string[] {
  if (groupBy.length > maxGroupBy)
    issues.push({ path, message: `at most ${maxGroupBy} fields, not ${groupBy.length}` });
  if (new Set(groupBy).size < groupBy.length) issues.push({ path, message: `names a field twice: ${shown(groupBy)}` });
  for (const [i, field] of groupBy.entries()) {
    const issue = pathIssue(field, [...path, String(i)]);
    if (issue !== undefined) issues.push(issue);
  }
  return groupBy;
}

function readTop(top: number | null, groupBy: readonly string[], path: readonly string[], issues: InputIssue[]) {
  if (top === null) return null;
  if (groupBy.length === 0) issues.push({ path, message: 'goes with groupBy' });
  if (top < 1 || top > 1000) issues.push({ path, message: `must be from 1 to 1000, not ${top}` });
  return top;
}

/** Equal for queries that compute the same. */
export function windowKey(query: WindowQuery): string {
  const { entityType, serviceId, aggregation, timeWindow, filters, where, groupBy, top } = query;
  return JSON.stringify([entityType, serviceId, aggregation, timeWindow.ms, filters, where, groupBy, top]);
}
