// The cases themselves: each way of breaking a store makes one of them fail. The quick run tries some of the ways.
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { openMemoryStore } from '../../src/store/memory-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Storage } from '../../src/store/store.ts';
import { repeats } from '../support/repeats.ts';
import { breaks, restartBreaks } from './broken-stores.ts';
import { type RunnableCase, storeCases } from './store-cases.ts';

const memory = (clock: Clock) => openMemoryStore({ clock, maxBytes: 1024 * 1024 * 1024 });

/** All ways of breaking in the long run, the first few in the quick one. */
function some<T>(ways: Readonly<Record<string, T>>): [string, T][] {
  const all = Object.entries(ways);
  return all.slice(0, repeats({ quick: 2, long: all.length }));
}

/** The title of the first case that fails. */
async function firstFailure(cases: readonly RunnableCase[]): Promise<string | undefined> {
  for (const { title, run } of cases) {
    try {
      await run();
    } catch {
      // What this looks for: which case it was is the answer.
      return title;
    }
  }
  return undefined;
}

describe('a case fails for a store that', () => {
  for (const [title, breakIt] of some(breaks)) {
    test(title, async () => {
      const cases = storeCases(async (_, clock) => breakIt(memory(clock), clock), { durable: false });
      expect(await firstFailure(cases)).toBeDefined();
    });
  }
});

describe('a case of restarts fails for a store that', () => {
  const restartTitles = new Set(
    storeCases(async (_, clock) => memory(clock), { durable: false }).map(({ title }) => title),
  );
  const onlyRestarts = (open: (folder: string, clock: Clock) => Promise<Storage>) =>
    storeCases(open, { durable: true }).filter(({ title }) => !restartTitles.has(title));

  test('forgets everything when it stops', async () => {
    expect(await firstFailure(onlyRestarts(async (_, clock) => memory(clock)))).toBeDefined();
  });

  for (const [title, breakIt] of some(restartBreaks)) {
    test(title, async () => {
      const starts = new Map<string, number>();
      const cases = onlyRestarts(async (folder, clock) => {
        const start = (starts.get(folder) ?? 0) + 1;
        starts.set(folder, start);
        const file = path.join(folder, 'pulseql.db');
        return breakIt(await openSqliteStore({ clock, file, onWarning: () => undefined }), start);
      });
      expect(await firstFailure(cases)).toBeDefined();
    });
  }
});
