// Opens the store whose file is the first argument, reads everything and prints, as a line of JSON, what it found: how many
// points and which saved state, or the code of the first error; and the warnings.
import { systemClock } from '../../src/base/clock.ts';
import { isPulseError } from '../../src/base/errors.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { readAll } from '../store/reading.ts';

/** What is printed. */
export interface Found {
  readonly points?: number;
  readonly state?: number;
  readonly code?: string;
  readonly warnings: readonly string[];
}

const warnings: string[] = [];

async function read(file: string): Promise<Omit<Found, 'warnings'>> {
  try {
    const onWarning = ({ message }: Error) => warnings.push(message);
    const storage = await openSqliteStore({ clock: systemClock, file, onWarning });
    try {
      const points = (await readAll(storage.log)).length;
      return { points, state: (await storage.store.loadState('windows'))?.bytes.length ?? 0 };
    } finally {
      await storage.close();
    }
  } catch (error) {
    return { code: isPulseError(error) ? error.code : String(error) };
  }
}

if (import.meta.main) console.log(JSON.stringify({ ...(await read(process.argv[2] ?? '')), warnings } satisfies Found));
