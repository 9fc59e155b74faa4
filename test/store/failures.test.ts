// What a client is told of a failure of the store: everything but where its folder lies.
import { expect, test } from 'vitest';
import { PulseError } from '../../src/base/errors.ts';
import { clientFailureOf, errorOf, withoutFolder } from '../../src/store/sqlite/failures.ts';

const file = '/srv/data/pulseql.db';

test('files appear by their base names, and the cause, which is logged, has the whole path', () => {
  const failed = new PulseError('STORAGE_FAILED', `${file} failed: cannot open ${file}-wal`);
  const shown = errorOf(clientFailureOf(failed, file));
  expect(shown.message).toBe('pulseql.db failed: cannot open pulseql.db-wal');
  expect(shown.code).toBe('STORAGE_FAILED');
  expect((shown.cause as Error).stack).toContain(`of ${file}`);
});

test('errors of the system, and the folder itself, are shown without the path', () => {
  const message = "EACCES: permission denied, stat '/srv/data/pulseql.db'";
  expect(clientFailureOf(new Error(message), file).message).toBe(
    "the store failed: EACCES: permission denied, stat 'pulseql.db'",
  );
  expect(withoutFolder("ENOENT: no such file or directory, statfs '/srv/data'", file)).toBe(
    "ENOENT: no such file or directory, statfs 'the data folder'",
  );
  expect(withoutFolder('/pulseql.db is full / empty', '/pulseql.db')).toBe('pulseql.db is full / empty');
});
