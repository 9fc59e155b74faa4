// Reads of the past: so many at a time, in order, with a deadline, a price, and an end when nobody wants them any more.
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maxWaitingReads, type Read, Reads } from '../../src/engine/reads.ts';
import { FakeClock } from '../support/fake-clock.ts';

const limits = { maxReads: 2, maxReadPoints: 1000, readTimeoutMs: 30_000 };

function neverEnding({ signal }: Read): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}

test('run up to their number; the others wait and begin in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 20 }), async (fails) => {
      const reads = new Reads(new FakeClock(), limits);
      const begun: number[] = [];
      let running = 0;
      const all = fails.map((isFailing, n) =>
        reads.run(null, async () => {
          begun.push(n);
          running += 1;
          expect(running).toBeLessThanOrEqual(2);
          await setImmediate();
          running -= 1;
          if (isFailing) throw new Error('failed');
        }),
      );
      const results = await Promise.allSettled(all);
      expect(begun).toEqual(fails.map((_, n) => n));
      expect(results.map(({ status }) => status === 'rejected')).toEqual(fails);
      expect([reads.running, reads.waiting]).toEqual([0, 0]);
    }),
    { numRuns: 30 },
  );
});

describe('end', () => {
  test('when their client leaves, whether they run or wait, and the next one begins', async () => {
    const reads = new Reads(new FakeClock(), limits);
    const leaving = Array.from({ length: 4 }, () => new AbortController());
    const all = leaving.map(({ signal }) => reads.run(signal, neverEnding).catch((error: unknown) => error));
    expect([reads.running, reads.waiting]).toEqual([2, 2]);
    leaving[3]?.abort('fourth');
    expect(await all[3]).toBe('fourth');
    leaving[0]?.abort('first');
    expect(await all[0]).toBe('first');
    expect([reads.running, reads.waiting]).toEqual([2, 0]);
    leaving[1]?.abort('second');
    leaving[2]?.abort('third');
    expect(await Promise.all(all)).toEqual(['first', 'second', 'third', 'fourth']);
    expect([reads.running, reads.waiting]).toEqual([0, 0]);
    expect(await reads.run(AbortSignal.abort('before'), neverEnding).catch((error: unknown) => error)).toBe('before');
  });

  test('at their deadline, waiting included, with TIMEOUT', async () => {
    const clock = new FakeClock();
    const reads = new Reads(clock, limits);
    const all = [1, 2, 3].map(() => reads.run(null, neverEnding).catch((error: unknown) => error));
    await clock.advance(30_000);
    for (const error of await Promise.all(all)) expect(error).toMatchObject({ code: 'TIMEOUT' });
    expect([reads.running, reads.waiting]).toEqual([0, 0]);
  });
});

test('one too many that waits is LIMIT_EXCEEDED with when to come back', async () => {
  const reads = new Reads(new FakeClock(), limits);
  const leaving = new AbortController();
  const all = Array.from({ length: maxWaitingReads + 2 }, () => reads.run(leaving.signal, neverEnding));
  const settled = Promise.allSettled(all);
  await expect(reads.run(null, neverEnding)).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
    details: { limit: maxWaitingReads, retryAfterSeconds: 1 },
  });
  leaving.abort('left');
  await settled;
});

test('each has its own budget of points', async () => {
  const reads = new Reads(new FakeClock(), limits);
  const spendAll = () => reads.run(null, async (read) => [read.spend(600), read.spend(600)]);
  expect([await spendAll(), await spendAll()]).toEqual([
    [true, false],
    [true, false],
  ]);
});
