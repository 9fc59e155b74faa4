// Whether the folder still shows the files that the store has open: what is written to a removed or replaced file is lost.
import { statSync } from 'node:fs';
import path from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { PulseError } from '../../base/errors.ts';

/** The longest time that appends are acknowledged after a file was removed; it is checked within the transaction. */
export const identityCheckMs = 1000;

export class FileIdentity {
  readonly #known = new Map<string, string>();
  #checkedAt = systemClock.monotonic();

  /** Remembers which file is at that path now; where it is remembered already, nothing changes. */
  remember(file: string): void {
    const found = identityOf(file);
    if (found !== undefined && !this.#known.has(file)) this.#known.set(file, found);
  }

  get isDue(): boolean {
    return systemClock.monotonic() - this.#checkedAt >= identityCheckMs;
  }

  /** What has happened to one of the files; undefined where each is still in its place. Errors: STORAGE_FAILED, for now. */
  check(): PulseError | undefined {
    for (const [file, identity] of this.#known) {
      const found = identityOf(file);
      if (found === identity) continue;
      const what = found === undefined ? 'removed or moved' : 'replaced by another file';
      const name = path.basename(file);
      return new PulseError(
        'STORAGE_FAILED',
        `${name} was ${what} while it was open: nothing more is stored; stop the server, put the data folder back, start again`,
      );
    }
    // Only now: where stat fails, the next append checks again.
    this.#checkedAt = systemClock.monotonic();
    return undefined;
  }
}

function identityOf(file: string): string | undefined {
  try {
    const found = statSync(file, { bigint: true, throwIfNoEntry: false });
    return found && `${found.dev}:${found.ino}`;
  } catch (error) {
    const reason = `whether ${path.basename(file)} is still in its place cannot be checked`;
    throw new PulseError('STORAGE_FAILED', `${reason}: ${(error as NodeJS.ErrnoException).code}`, {}, error);
  }
}
