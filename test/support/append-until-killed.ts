// Appends batches of 1 to 40 points to the store whose file is the first argument, four at a time, and prints each
// acknowledgement as a line of JSON; the second argument names the run. It ends only by being killed, or where something
// failed: then it prints what, tries a few times more, closes the store and leaves.
import { writeSync } from 'node:fs';
import { systemClock } from '../../src/base/clock.ts';
import { isPulseError } from '../../src/base/errors.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Storage, StorageHealth } from '../../src/store/store.ts';
import { batchOf } from './batches.ts';

const [, , file = '', run = ''] = process.argv;

/** What the parent makes of a line. */
export type Line =
  | { readonly batch: string; readonly first: number; readonly count: number }
  | { readonly document: number }
  | { readonly failed: string; readonly health: StorageHealth };

/** The points of a batch: each says which batch it is of, its place there, and how many there are. */
export function pointsOf(batch: string, count: number) {
  return Array.from({ length: count }, (_, n) => ({
    entityType: 'orders',
    serviceId: `service ${n % 3}`,
    data: { batch, n, count },
    key: `${batch}/${n}`,
  }));
}

function print(line: Line): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

async function appendUntilFailure({ log, store, health }: Storage): Promise<void> {
  let number = 0;
  async function append(): Promise<void> {
    number += 1;
    const batch = `${run}/${number}`;
    const { first, count } = await log.append(batchOf(log, pointsOf(batch, 1 + ((number * 7) % 40)), { id: batch }));
    print({ batch, first, count });
  }
  async function changeDocument(): Promise<void> {
    const version = (await store.get('setting', 'count'))?.version ?? null;
    const result = await store.put('setting', 'count', version, { run });
    if ('version' in result) print({ document: result.version });
  }
  async function inTurn(act: () => Promise<void>): Promise<void> {
    for (let failures = 0; failures < 3; ) {
      try {
        await act();
      } catch (error) {
        failures += 1;
        print({ failed: isPulseError(error) ? error.code : String(error), health: health() });
      }
    }
  }
  await Promise.all([append, append, append, append, changeDocument].map(inTurn));
}

if (import.meta.main) {
  const storage = await openSqliteStore({ clock: systemClock, file, onWarning: console.error });
  await appendUntilFailure(storage);
  await storage.close();
}
