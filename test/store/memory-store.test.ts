// The store in memory: the cases of every store, and its bound.
import { describe, expect, test } from 'vitest';
import { openMemoryStore } from '../../src/store/memory-store.ts';
import { batchOf, somePoints } from '../support/batches.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { readAll } from './reading.ts';
import { storeCases } from './store-cases.ts';

const large = 1024 * 1024 * 1024;

describe('the store in memory', () => {
  for (const { title, run } of storeCases(async (_, clock) => openMemoryStore({ clock, maxBytes: large }), {
    durable: false,
  })) {
    test(title, run);
  }
});

test('past its size the oldest blocks go, and reads begin behind them', async () => {
  const { log } = openMemoryStore({ clock: new FakeClock(), maxBytes: 8_000 });
  for (let i = 0; i < 40; i += 1) await log.append(batchOf(log, somePoints(100)));
  const left = await readAll(log);
  expect(log.head(0)).toBe(4000);
  expect(log.floor(0)).toBeGreaterThan(1);
  expect(left[0]?.offset).toBe(log.floor(0));
  expect(left.at(-1)?.offset).toBe(4000);
});

test('it is healthy until it is closed', async () => {
  const storage = openMemoryStore({ clock: new FakeClock(), maxBytes: 8_000 });
  for (let i = 0; i < 40; i += 1) await storage.log.append(batchOf(storage.log, somePoints(100)));
  expect(storage.health()).toEqual({ ok: true });
  await storage.close();
  expect(storage.health()).toEqual({ ok: false, code: 'STOPPED', reason: 'the store is closed' });
});

test('a batch whose lines do not fit its points leaves nothing behind', async () => {
  const { log } = openMemoryStore({ clock: new FakeClock(), maxBytes: large });
  const keyed = somePoints(2).map((point, i) => ({ ...point, key: `k${i}` }));
  const batch = batchOf(log, keyed);
  await expect(log.append({ ...batch, lines: batch.lines.subarray(0, 20) })).rejects.toThrow('lines were expected');
  expect(log.head(0)).toBe(0);
  expect((await log.append(batchOf(log, keyed))).count).toBe(2);
});
