// Filters and conditions to one predicate, compiled once: nothing is converted, a missing field or null fails
// every operator but NE, NOT_IN and EXISTS with false.
import { unreachable } from '../base/assert.ts';
import type { Condition, Filter, FilterOperator, FilterValue, PointFilter } from './condition.ts';
import { compilePath } from './field-path.ts';
import { compileContains, type SearchBudget } from './text-search.ts';

/** Whether a point with this data passes. */
export type Passes = (data: object) => boolean;

/** Null where every point passes, so that callers can leave the call out. `budget` bounds what searching texts costs. */
export function compileFilter(filter: PointFilter, budget: SearchBudget | null = null): Passes | null {
  const parts: Passes[] = filter.filters.map((one) => compileOne(one, budget));
  if (filter.where !== null) parts.push(compileCondition(filter.where, budget));
  return parts.length === 0 ? null : allOf(parts);
}

function compileCondition(condition: Condition, budget: SearchBudget | null): Passes {
  if ('all' in condition) return allOf(condition.all.map((one) => compileCondition(one, budget)));
  if ('any' in condition) return anyOf(condition.any.map((one) => compileCondition(one, budget)));
  if ('not' in condition) {
    const part = compileCondition(condition.not, budget);
    return (data) => !part(data);
  }
  return compileOne(condition, budget);
}

function allOf(parts: readonly Passes[]): Passes {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  return (data) => {
    for (const part of parts) if (!part(data)) return false;
    return true;
  };
}

function anyOf(parts: readonly Passes[]): Passes {
  return (data) => {
    for (const part of parts) if (part(data)) return true;
    return false;
  };
}

function compileOne({ field, op, values }: Filter, budget: SearchBudget | null): Passes {
  const read = compilePath(field);
  const test = compileTest(op, values, budget);
  return (data) => test(read(data));
}

function compileTest(
  op: FilterOperator,
  values: readonly FilterValue[],
  budget: SearchBudget | null,
): (value: unknown) => boolean {
  const [first] = values;
  switch (op) {
    case 'EQ':
      return (value) => value === first;
    case 'NE':
      return (value) => value !== first;
    case 'IN': {
      const set = new Set<unknown>(values);
      return (value) => set.has(value);
    }
    case 'NOT_IN': {
      const set = new Set<unknown>(values);
      return (value) => !set.has(value);
    }
    case 'CONTAINS': {
      const contains = compileContains(String(first), budget);
      return (value) => typeof value === 'string' && contains(value);
    }
    case 'STARTS_WITH':
      return (value) => typeof value === 'string' && value.startsWith(String(first));
    case 'EXISTS': {
      const wanted = first !== false;
      return (value) => (value !== undefined && value !== null) === wanted;
    }
    case 'GT':
    case 'GTE':
    case 'LT':
    case 'LTE':
      return compileComparison(op, first as string | number);
    default:
      return unreachable(op);
  }
}

function compileComparison(op: 'GT' | 'GTE' | 'LT' | 'LTE', bound: string | number): (value: unknown) => boolean {
  const type = typeof bound;
  switch (op) {
    case 'GT':
      return (value) => typeof value === type && (value as typeof bound) > bound;
    case 'GTE':
      return (value) => typeof value === type && (value as typeof bound) >= bound;
    case 'LT':
      return (value) => typeof value === type && (value as typeof bound) < bound;
    case 'LTE':
      return (value) => typeof value === type && (value as typeof bound) <= bound;
    default:
      return unreachable(op);
  }
}
