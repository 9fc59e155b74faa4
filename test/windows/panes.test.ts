// The ring of panes against a plain list, its invariants checked after every operation.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Cells, otherSlot, totalSlot } from '../../src/aggregates/cells.ts';
import { makeCells } from '../../src/aggregates/make-cells.ts';
import { Panes, paneIndex } from '../../src/windows/panes.ts';

const paneMs = 10;
const capacity = 5;
const maxGroups = 2;
const folded = 'folded into other';

type Step =
  | { readonly do: 'add'; readonly time: number; readonly group: string | null }
  | { readonly do: 'advance'; readonly to: number };

const time = fc.integer({ min: -60, max: 200 });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('add' as const),
        time,
        group: fc.constantFrom('a', 'b', 'c', 'd', null),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('advance' as const), to: time }) },
  ),
  { maxLength: 60 },
);

/** All values that count, with the pane and the group that each went to. */
class Model {
  entries: { index: number; value: number; group: string | null }[] = [];
  #lowest = Number.NEGATIVE_INFINITY;

  perform(step: Step, value: number): void {
    const index = paneIndex(step.do === 'add' ? step.time : step.to, paneMs);
    if (step.do === 'add' && index < this.#lowest) return;
    this.#lowest = Math.max(this.#lowest, index - capacity + 1);
    this.entries = this.entries.filter((entry) => entry.index >= this.#lowest);
    if (step.do === 'add') this.entries.push({ index, value, group: this.#placeOf(step.group) });
  }

  #placeOf(group: string | null): string | null {
    const places = new Set(this.entries.map((entry) => entry.group).filter((one) => one !== null && one !== folded));
    return group === null || places.has(group) || places.size < maxGroups ? group : folded;
  }

  sum(index: number, group?: string): number {
    const own = this.entries.filter((entry) => entry.index === index && (group === undefined || entry.group === group));
    return own.reduce((total, { value }) => total + value, 0);
  }
}

const sum = { function: 'SUM', field: 'v', quantile: null } as const;
const nobody = () => undefined;

function newPanes(): Panes {
  return new Panes({ paneMs, capacity, maxGroups, maxBytes: 1e9, make: () => makeCells('numbers') });
}

function sumOf(cells: Cells, slot: number): number {
  return cells.value(slot, sum, 1) ?? 0;
}

test('panes hold what time can still show, groups what there is a place for, whatever is added when', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const panes = newPanes();
      const model = new Model();
      for (const [i, step] of all.entries()) {
        const value = 2 ** (i % 50);
        if (step.do === 'add') panes.add(value, step.time, i, step.group, nobody);
        else panes.advance(step.to);
        model.perform(step, value);
        panes.check();
        const kept = Array.from({ length: 41 }, (_, at) => at - 10).filter((at) => panes.cellsOf(at) !== undefined);
        expect(kept).toEqual([...new Set(model.entries.map(({ index }) => index))].sort((a, b) => a - b));
        for (const index of kept) {
          const cells = panes.cellsOf(index) as Cells;
          expect(sumOf(cells, totalSlot)).toBe(model.sum(index));
          for (const [group, slot] of panes.groups.entries()) expect(sumOf(cells, slot)).toBe(model.sum(index, group));
          expect(sumOf(cells, otherSlot)).toBe(model.sum(index, folded));
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('an instant on an edge belongs to the pane that ends there, before and after 1970', () => {
  expect([-11, -10, -9, 0, 1, 10, 11].map((at) => paneIndex(at, paneMs))).toEqual([-2, -2, -1, -1, 0, 0, 1]);
});

describe('places', () => {
  test('fall free when the last pane with the group goes, and not before', () => {
    const panes = newPanes();
    panes.add(1, 5, 1, 'a', nobody);
    panes.add(1, 15, 2, 'a', nobody);
    panes.add(1, 15, 3, 'b', nobody);
    panes.add(1, 16, 4, 'c', nobody);
    const groupsAt = (index: number) => {
      const cells = panes.cellsOf(index) as Cells;
      const texts = [...panes.groups.entries()].filter(([, slot]) => cells.count(slot) > 0).map(([text]) => text);
      return [texts, cells.count(otherSlot)];
    };
    expect(groupsAt(1)).toEqual([['a', 'b'], 1]);
    // Pane 0 has gone, pane 1 is still there.
    panes.add(1, 55, 5, 'c', nobody);
    expect(groupsAt(5)).toEqual([[], 1]);
    panes.add(1, 65, 6, 'c', nobody);
    expect(groupsAt(6)).toEqual([['c'], 0]);
    panes.check();
  });
});

describe('memory past its limit', () => {
  const distinct = { function: 'DISTINCT', field: 'v', quantile: null } as const;

  test('folds groups into the others, the last ones first, and keeps every value', () => {
    const maxBytes = 200_000;
    const panes = new Panes({ paneMs, capacity, maxGroups: 100, maxBytes, make: () => makeCells('distinct') });
    for (let i = 0; i < 20_000; i += 1) {
      panes.add(`v${Math.floor(i / 20) % 200}`, 10 * Math.floor(i / 4000) + 5, i, `g${i % 20}`, nobody);
    }
    panes.check();
    expect(panes.groups.count).toBeGreaterThan(0);
    expect(panes.groups.count).toBeLessThan(20);
    expect(panes.groups.slotOf('g0')).toBeDefined();
    // One pane may have grown since the last look.
    expect(panes.bytes).toBeLessThan(2 * maxBytes);
    const whole = panes.newCells();
    panes.mergeInto(whole, 0, 4);
    let counted = whole.count(otherSlot);
    for (const [, slot] of panes.groups.entries()) counted += whole.count(slot);
    expect([counted, whole.count(totalSlot)]).toEqual([20_000, 20_000]);
    expect([whole.value(totalSlot, distinct, 1), whole.value(otherSlot, distinct, 1)]).toEqual([200, 200]);
  });
});
