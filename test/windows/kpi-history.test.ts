// A stretch of the past against all points of it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readKpiHistory } from '../../src/windows/kpi-history.ts';
import { expectTotals, pointsOf } from './brute-force.ts';
import { count, data, queries, query } from './queries.ts';
import { WindowWorld } from './window-world.ts';

const limits = { maxGroups: 1000, maxWindowBytes: 1e8, maxAheadMs: 10_000 };

test('each step is exact for its own bounds, the last is cut at the end', async () => {
  const points = fc.array(
    fc.record({ back: fc.integer({ min: -10_000, max: 100_000 }), data, serviceId: fc.constantFrom('web', 'app') }),
    {
      maxLength: 60,
    },
  );
  const stretch = fc.record({
    fromBack: fc.integer({ min: 1, max: 90_000 }),
    length: fc.integer({ min: 1, max: 90_000 }),
    stepMs: fc.constantFrom(1000, 7000, 60_000),
  });
  await fc.assert(
    fc.asyncProperty(
      points,
      queries,
      stretch,
      fc.integer({ min: 1, max: 20 }),
      async (all, of, { fromBack, length, stepMs }, page) => {
        const world = new WindowWorld();
        world.slow.pagePoints = page;
        for (let i = 0; i < all.length; i += 13) {
          const part = all.slice(i, i + 13);
          await world.append(part.map((one) => world.point(one.data, one.back, one.serviceId)));
        }
        const now = world.log.now();
        const from = now - fromBack;
        const to = Math.min(now, from + length);
        const asked = { ...of, serviceId: page % 2 === 0 ? 'web' : null };
        const steps = await readKpiHistory(world.log, asked, { from, to, stepMs }, limits);
        expect([steps[0]?.start, steps.at(-1)?.end, steps.length]).toEqual([from, to, Math.ceil((to - from) / stepMs)]);
        for (const [i, step] of steps.entries()) {
          expect(step.start).toBe(from + i * stepMs);
          expect(step.end).toBe(Math.min(to, step.start + stepMs));
          const own = pointsOf(asked, world.points, step.start, step.end);
          expectTotals(asked, step, own, (step.end - step.start) / 1000);
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('groups past the limit are folded, over the whole stretch', async () => {
  const world = new WindowWorld();
  for (const [k, back] of [
    ['a', 2500],
    ['b', 1500],
    ['a', 500],
  ] as const) {
    await world.add({ k }, back);
  }
  const now = world.log.now();
  const range = { from: now - 3000, to: now, stepMs: 1000 };
  const steps = await readKpiHistory(world.log, query({ groupBy: ['k'], aggregation: count }), range, {
    ...limits,
    maxGroups: 1,
  });
  const rows = steps.map(({ groups }) => groups.map(({ key, isOther }) => (isOther ? 'other' : key[0]?.value)));
  expect(rows).toEqual([['a'], ['other'], ['a']]);
});
