// The engine's own figures, second by second.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Counters } from '../../src/engine/counters.ts';
import { FakeClock } from '../support/fake-clock.ts';

function setUp() {
  const clock = new FakeClock();
  return { clock, counters: new Counters(clock) };
}

test('of nothing all rates are 0', () => {
  expect(setUp().counters.lastMinute()).toEqual({ eventRate: 0, averageMs: 0, p99Ms: 0, errorRate: 0 });
});

describe('the rate', () => {
  test('is over the time since the start while that is less than a minute, a second at least', async () => {
    const { clock, counters } = setUp();
    counters.notePoints(50, 1);
    expect(counters.lastMinute().eventRate).toBe(50);
    await clock.advance(10_000);
    expect(counters.lastMinute().eventRate).toBe(5);
  });

  test('is that of the last minute: older seconds fall out', async () => {
    const { clock, counters } = setUp();
    counters.notePoints(6000, 1);
    await clock.advance(59_999);
    expect(counters.lastMinute().eventRate).toBeCloseTo(100, 1);
    await clock.advance(1);
    expect(counters.lastMinute().eventRate).toBe(0);
    // The second that stood at the same place a minute ago no longer counts.
    counters.notePoints(60, 500);
    expect(counters.lastMinute()).toMatchObject({ eventRate: 1, averageMs: 500 });
    expect(counters.lastMinute().p99Ms).toBeGreaterThan(400);
    await clock.advance(3_600_000);
    expect(counters.lastMinute().eventRate).toBe(0);
    expect(counters.processed).toBe(6060);
  });
});

test('the average weighs each point', async () => {
  const { clock, counters } = setUp();
  counters.notePoints(3, 10);
  await clock.advance(5000);
  counters.notePoints(1, 50);
  expect(counters.lastMinute().averageMs).toBe(20);
});

test('p99 is within 10 % of what 99 of 100 points took at most', () => {
  const batch = fc.record({
    count: fc.integer({ min: 1, max: 200 }),
    ms: fc.double({ min: 0.02, max: 15_000, noNaN: true }),
    pause: fc.integer({ min: 0, max: 2000 }),
  });
  return fc.assert(
    fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 20 }), async (batches) => {
      const { clock, counters } = setUp();
      for (const { count, ms, pause } of batches) {
        counters.notePoints(count, ms);
        await clock.advance(pause);
      }
      const all = batches.flatMap(({ count, ms }) => Array<number>(count).fill(ms)).sort((a, b) => a - b);
      const expected = all[Math.ceil(all.length * 0.99) - 1] ?? Number.NaN;
      expect(Math.abs(counters.lastMinute().p99Ms / expected - 1)).toBeLessThanOrEqual(0.1);
    }),
    { numRuns: 100 },
  );
});

test('a time of nothing or of hours still counts', () => {
  const { counters } = setUp();
  counters.notePoints(1, 0);
  expect(counters.lastMinute().p99Ms).toBeLessThanOrEqual(0.01);
  counters.notePoints(1000, 1e9);
  expect(counters.lastMinute().p99Ms).toBeGreaterThan(10_000);
});

test('errors are what was rejected or failed, over all', async () => {
  const { clock, counters } = setUp();
  counters.notePoints(6, 1);
  counters.noteRejected(3);
  counters.noteUnforeseen();
  expect(counters.lastMinute().errorRate).toBe(0.4);
  expect([counters.rejected, counters.unforeseen]).toEqual([3, 1]);
  await clock.advance(60_000);
  expect(counters.lastMinute().errorRate).toBe(0);
  counters.noteRejected(1);
  expect(counters.lastMinute().errorRate).toBe(1);
});
