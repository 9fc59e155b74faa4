// What a window computes, as plain frozen data: who asks the same has the same key and shares one window.
import type { Aggregation } from '../aggregates/aggregation.ts';
import type { InputIssue } from '../base/errors.ts';
import { shown } from '../base/json.ts';
import { readTimeSpan, type TimeSpan, type TimeSpanInput } from '../base/time-span.ts';
import {
  type Condition,
  type ConditionInput,
  type Filter,
  type FilterInput,
  readCondition,
  readFilters,
} from '../points/condition.ts';
import { pathIssue } from '../points/field-path.ts';
import { isFormulaIssue, isOperandName, parseFormula } from './formula.ts';
import { type AggregationInput, readAggregation } from './read-aggregation.ts';

/** What a formula calls by name: an aggregation of those points of the query that pass its own filters too. */
export interface WindowOperand {
  readonly name: string;
  readonly aggregation: Aggregation;
  readonly filters: readonly Filter[];
  readonly where: Condition | null;
}

/** A KPI: an aggregation, or a formula over several, of a sliding window of the points that pass. */
export interface WindowQuery {
  readonly entityType: string;
  /** Null: all services. */
  readonly serviceId: string | null;
  /** Null where there is a formula. */
  readonly aggregation: Aggregation | null;
  readonly formula: string | null;
  readonly operands: readonly WindowOperand[];
  readonly timeWindow: TimeSpan;
  readonly filters: readonly Filter[];
  readonly where: Condition | null;
  readonly groupBy: readonly string[];
  /** Null: all groups. */
  readonly top: number | null;
  /** False: `previous` is not needed, and may be null; it costs as much memory and work again. Not a part of what is computed. */
  readonly comparesPrevious?: boolean | undefined;
}

export interface WindowOperandInput {
  readonly name: string;
  readonly aggregation: AggregationInput;
  readonly filters?: readonly FilterInput[] | null | undefined;
  readonly where?: ConditionInput | null | undefined;
}

export interface WindowQueryInput {
  readonly entityType: string;
  readonly serviceId?: string | null | undefined;
  readonly aggregation?: AggregationInput | null | undefined;
  readonly formula?: string | null | undefined;
  readonly operands?: readonly WindowOperandInput[] | null | undefined;
  readonly timeWindow: TimeSpanInput;
  readonly filters?: readonly FilterInput[] | null | undefined;
  readonly where?: ConditionInput | null | undefined;
  readonly groupBy?: readonly string[] | null | undefined;
  readonly top?: number | null | undefined;
  /** As in WindowQuery. */
  readonly comparesPrevious?: boolean | undefined;
}

const maxNameLength = 256;
export const maxGroupBy = 4;
export const maxOperands = 8;
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
  const computed = readComputed(input, at, issues);
  const timeWindow = readTimeSpan(input.timeWindow, [...at, 'timeWindow'], issues, {
    leastMs: 1000,
    mostMs: longestWindowMs,
  });
  const filters = readFilters(input.filters, [...at, 'filters'], issues);
  const where = readCondition(input.where, [...at, 'where'], issues);
  const groupBy = readGroupBy(input.groupBy ?? [], [...at, 'groupBy'], issues);
  const top = readTop(input.top ?? null, groupBy, [...at, 'top'], issues);
  if (issues.length > before || computed === undefined || timeWindow === undefined) return undefined;
  const query = { entityType: input.entityType, serviceId, ...computed, timeWindow, filters, where, groupBy, top };
  return input.comparesPrevious === undefined ? query : { ...query, comparesPrevious: input.comparesPrevious };
}

type WindowComputed = Pick<WindowQuery, 'aggregation' | 'formula' | 'operands'>;

/** Either an aggregation, or a formula with its operands. */
function readComputed(
  input: WindowQueryInput,
  at: readonly string[],
  issues: InputIssue[],
): WindowComputed | undefined {
  const hasFormula = input.formula != null;
  if (hasFormula !== (input.operands != null && input.operands.length > 0)) {
    issues.push({ path: [...at, hasFormula ? 'operands' : 'formula'], message: 'formula and operands go together' });
    return undefined;
  }
  if (hasFormula) return readFormulaOver(input, input.formula, at, issues);
  if (input.aggregation == null) {
    issues.push({ path: [...at, 'aggregation'], message: 'is needed, such as {function: COUNT}, or else a formula' });
    return undefined;
  }
  const aggregation = readAggregation(input.aggregation, [...at, 'aggregation'], issues);
  return aggregation === undefined ? undefined : { aggregation, formula: null, operands: [] };
}

function readFormulaOver(
  input: WindowQueryInput,
  formula: string,
  at: readonly string[],
  issues: InputIssue[],
): WindowComputed | undefined {
  const before = issues.length;
  if (input.aggregation != null) {
    issues.push({ path: [...at, 'aggregation'], message: 'is not given where there is a formula' });
  }
  const operands = readOperands(input.operands ?? [], [...at, 'operands'], issues);
  const names = (input.operands ?? []).map(({ name }) => name);
  const parsed = parseFormula(formula, names);
  if (isFormulaIssue(parsed)) {
    issues.push({ path: [...at, 'formula'], message: `${parsed.message}, at character ${parsed.at}` });
  }
  return issues.length > before ? undefined : { aggregation: null, formula, operands };
}

function readOperands(
  inputs: readonly WindowOperandInput[],
  at: readonly string[],
  issues: InputIssue[],
): readonly WindowOperand[] {
  if (inputs.length > maxOperands) {
    issues.push({ path: at, message: `at most ${maxOperands} operands, not ${inputs.length}` });
  }
  const names = new Set<string>();
  const operands: WindowOperand[] = [];
  for (const [i, { name, ...input }] of inputs.entries()) {
    const path = [...at, String(i)];
    if (!isOperandName(name)) {
      const right = 'a name of 1 to 64 letters, digits and _, beginning with no digit, that is none of min, max, abs';
      issues.push({ path: [...path, 'name'], message: `must be ${right}, not ${shown(name)}` });
    }
    if (names.has(name))
      issues.push({ path: [...path, 'name'], message: `there is an operand ${shown(name)} already` });
    names.add(name);
    const aggregation = readAggregation(input.aggregation, [...path, 'aggregation'], issues);
    const filters = readFilters(input.filters, [...path, 'filters'], issues);
    const where = readCondition(input.where, [...path, 'where'], issues);
    if (aggregation !== undefined) operands.push({ name, aggregation, filters, where });
  }
  return operands;
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
  const { entityType, serviceId, aggregation, formula, operands, timeWindow, filters, where, groupBy, top } = query;
  const computed = aggregation === null ? [formula, operands] : aggregation;
  return JSON.stringify([entityType, serviceId, computed, timeWindow.ms, filters, where, groupBy, top]);
}
