// What every store must keep: one list of cases, each a function that throws where it does not.
import type { Clock } from '../../src/base/clock.ts';
import type { Storage } from '../../src/store/store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { appendCases, largeCases } from './append-cases.ts';
import { documentCases } from './document-cases.ts';
import { effectCases } from './effect-cases.ts';
import { propertyCases, readCases } from './read-cases.ts';
import { reopenCases } from './reopen-cases.ts';
import type { StoreCase, World } from './store-case.ts';
import { tailCases } from './tail-cases.ts';
import { trimCases } from './trim-cases.ts';

export interface StoreFacts {
  /** Whether opening the same folder again gives the same store. */
  readonly durable: boolean;
}

export interface RunnableCase {
  readonly title: string;
  run(): Promise<void>;
}

const allCases: readonly StoreCase[] = [
  ...appendCases,
  ...readCases,
  ...tailCases,
  ...trimCases,
  ...documentCases,
  ...effectCases,
  ...reopenCases,
  ...propertyCases,
  ...largeCases,
];

export function storeCases(
  open: (folder: string, clock: Clock) => Promise<Storage>,
  { durable }: StoreFacts,
): RunnableCase[] {
  return allCases
    .filter((one) => durable || one.durableOnly !== true)
    .map((one) => ({ title: one.title, run: () => runInWorld(one, open, durable) }));
}

async function runInWorld(
  { run }: StoreCase,
  open: (folder: string, clock: Clock) => Promise<Storage>,
  durable: boolean,
): Promise<void> {
  const folders: { remove(): void }[] = [];
  const opened: Storage[] = [];
  function world(): World {
    const folder = tempFolder();
    folders.push(folder);
    const clock = new FakeClock();
    return {
      clock,
      runs: durable ? 6 : 40,
      async open() {
        const storage = await open(folder.path, clock);
        opened.push(storage);
        return storage;
      },
      another: world,
    };
  }
  try {
    await run(world());
  } finally {
    for (const storage of opened) await storage.close();
    for (const folder of folders) folder.remove();
  }
}
