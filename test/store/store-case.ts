// A case that every store must pass: a sentence, and a function that throws where the store does not keep it.

import type { Storage } from '../../src/store/store.ts';
import type { FakeClock } from '../support/fake-clock.ts';

export interface StoreCase {
  readonly title: string;
  /** For stores that outlive their process. */
  readonly durableOnly?: boolean;
  run(world: World): Promise<void>;
}

/** What a case works in: a folder and a clock of its own. */
export interface World {
  readonly clock: FakeClock;
  /** How often a property is tried. */
  readonly runs: number;
  /** Opens the store of this world's folder; what is still open at the end of the case is closed. */
  open(): Promise<Storage>;
  /** A world beside this one, with a folder of its own, for the next try of a property. */
  another(): World;
}

/** The promise, or a failure where it takes too long: a case must not hang. */
export async function soon<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} takes more than 4 s`)), 4000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
