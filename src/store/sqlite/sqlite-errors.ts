// SQLite's and the file system's errors in our words: what is wrong with the file and what would mend it.
import { PulseError } from '../../base/errors.ts';

// Primary result codes: https://www.sqlite.org/rescode.html
const sqliteBusy = 5;
const sqliteReadOnly = 8;
const sqliteIoError = 10;
const sqliteCorrupt = 11;
const sqliteFull = 13;
const sqliteCannotOpen = 14;
const sqliteNotADatabase = 26;
// The write-ahead log's index cannot grow, for want of room: an extended code of sqliteIoError.
const sqliteIndexCannotGrow = 4874;
// Failed reads, which leave nothing uncertain on the disk: SQLITE_IOERR_READ, _SHORT_READ and _CORRUPTFS.
const failedReads: readonly (number | undefined)[] = [266, 522, 8458];

/** The error to show for what went wrong with `file`; errors that are ours already stay as they are. */
export function storageError(error: unknown, file: string): PulseError {
  if (error instanceof PulseError) return error;
  const primary = primaryCode(error);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (isFull(error)) {
    return new PulseError(
      'STORAGE_FULL',
      `the disk of ${file} is full: nothing of this was stored; make room`,
      {},
      error,
    );
  }
  if (primary === sqliteReadOnly || code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
    return new PulseError(
      'STORAGE_READ_ONLY',
      `${file} cannot be written: let this user write to its folder`,
      {},
      error,
    );
  }
  if (primary === sqliteBusy) {
    return new PulseError(
      'STORAGE_IN_USE',
      `${file} is in use by another process: stop that one, or take another --data`,
      {},
      error,
    );
  }
  if (primary === sqliteCorrupt || primary === sqliteNotADatabase) {
    return new PulseError(
      'STORAGE_DAMAGED',
      `${file} is damaged: ${(error as Error).message}; put a backup back`,
      {},
      error,
    );
  }
  // Node's recursive mkdir says ENOENT where the file system is read-only.
  if (primary === sqliteCannotOpen || code === 'ENOENT' || code === 'ENOTDIR' || code === 'EEXIST') {
    return new PulseError(
      'STORAGE_READ_ONLY',
      `${file} cannot be opened or made: is its folder there, and writable?`,
      {},
      error,
    );
  }
  return new PulseError('STORAGE_FAILED', `${file} failed: ${(error as Error).message}`, {}, error);
}

/** Whether the disk has failed in a way after which what was written is unknown: fsync must not be tried again. */
export function isFatal(error: unknown): boolean {
  const code = extendedCode(error);
  return primaryCode(error) === sqliteIoError && code !== sqliteIndexCannotGrow && !failedReads.includes(code);
}

/** Whether a read failed, or SQLite takes the file for damaged, as it mostly does then: the same may work a second time. */
export function mayBeMisread(error: unknown): boolean {
  const primary = primaryCode(error instanceof PulseError ? error.cause : error);
  return primary === sqliteCorrupt || primary === sqliteNotADatabase || isFailedRead(error);
}

export function isFailedRead(error: unknown): boolean {
  return failedReads.includes(extendedCode(error instanceof PulseError ? error.cause : error));
}

/** Whether the disk is full. */
export function isFull(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const isFullToSqlite = primaryCode(error) === sqliteFull || extendedCode(error) === sqliteIndexCannotGrow;
  return isFullToSqlite || code === 'ENOSPC' || code === 'EDQUOT';
}

/** Whether another process or connection has the file locked. */
export function isBusy(error: unknown): boolean {
  return primaryCode(error) === sqliteBusy;
}

function primaryCode(error: unknown): number | undefined {
  const extended = extendedCode(error);
  return extended === undefined ? undefined : extended & 0xff;
}

function extendedCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : undefined;
}
