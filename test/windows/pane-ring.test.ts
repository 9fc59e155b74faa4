// The ring of panes against a plain list, its invariants checked after every operation.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Sum } from '../../src/aggregates/sum.ts';
import { paneIndex } from '../../src/windows/pane.ts';
import { PaneRing } from '../../src/windows/pane-ring.ts';

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

function newRing(): PaneRing {
  return new PaneRing({ paneMs, capacity, maxGroups, make: () => new Sum() });
}

test('panes hold what time can still show, groups what there is a place for, whatever is added when', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const ring = newRing();
      const model = new Model();
      for (const [i, step] of all.entries()) {
        const value = 2 ** (i % 50);
        if (step.do === 'add') ring.add(value, step.time, i, step.group);
        else ring.advance(step.to);
        model.perform(step, value);
        ring.check();
        const panes = [...ring.between(-10, 30)];
        expect(panes.map(({ index }) => index)).toEqual(
          [...new Set(model.entries.map(({ index }) => index))].sort((a, b) => a - b),
        );
        for (const { index, total, groups, other } of panes) {
          expect(total.aggregate.value(1)).toBe(model.sum(index));
          for (const [group, cell] of groups) expect(cell.aggregate.value(1)).toBe(model.sum(index, group));
          expect(other?.aggregate.value(1) ?? 0).toBe(model.sum(index, folded));
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
    const ring = newRing();
    ring.add(1, 5, 1, 'a');
    ring.add(1, 15, 2, 'a');
    ring.add(1, 15, 3, 'b');
    ring.add(1, 16, 4, 'c');
    const groupsAt = (index: number) =>
      [...ring.between(index, index)].map(({ groups, other }) => [[...groups.keys()], other?.count ?? 0]);
    expect(groupsAt(1)).toEqual([[['a', 'b'], 1]]);
    // Pane 0 has gone, pane 1 is still there.
    ring.add(1, 55, 5, 'c');
    expect(groupsAt(5)).toEqual([[[], 1]]);
    ring.add(1, 65, 6, 'c');
    expect(groupsAt(6)).toEqual([[['c'], 0]]);
    ring.check();
  });
});
