// Files of every version of the store, written by that version's own code: each is opened with all that is in it.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { programOf } from '../../scripts/system-packages.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { fileVersion } from '../../src/store/sqlite/tables.ts';
import { batchOf } from '../support/batches.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { seedOfRun } from '../support/random.ts';
import { repeats } from '../support/repeats.ts';
import { type TempFolder, tempFolder } from '../support/temp-folder.ts';
import { mountTmpfs } from '../support/tmpfs.ts';
import { batches, listOf, pointsOf, writtenAt } from './files/write.ts';
import { readAll } from './reading.ts';

const versions = Array.from({ length: fileVersion }, (_, i) => i + 1);
const files = path.resolve(import.meta.dirname, 'files');

let folder: TempFolder;
let file: string;
let warnings: string[];

beforeEach(() => {
  folder = tempFolder();
  file = path.join(folder.path, 'pulseql.db');
  warnings = [];
});

afterEach(() => folder.remove());

function listed(version: number): unknown {
  return JSON.parse(readFileSync(path.join(files, `version-${version}.json`), 'utf8'));
}

function copy(version: number): void {
  copyFileSync(path.join(files, `version-${version}.db`), file);
}

function versionOfFile(name: string): unknown {
  const db = new DatabaseSync(name, { readOnly: true });
  try {
    return db.prepare('PRAGMA user_version').get()?.['user_version'];
  } finally {
    db.close();
  }
}

function open() {
  const clock = new FakeClock(writtenAt);
  return openSqliteStore({ clock, file, onWarning: ({ message }) => warnings.push(message) });
}

/** Opens the file and compares all that it has with the list of its version. */
async function expectAllOf(version: number): Promise<void> {
  const storage = await open();
  try {
    const { log } = storage;
    expect(await listOf(storage, await readAll(log), version >= 2)).toEqual(listed(version));
    for (const batch of batches) {
      const points = pointsOf(batch);
      const id = `batch ${batch}`;
      expect(await log.append(batchOf(log, points, { id }))).toMatchObject({
        repeated: true,
        answer: `answer ${batch}`,
        count: points.length,
      });
      const byKey = await log.append(batchOf(log, points));
      expect([byKey.count, byKey.duplicates.length]).toEqual([0, points.length]);
    }
  } finally {
    await storage.close();
  }
}

const upgraded = (version: number) =>
  `pulseql.db was upgraded from format ${version} to ${fileVersion}: servers before this version cannot open it`;

test('there is a file of each version, the newest among them', () => {
  const remedy = 'write it with: node --no-warnings test/store/files/write.ts, run by the code of that version';
  for (const version of versions) {
    const kept = path.join(files, `version-${version}.db`);
    expect(existsSync(kept), remedy).toBe(true);
    expect(versionOfFile(kept)).toBe(version);
  }
});

describe('a file of version', () => {
  for (const version of versions) {
    test(`${version} is opened with all that is in it, and again afterwards`, async () => {
      copy(version);
      await expectAllOf(version);
      expect(versionOfFile(file)).toBe(fileVersion);
      expect(warnings).toEqual(version < fileVersion ? [upgraded(version)] : []);
      const storage = await open();
      const record = { kind: 'record', stream: 'alerts', key: 'new', at: writtenAt, body: {} } as const;
      const before = await storage.store.recordBounds('alerts');
      expect(await storage.store.commit(storage.ownership.lease(0), [record])).toEqual([before.newest + 1]);
      await storage.close();
      expect(warnings.length).toBe(version < fileVersion ? 1 : 0);
    });
  }
});

test('an upgrade that is killed at a write leaves a file that is opened with all that is in it', async ({ skip }) => {
  const opener = path.resolve(import.meta.dirname, '../support/open-once.ts');
  const traced = ['', '-wal', '-shm', '-mark', '-lock'].flatMap((suffix) => ['-P', `${file}${suffix}`]);
  const calls = 'pwrite64,fsync,fdatasync,ftruncate,unlink';
  // Not the same ones in every run.
  const step = repeats({ quick: 9, long: 1 });
  for (let write = 1 + (seedOfRun() % step); ; write += step) {
    rmSync(folder.path, { recursive: true });
    mkdirSync(folder.path);
    copy(1);
    const inject = ['-e', `trace=${calls}`, '-e', `inject=${calls}:signal=SIGKILL:when=${write}`];
    const child = spawnSync(
      programOf('strace'),
      ['-f', '-qqq', '-o', '/dev/null', ...traced, ...inject, process.execPath, '--no-warnings', opener, file],
      { encoding: 'utf8' },
    );
    if (child.stderr.includes('ptrace')) skip('this machine does not let us trace');
    await expectAllOf(1).catch((error) => {
      throw new Error(`killed at write ${write}: ${error.message}`, { cause: error });
    });
    if (child.stdout.trim() === 'opened') {
      expect(write).toBeGreaterThan(10);
      return;
    }
  }
}, 240_000);

test('an upgrade for which the disk has no room is refused before anything is written', async ({ skip }) => {
  const mounted = mountTmpfs(folder.path, 'size=2m');
  if (mounted === undefined) skip('this machine does not let us mount a small disk');
  try {
    copy(1);
    const before = readFileSync(file);
    const { bavail, bsize } = statfsSync(folder.path);
    const ballast = path.join(folder.path, 'ballast');
    writeFileSync(ballast, Buffer.alloc(bavail * bsize - 500_000, 1));
    await expect(open()).rejects.toMatchObject({
      code: 'STORAGE_FULL',
      message: expect.stringContaining('upgrading it from format 1'),
    });
    expect(readFileSync(file)).toEqual(before);
    rmSync(ballast);
    await expectAllOf(1);
  } finally {
    mounted?.unmount();
  }
});
