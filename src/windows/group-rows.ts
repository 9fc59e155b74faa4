// Groups to rows: largest first, only the top ones, the rest as one row that says it is the rest.
import { totalSlot } from '../aggregates/cells.ts';
import { groupKeyOf } from './group-key.ts';
import { groupsOf, groupValueOf, hasOthers, type Operand, restOf, totalOf } from './operand.ts';
import { changePercent, type GroupValue } from './window-value.ts';

/** From the operands' values to that of the KPI. */
export type Evaluate = (values: readonly (number | null)[]) => number | null;

export interface Computation {
  /** Whose points and groups are counted. */
  readonly base: Operand;
  readonly operands: readonly Operand[];
  readonly evaluate: Evaluate;
  readonly groupBy: readonly string[];
  readonly top: number | null;
  readonly seconds: number;
}

interface Row {
  readonly text: string;
  readonly value: number | null;
}

/** The value over all groups. */
export function totalValue({ operands, evaluate, seconds }: Computation): number | null {
  return evaluate(operands.map((operand) => totalOf(operand, seconds)));
}

/** `before` is the window before, where there is one. */
export function groupRows(computation: Computation, before: Computation | null): GroupValue[] {
  const { base, groupBy, top } = computation;
  if (groupBy.length === 0) return [];
  const rows = groupsOf(base).map((text) => ({ text, value: groupValue(computation, text) }));
  rows.sort(largestFirst);
  const shown = top === null ? rows : rows.slice(0, top);
  const values: GroupValue[] = shown.map(({ text, value }) => {
    const previous = before === null ? null : groupValue(before, text);
    return {
      key: groupKeyOf(groupBy, text),
      value,
      count: base.cells.count(base.groups.slotOf(text) ?? totalSlot),
      previous,
      changePercent: changePercent(value, previous),
      isOther: false,
    };
  });
  const rest = restRow(computation, new Set(shown.map(({ text }) => text)));
  if (rest !== null) values.push(rest);
  return values;
}

function groupValue({ operands, evaluate, seconds }: Computation, text: string): number | null {
  return evaluate(operands.map((operand) => groupValueOf(operand, text, seconds)));
}

function restRow({ base, operands, evaluate, seconds }: Computation, shown: ReadonlySet<string>): GroupValue | null {
  const count = restOf(base, shown).count(totalSlot);
  if (count === 0) return null;
  const values = operands.map((operand) => restOf(operand, shown).value(totalSlot, operand.aggregation, seconds));
  // Which groups have no place may differ from operand to operand: then the rest of one is not that of another.
  const isJoined = operands.length > 1 && operands.some(hasOthers);
  return {
    key: [],
    value: isJoined ? null : evaluate(values),
    count,
    previous: null,
    changePercent: null,
    isOther: true,
  };
}

function largestFirst(a: Row, b: Row): number {
  const difference = (b.value ?? Number.NEGATIVE_INFINITY) - (a.value ?? Number.NEGATIVE_INFINITY);
  if (difference !== 0 && !Number.isNaN(difference)) return difference;
  if (a.text === b.text) return 0;
  return a.text < b.text ? -1 : 1;
}
