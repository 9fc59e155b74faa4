// What SQLite and the file system say, in the store's words.
import { expect, test } from 'vitest';
import { PulseError } from '../../src/base/errors.ts';
import { isFatal, storageError } from '../../src/store/sqlite/sqlite-errors.ts';

// https://www.sqlite.org/rescode.html, and errno names.
const cases = [
  [{ errcode: 13 }, 'STORAGE_FULL', false],
  [{ code: 'ENOSPC' }, 'STORAGE_FULL', false],
  [{ errcode: 4874 }, 'STORAGE_FULL', false],
  [{ errcode: 8 }, 'STORAGE_READ_ONLY', false],
  [{ errcode: 1032 }, 'STORAGE_READ_ONLY', false],
  [{ code: 'EROFS' }, 'STORAGE_READ_ONLY', false],
  [{ errcode: 14 }, 'STORAGE_READ_ONLY', false],
  [{ code: 'ENOENT' }, 'STORAGE_READ_ONLY', false],
  [{ errcode: 5 }, 'STORAGE_IN_USE', false],
  [{ errcode: 11 }, 'STORAGE_DAMAGED', false],
  [{ errcode: 779 }, 'STORAGE_DAMAGED', false],
  [{ errcode: 26 }, 'STORAGE_DAMAGED', false],
  [{ errcode: 10 }, 'STORAGE_FAILED', true],
  [{ errcode: 1034 }, 'STORAGE_FAILED', true],
  [{ errcode: 778 }, 'STORAGE_FAILED', true],
  [{ errcode: 266 }, 'STORAGE_FAILED', false],
  [{ errcode: 1 }, 'STORAGE_FAILED', false],
  [{}, 'STORAGE_FAILED', false],
] as const;

test('each failure has its code, names the file and keeps its cause', () => {
  for (const [parts, code, fatal] of cases) {
    const cause = Object.assign(new Error('what happened'), parts);
    const error = storageError(cause, '/data/pulseql.db');
    expect(error, JSON.stringify(parts)).toMatchObject({
      code,
      message: expect.stringContaining('/data/pulseql.db'),
      cause,
    });
    expect(isFatal(cause), JSON.stringify(parts)).toBe(fatal);
  }
});

test('an error that is ours already stays as it is', () => {
  const error = new PulseError('STORAGE_TOO_NEW', 'format 9');
  expect(storageError(error, 'file')).toBe(error);
});
