// A history where not all points may be looked at: its newest steps, which are the same as those of the whole.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readKpiHistory, readNewestHistory } from '../../src/windows/kpi-history.ts';
import { query, sum } from './queries.ts';
import { WindowWorld } from './window-world.ts';

const limits = { maxGroups: 1000, maxWindowBytes: 1e8, maxAheadMs: 10_000 };
const asked = query({ aggregation: sum, groupBy: ['k'] });

test('every step that is given is that of the whole history, and the newest are given', async () => {
  const back = fc.array(fc.integer({ min: -9000, max: 400_000 }), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(back, { minLength: 30, maxLength: 60 }),
      fc.integer({ min: 1, max: 4 }),
      async (batches, pages) => {
        const world = new WindowWorld();
        const from = world.log.now();
        for (const batch of batches) {
          await world.append(batch.map((ms, n) => world.point({ v: n, k: `k${n % 3}` }, Math.max(ms, -9000))));
          await world.clock.advance(20_000);
        }
        const range = { from: from - 400_000, to: world.log.now(), stepMs: 10_000 };
        let left = pages;
        const spend = () => {
          left -= 1;
          return left > 0;
        };
        const read = { signal: new AbortController().signal, maxPoints: 1000 * pages, spend };
        const whole = await readKpiHistory(world.log, asked, range, limits);
        const newest = await readNewestHistory(world.log, asked, range, limits, read).catch(() => []);
        expect(newest).toEqual(newest.length === 0 ? [] : whole.slice(-newest.length));
        if (left > 0) expect(newest).toEqual(whole);
      },
    ),
    { numRuns: 20 },
  );
});

test('where not one step can be given it is LIMIT_EXCEEDED with the limit', async () => {
  const world = new WindowWorld();
  await world.append(Array.from({ length: 3000 }, (_, n) => world.point({ v: 1, k: 'a' }, n)));
  const range = { from: world.log.now() - 60_000, to: world.log.now(), stepMs: 60_000 };
  const read = { signal: new AbortController().signal, maxPoints: 1000, spend: () => false };
  await expect(readNewestHistory(world.log, asked, range, limits, read)).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
    details: { limit: 1000 },
  });
});

test('the steps take their part of the budget of all windows while they are made', async () => {
  const world = new WindowWorld({ maxTotalWindowBytes: 50_000 });
  await world.append(Array.from({ length: 3000 }, (_, n) => world.point({ v: 1, k: `group ${n % 900}` }, n)));
  const range = { from: world.log.now() - 60_000, to: world.log.now(), stepMs: 1000 };
  const { budget } = world.windows;
  await expect(readKpiHistory(world.log, asked, range, { ...limits, budget })).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
  });
  expect(budget.used).toBe(0);
});

test('where one operand fails, what the others hold counts nothing afterwards', async () => {
  const world = new WindowWorld();
  await world.append(Array.from({ length: 3000 }, (_, n) => world.point({ v: 1, k: `group ${n % 900}` }, n)));
  const range = { from: world.log.now() - 60_000, to: world.log.now(), stepMs: 1000 };
  const operand = (name: string) => ({ name, aggregation: { ...sum, field: name }, filters: [], where: null });
  const formula = { ...asked, aggregation: null, formula: 'v / w', operands: [operand('v'), operand('w')] };
  const { budget } = world.windows;
  let requests = 0;
  world.slow.onColumns = () => {
    requests += 1;
    if (requests === 2) throw new Error('block 1 is damaged');
  };
  await expect(readKpiHistory(world.log, formula, range, { ...limits, budget })).rejects.toThrow('damaged');
  await world.clock.advance(0);
  expect(budget.used).toBe(0);
});
