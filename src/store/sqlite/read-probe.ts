// Tells a disk that fails from a file that is damaged: SQLite reports an EIO of a read as a malformed file.
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { PulseError } from '../../base/errors.ts';
import { mayBeMisread } from './sqlite-errors.ts';

const chunkBytes = 1024 * 1024;
// Of a larger file as many chunks, spread over it, are read: a disk that fails as a whole shows in any of them.
const maxChunks = 256;

/** Of the database file, opened once: closing any descriptor of a file would release the locks that SQLite has on it. */
const descriptors = new Map<string, number>();

/**
 * Runs it again where a read may have failed; STORAGE_FAILED where the file cannot be read. An error that calls the file
 * damaged is from a run that began after the file had been read without an error.
 */
export function tellingDamage<T>(file: string, run: () => T): T {
  for (const check of [() => undefined, () => readFailure(file)]) {
    try {
      return run();
    } catch (error) {
      if (!mayBeMisread(error)) throw error;
    }
    const failure = check();
    if (failure !== undefined) throw failure;
  }
  return run();
}

/** STORAGE_FAILED where the file or its write-ahead log cannot be read; undefined where they can. For a file that is open. */
function readFailure(file: string): PulseError | undefined {
  const descriptor = descriptors.get(file) ?? tryOpen(file);
  if (descriptor instanceof PulseError) return descriptor;
  descriptors.set(file, descriptor);
  return readAcross(file, descriptor) ?? closedReadFailure(`${file}-wal`);
}

/** The same for a file that this process has not open. */
export function closedReadFailure(file: string): PulseError | undefined {
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
  const descriptor = tryOpen(file);
  if (descriptor instanceof PulseError) return descriptor;
  try {
    return readAcross(file, descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function tryOpen(file: string): number | PulseError {
  try {
    return openSync(file, 'r');
  } catch (error) {
    return unreadable(file, error);
  }
}

function readAcross(file: string, descriptor: number): PulseError | undefined {
  const bytes = Buffer.alloc(chunkBytes);
  try {
    const { size } = statSync(file);
    const step = Math.max(chunkBytes, Math.floor(size / maxChunks));
    for (let at = 0; at < size; at += step) readSync(descriptor, bytes, 0, chunkBytes, at);
    return undefined;
  } catch (error) {
    return unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): PulseError {
  const { code } = error as NodeJS.ErrnoException;
  const reason = `${path.basename(file)} cannot be read: ${code}`;
  return new PulseError('STORAGE_FAILED', `${reason}; look after the disk, then try again`, {}, error);
}
