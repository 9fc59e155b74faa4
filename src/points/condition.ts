// Filters and conditions as plain data, and what may be asked of them.
import type { InputIssue } from '../base/errors.ts';
import { shown } from '../base/json.ts';
import { pathIssue } from './field-path.ts';

export const filterOperators = [
  'EQ',
  'NE',
  'GT',
  'GTE',
  'LT',
  'LTE',
  'IN',
  'NOT_IN',
  'CONTAINS',
  'STARTS_WITH',
  'EXISTS',
] as const;
export type FilterOperator = (typeof filterOperators)[number];
export type FilterValue = string | number | boolean;

export interface Filter {
  readonly field: string;
  readonly op: FilterOperator;
  readonly values: readonly FilterValue[];
}

/** Exactly one of all, any, not, or field with op. */
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | Filter;

/** What must hold of a point: every filter, and `where`. */
export interface PointFilter {
  readonly filters: readonly Filter[];
  readonly where: Condition | null;
}

export const everyPoint: PointFilter = { filters: [], where: null };

export interface FilterInput {
  readonly field: string;
  readonly op: FilterOperator;
  readonly values?: readonly FilterValue[] | null | undefined;
}

export interface ConditionInput {
  readonly all?: readonly ConditionInput[] | null | undefined;
  readonly any?: readonly ConditionInput[] | null | undefined;
  readonly not?: ConditionInput | null | undefined;
  readonly field?: string | null | undefined;
  readonly op?: FilterOperator | null | undefined;
  readonly values?: readonly FilterValue[] | null | undefined;
}

export const maxConditionDepth = 8;
export const maxConditionParts = 64;
export const maxValues = 1000;
export const maxTextLength = 4096;
/** Of the text that CONTAINS looks for. */
export const maxNeedleLength = 256;

/** The filters with every issue found pushed onto `issues`; what has one is left out. */
export function readFilters(
  inputs: readonly FilterInput[] | null | undefined,
  at: readonly string[],
  issues: InputIssue[],
): Filter[] {
  const filters: Filter[] = [];
  if ((inputs?.length ?? 0) > maxConditionParts) {
    issues.push({ path: at, message: `at most ${maxConditionParts} filters, not ${inputs?.length}` });
    return filters;
  }
  for (const [i, input] of (inputs ?? []).entries()) {
    const filter = readFilter(input.field, input.op, input.values ?? [], [...at, String(i)], issues);
    if (filter !== undefined) filters.push(filter);
  }
  return filters;
}

/** The condition, or null where there is none or it has an issue, which is pushed onto `issues`. */
export function readCondition(
  input: ConditionInput | null | undefined,
  at: readonly string[],
  issues: InputIssue[],
): Condition | null {
  if (input === null || input === undefined) return null;
  const tooBig = sizeIssue(input, at);
  if (tooBig !== undefined) {
    issues.push(tooBig);
    return null;
  }
  return readPart(input, at, issues) ?? null;
}

// Counted with a stack of its own before anything recurses: a condition nested 20,000 deep must not overflow ours.
function sizeIssue(input: ConditionInput, at: readonly string[]): InputIssue | undefined {
  let parts = 0;
  const open: { part: ConditionInput; depth: number }[] = [{ part: input, depth: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    parts += 1;
    if (next.depth > maxConditionDepth) {
      return { path: at, message: `nests more than ${maxConditionDepth} conditions deep` };
    }
    if (parts > maxConditionParts) return { path: at, message: `has more than ${maxConditionParts} parts` };
    const { all, any, not } = next.part;
    for (const part of [...(all ?? []), ...(any ?? []), ...(not ? [not] : [])]) {
      open.push({ part, depth: next.depth + 1 });
    }
  }
  return undefined;
}

function readPart(input: ConditionInput, at: readonly string[], issues: InputIssue[]): Condition | undefined {
  const given = (['all', 'any', 'not', 'field'] as const).filter(
    (name) => input[name] !== null && input[name] !== undefined,
  );
  const only = given[0];
  if (given.length !== 1 || only === undefined) {
    const found = given.length === 0 ? 'none' : given.join(' and ');
    issues.push({ path: at, message: `must have exactly one of all, any, not, or field with op; it has ${found}` });
    return undefined;
  }
  if (only !== 'field' && (input.op != null || input.values != null)) {
    issues.push({ path: at, message: `op and values go with field, not with ${only}` });
    return undefined;
  }
  if (only === 'not') {
    const part = readPart(input.not as ConditionInput, [...at, 'not'], issues);
    return part === undefined ? undefined : { not: part };
  }
  if (only === 'field') {
    if (input.op == null) {
      issues.push({
        path: [...at, 'op'],
        message: `is needed beside field; it is one of ${filterOperators.join(', ')}`,
      });
      return undefined;
    }
    return readFilter(input.field as string, input.op, input.values ?? [], at, issues);
  }
  const list = input[only] as readonly ConditionInput[];
  if (list.length === 0) {
    issues.push({ path: [...at, only], message: 'must have one condition at least' });
    return undefined;
  }
  const parts = list.map((part, i) => readPart(part, [...at, only, String(i)], issues));
  const whole = parts.filter((part) => part !== undefined);
  if (whole.length < parts.length) return undefined;
  return only === 'all' ? { all: whole } : { any: whole };
}

function readFilter(
  field: string,
  op: FilterOperator,
  values: readonly FilterValue[],
  at: readonly string[],
  issues: InputIssue[],
): Filter | undefined {
  const issue = pathIssue(field, [...at, 'field']) ?? valuesIssue(op, values, [...at, 'values']);
  if (issue === undefined) return { field, op, values };
  issues.push(issue);
  return undefined;
}

function valuesIssue(
  op: FilterOperator,
  values: readonly FilterValue[],
  path: readonly string[],
): InputIssue | undefined {
  const long = values.find((value) => typeof value === 'string' && value.length > maxTextLength);
  if (long !== undefined) return { path, message: `a text has at most ${maxTextLength} characters` };
  switch (op) {
    case 'IN':
    case 'NOT_IN':
      if (values.length >= 1 && values.length <= maxValues) return undefined;
      return { path, message: `${op} takes 1 to ${maxValues} values, not ${values.length}` };
    case 'EXISTS':
      if (values.length === 0 || (values.length === 1 && typeof values[0] === 'boolean')) return undefined;
      return { path, message: `EXISTS takes no value, or one boolean, not ${shown(values)}` };
    case 'CONTAINS':
      if (String(values[0] ?? '').length > maxNeedleLength) {
        return {
          path,
          message: `CONTAINS looks for at most ${maxNeedleLength} characters, not ${String(values[0]).length}`,
        };
      }
      return textIssue(op, values, path);
    case 'STARTS_WITH':
      return textIssue(op, values, path);
    case 'GT':
    case 'GTE':
    case 'LT':
    case 'LTE':
      if (values.length === 1 && typeof values[0] !== 'boolean') return undefined;
      return { path, message: `${op} takes one number or one text, not ${shown(values)}` };
    default:
      if (values.length === 1) return undefined;
      return { path, message: `${op} takes one value, not ${values.length}` };
  }
}

function textIssue(op: string, values: readonly FilterValue[], path: readonly string[]): InputIssue | undefined {
  if (values.length === 1 && typeof values[0] === 'string') return undefined;
  return { path, message: `${op} takes one text, not ${shown(values)}` };
}
