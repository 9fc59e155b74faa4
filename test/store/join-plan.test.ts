// Which neighbours are joined: runs that fit into a block, each block once, and nothing more the next time.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BlockRange, JoinPlan } from '../../src/store/sqlite/join-plan.ts';

const limits = { points: 500, bytes: 4000 };
const sizes = fc.array(
  fc.record({
    count: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 500 })),
    bytes: fc.oneof(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 5000 })),
  }),
  { minLength: 1, maxLength: 120 },
);

function neighbours(drawn: readonly { count: number; bytes: number }[], from = 1): BlockRange[] {
  let first = from;
  return drawn.map(({ count, bytes }) => {
    const block = { first, count, bytes };
    first += count;
    return block;
  });
}

function runsOf(blocks: readonly BlockRange[]): (readonly BlockRange[])[] {
  const plan = new JoinPlan(limits);
  for (const block of blocks) plan.add(block);
  const runs: (readonly BlockRange[])[] = [];
  while (plan.waiting > 0) runs.push(plan.take() ?? []);
  expect(plan.take()).toBeUndefined();
  return runs;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

test('a run has two neighbours or more that fit into one block, and runs do not overlap', () => {
  fc.assert(
    fc.property(sizes, (drawn) => {
      let end = 1;
      for (const run of runsOf(neighbours(drawn))) {
        expect(run.length).toBeGreaterThan(1);
        expect(sum(run.map(({ count }) => count))).toBeLessThanOrEqual(limits.points);
        expect(sum(run.map(({ bytes }) => bytes + 1)) - 1).toBeLessThanOrEqual(limits.bytes);
        expect(run[0]?.first).toBeGreaterThanOrEqual(end);
        for (const { first, count } of run) {
          if (first !== run[0]?.first) expect(first).toBe(end);
          end = first + count;
        }
      }
    }),
  );
});

test('what has been joined is not joined again, and leaves no two neighbours that would fit but the newest', () => {
  fc.assert(
    fc.property(sizes, (drawn) => {
      const blocks = neighbours(drawn);
      const runs = runsOf(blocks);
      const joined = runs.map((run) => ({
        first: run[0]?.first ?? 0,
        count: sum(run.map(({ count }) => count)),
        bytes: sum(run.map(({ bytes }) => bytes + 1)) - 1,
      }));
      const inRuns = new Set(runs.flat().map(({ first }) => first));
      const left = blocks.filter(({ first }) => !inRuns.has(first));
      const all = [...joined, ...left].sort((a, b) => a.first - b.first);
      expect(runsOf(all)).toEqual([]);
    }),
  );
});

test('a run that reaches below the floor is forgotten', () => {
  fc.assert(
    fc.property(sizes, fc.nat(119), (drawn, cut) => {
      const blocks = neighbours(drawn);
      const floor = blocks[cut % blocks.length]?.first ?? 1;
      const plan = new JoinPlan(limits);
      for (const block of blocks) plan.add(block);
      plan.dropBelow(floor);
      for (const block of neighbours(drawn, (blocks.at(-1)?.first ?? 0) + (blocks.at(-1)?.count ?? 0))) plan.add(block);
      for (let run = plan.take(); run !== undefined; run = plan.take()) {
        expect(run.every(({ first }) => first >= floor)).toBe(true);
        expect(sum(run.map(({ count }) => count))).toBeLessThanOrEqual(limits.points);
      }
    }),
  );
});
