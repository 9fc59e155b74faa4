// How a KPI is computed: the panes that it reads, and how their values become one.
import type { Aggregation } from '../aggregates/aggregation.ts';
import type { Cells } from '../aggregates/cells.ts';
import { assert, present } from '../base/assert.ts';
import { evaluateFormula, isFormulaIssue, parseFormula } from './formula.ts';
import type { Computation, Evaluate } from './group-rows.ts';
import type { Operand } from './operand.ts';
import { type PaneQuery, paneKey, paneQueryOf } from './pane-query.ts';
import type { Panes } from './panes.ts';
import type { WindowQuery } from './window-query.ts';

export interface Computed {
  /** Each once. */
  readonly panes: readonly PaneQuery[];
  /** Which of them has the points that are counted, and their groups. */
  readonly base: number;
  readonly operands: readonly { readonly aggregation: Aggregation; readonly panes: number }[];
  readonly evaluate: Evaluate;
  /** The value moves with the length of the window. */
  readonly isPerSecond: boolean;
}

const counting: Aggregation = { function: 'COUNT', field: null, quantile: null };

export function computedOf(query: WindowQuery): Computed {
  return query.aggregation === null ? ofFormula(query) : ofAggregation(query, query.aggregation);
}

/** One computation over a stretch of `seconds` from the pane `firstPane` on: `cells` are those of `rings`, which are the panes of `computed.panes`. */
export function computationOver(
  computed: Computed,
  { groupBy, top }: Pick<WindowQuery, 'groupBy' | 'top'>,
  rings: readonly Panes[],
  cells: readonly Cells[],
  { firstPane, seconds }: { readonly firstPane: number; readonly seconds: number },
): Computation {
  const operandOf = (aggregation: Aggregation, i: number): Operand => {
    const ring = present(rings[i], 'ring');
    const newCells = () => ring.newCells();
    return { aggregation, cells: present(cells[i], 'cells'), groups: ring.groups, firstPane, newCells };
  };
  const { base, evaluate } = computed;
  const operands = computed.operands.map(({ aggregation, panes }) => operandOf(aggregation, panes));
  return { base: operandOf(counting, base), operands, evaluate, groupBy, top, seconds };
}

function ofAggregation(query: WindowQuery, aggregation: Aggregation): Computed {
  return {
    panes: [paneQueryOf(query, aggregation)],
    base: 0,
    operands: [{ aggregation, panes: 0 }],
    evaluate: ([value = null]) => value,
    isPerSecond: aggregation.function === 'RATE',
  };
}

function ofFormula(query: WindowQuery): Computed {
  const formula = present(query.formula, 'formula');
  const expression = parseFormula(
    formula,
    query.operands.map(({ name }) => name),
  );
  assert(!isFormulaIssue(expression), `${formula} was checked when it was read`);
  const panes = new Map<string, PaneQuery>();
  const placeOf = (one: PaneQuery) => {
    panes.set(paneKey(one), one);
    return [...panes.keys()].indexOf(paneKey(one));
  };
  const base = placeOf(paneQueryOf(query, counting));
  const operands = query.operands.map(({ aggregation, filters, where }) => {
    const both = { ...query, filters: [...query.filters, ...filters], where: bothOf(query.where, where) };
    return { aggregation, panes: placeOf(paneQueryOf(both, aggregation)) };
  });
  return {
    panes: [...panes.values()],
    base,
    operands,
    evaluate: (values) => evaluateFormula(expression, values),
    isPerSecond: operands.some(({ aggregation }) => aggregation.function === 'RATE'),
  };
}

function bothOf(a: WindowQuery['where'], b: WindowQuery['where']): WindowQuery['where'] {
  if (a === null || b === null) return a ?? b;
  return { all: [a, b] };
}
