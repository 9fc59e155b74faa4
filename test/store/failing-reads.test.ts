// Reads that fail: what cannot be read at the moment is not called damaged.
import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { programOf } from '../../scripts/system-packages.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { batchOf, somePoints } from '../support/batches.ts';
import { FakeClock } from '../support/fake-clock.ts';
import type { Found } from '../support/read-once.ts';
import { repeats } from '../support/repeats.ts';
import { type TempFolder, tempFolder } from '../support/temp-folder.ts';
import { type MountedFolder, mountTmpfs } from '../support/tmpfs.ts';

const script = path.resolve(import.meta.dirname, '../support/read-once.ts');
const stateBytes = 300_000;

let folder: TempFolder;
let whole: string;

beforeAll(async () => {
  folder = tempFolder();
  whole = path.join(folder.path, 'whole');
  const { log, store, ownership, close } = await openSqliteStore({
    clock: new FakeClock(),
    file: path.join(whole, 'pulseql.db'),
    onWarning: (error) => expect.fail(error.message),
  });
  for (let i = 0; i < 10; i += 1) await log.append(batchOf(log, somePoints(500)));
  const bytes = new Uint8Array(stateBytes).fill(7);
  const state = { kind: 'state', name: 'windows', partition: 0, offset: 1, epoch: 1, format: 1, bytes } as const;
  await store.commit(ownership.lease(0), [state]);
  await close();
});

afterAll(() => folder.remove());

/**
 * Reads a copy while the given reads of its file, or of another one beside it, fail, as strace counts them: "5" the fifth,
 * "5+" from the fifth on.
 */
function readWith(failing: string, suffix = '', parent = folder.path): Found | 'untraceable' {
  const copy = path.join(parent, `copy ${failing}${suffix}`);
  cpSync(whole, copy, { recursive: true });
  const file = path.join(copy, 'pulseql.db');
  const trace = ['-f', '-qqq', '-o', '/dev/null', '-P', `${file}${suffix}`, '-e', 'trace=pread64'];
  const inject = ['-e', `inject=pread64:error=EIO:when=${failing}`];
  const child = spawnSync(programOf('strace'), [...trace, ...inject, process.execPath, '--no-warnings', script, file], {
    encoding: 'utf8',
  });
  if (child.stdout === '' && child.stderr.includes('ptrace')) return 'untraceable';
  return JSON.parse(child.stdout) as Found;
}

describe('a read that fails once', () => {
  for (const number of [1, 6, 130, 2, 11, 40, 90].slice(0, repeats({ quick: 3, long: 7 }))) {
    test(`as number ${number} loses nothing and warns of no damage`, ({ skip }) => {
      const found = readWith(String(number));
      if (found === 'untraceable') skip('this machine does not let us trace');
      expect(found).toEqual({ points: 5000, state: stateBytes, warnings: [] });
    });
  }
});

describe('reads that fail from some moment on', () => {
  for (const number of [1, 20, 3, 100].slice(0, repeats({ quick: 2, long: 4 }))) {
    test(`from number ${number} on are a failed disk, not a damaged file`, ({ skip }) => {
      const found = readWith(`${number}+`);
      if (found === 'untraceable') skip('this machine does not let us trace');
      expect(JSON.stringify(found)).not.toMatch(/damaged|backup/i);
      expect(found).not.toMatchObject({ points: 5000, state: stateBytes });
    });
  }
});

// The write-ahead log is read while its content is moved to the file, when the store is closed.
describe('a read of the write-ahead log that fails', () => {
  for (const number of [1, 2]) {
    test(`once, as number ${number}, warns of no damage`, ({ skip }) => {
      const found = readWith(String(number), '-wal');
      if (found === 'untraceable') skip('this machine does not let us trace');
      expect(found).toEqual({ points: 5000, state: stateBytes, warnings: [] });
    });

    test(`and all behind it, from number ${number} on, are a failed disk, not a damaged file`, ({ skip }) => {
      const found = readWith(`${number}+`, '-wal');
      if (found === 'untraceable') skip('this machine does not let us trace');
      expect(JSON.stringify(found)).not.toMatch(/damaged|backup/i);
      expect(found).not.toMatchObject({ warnings: [] });
    });
  }
});

// There the write-ahead log is emptied when the store is opened.
describe('a read of the write-ahead log that fails on a small disk', () => {
  let disk: TempFolder;
  let mounted: MountedFolder | undefined;

  beforeEach(() => {
    disk = tempFolder();
    mounted = mountTmpfs(disk.path, 'size=64m');
  });

  afterEach(() => {
    mounted?.unmount();
    disk.remove();
  });

  test('once does not keep the store from being opened', ({ skip }) => {
    if (mounted === undefined) skip('this machine does not let us mount');
    const found = readWith('1', '-wal', disk.path);
    if (found === 'untraceable') skip('this machine does not let us trace');
    expect(found).toEqual({ points: 5000, state: stateBytes, warnings: [] });
  });

  test('with all behind it is an error of the opening, not the end of a thread', ({ skip }) => {
    if (mounted === undefined) skip('this machine does not let us mount');
    const found = readWith('1+', '-wal', disk.path);
    if (found === 'untraceable') skip('this machine does not let us trace');
    expect(found).toEqual({ code: 'STORAGE_FAILED', warnings: [] });
  });
});
