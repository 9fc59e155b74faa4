// A window that slides over panes, against all of its panes merged at once.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Cells } from '../../src/aggregates/cells.ts';
import { makeCells } from '../../src/aggregates/make-cells.ts';
import { Panes } from '../../src/windows/panes.ts';
import { SlidingMerge } from '../../src/windows/sliding-merge.ts';

const paneMs = 10;
const panesPerWindow = 20;
const sum = { function: 'SUM', field: 'v', quantile: null } as const;

// Sums of powers of two say exactly which values are in them.
function shown(cells: Cells): Record<number, number> {
  const sums: Record<number, number> = {};
  for (let slot = 0; slot < cells.size; slot += 1) {
    const value = cells.value(slot, sum, 1);
    if (value !== null) sums[slot] = value;
  }
  return sums;
}

const steps = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('add' as const),
        back: fc.integer({ min: 0, max: 240 }),
        group: fc.constantFrom('a', 'b', 'c', null),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('advance' as const), by: fc.constantFrom(3, 10, 25, 90, 400) }),
    },
    { weight: 3, arbitrary: fc.constant({ do: 'read' as const }) },
  ),
  { maxLength: 80 },
);

test('is that of its panes, whatever comes late and however far it moves', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const make = () => makeCells('numbers');
      const panes = new Panes({ paneMs, capacity: 2 * panesPerWindow + 2, maxGroups: 2, maxBytes: 1e9, make });
      const sliding = new SlidingMerge(panes);
      let now = 1000;
      for (const [i, step] of [...all, { do: 'read' as const }].entries()) {
        if (step.do === 'advance') now += step.by;
        else if (step.do === 'add') {
          panes.add(2 ** (i % 50), now - step.back, i, step.group, (...taken) => sliding.note(...taken));
        } else {
          panes.advance(now);
          const last = Math.ceil(now / paneMs) - 2;
          const whole = panes.newCells();
          const slid = sliding.merged(last - panesPerWindow + 1, last);
          panes.mergeInto(whole, last - panesPerWindow + 1, last);
          expect(shown(slid)).toEqual(shown(whole));
        }
      }
    }),
    { numRuns: 500 },
  );
});
