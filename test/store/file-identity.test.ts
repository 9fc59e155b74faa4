// Files that are removed or replaced while the store has them open: what would be lost is not acknowledged.
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Storage } from '../../src/store/store.ts';
import { batchOf, somePoints } from '../support/batches.ts';
import { type TempFolder, tempFolder } from '../support/temp-folder.ts';
import { readAll } from './reading.ts';
import { Recorder } from './recorder.ts';

const opener = path.resolve(import.meta.dirname, '../support/open-once.ts');

let folder: TempFolder;
let data: string;
let file: string;
let opened: Storage[];
let warnings: string[];
let child: ChildProcess | undefined;

beforeEach(() => {
  folder = tempFolder();
  data = path.join(folder.path, 'data');
  mkdirSync(data);
  file = path.join(data, 'pulseql.db');
  opened = [];
  warnings = [];
});

afterEach(async () => {
  child?.kill('SIGKILL');
  for (const storage of opened) await storage.close();
  folder.remove();
});

async function open(): Promise<Storage> {
  const onWarning = ({ message }: Error) => warnings.push(message);
  const storage = await openSqliteStore({ clock: systemClock, file, onWarning });
  opened.push(storage);
  return storage;
}

/** Appends until one is refused, at most for 20 s; gives the refusal. */
async function firstRefusal(recorder: Recorder): Promise<unknown> {
  for (const end = performance.now() + 20_000; performance.now() < end; ) {
    try {
      await recorder.append(somePoints(3));
    } catch (error) {
      return error;
    }
    await sleep(5);
  }
  throw new Error('every append of 20 s was acknowledged');
}

const losses: Record<string, { readonly lose: () => void; readonly says: string }> = {
  'the data folder is removed': { lose: () => rmSync(data, { recursive: true }), says: 'pulseql.db was removed' },
  'the data folder is moved': {
    lose: () => renameSync(data, `${data}-moved`),
    says: 'pulseql.db was removed or moved',
  },
  'the file is removed': { lose: () => rmSync(file), says: 'pulseql.db was removed' },
  'the file is replaced by a copy': {
    lose: () => {
      copyFileSync(file, `${file}-copy`);
      renameSync(`${file}-copy`, file);
    },
    says: 'pulseql.db was replaced by another file',
  },
  'the write-ahead log is removed': { lose: () => rmSync(`${file}-wal`), says: 'pulseql.db-wal was removed' },
  'the lock file is removed': { lose: () => rmSync(`${file}-lock`), says: 'pulseql.db-lock was removed' },
};

for (const [title, { lose, says }] of Object.entries(losses)) {
  test(`when ${title}, appends fail for good and the store is not healthy`, async () => {
    const storage = await open();
    const recorder = new Recorder(storage.log);
    await recorder.append(somePoints(3));
    lose();
    const failure = { code: 'STORAGE_FAILED', message: expect.stringContaining(says) };
    expect(await firstRefusal(recorder)).toMatchObject(failure);
    expect(storage.health()).toMatchObject({ ok: false, code: 'STORAGE_FAILED' });
    await expect(storage.log.append(batchOf(storage.log, somePoints(1)))).rejects.toMatchObject(failure);
    await expect(storage.store.put('setting', 'home', null, 1)).rejects.toMatchObject(failure);
    // Reads still answer, from the file that is open.
    expect((await readAll(storage.log)).length).toBe(recorder.points.length);
    expect(warnings).toEqual([expect.stringContaining(says)]);
  });
}

test('a store that is idle shows that its folder was removed, and the first append afterwards is refused', async () => {
  const storage = await open();
  await storage.log.append(batchOf(storage.log, somePoints(3)));
  rmSync(data, { recursive: true });
  await vi.waitFor(() => expect(storage.health()).toMatchObject({ ok: false, code: 'STORAGE_FAILED' }), 20_000);
  await expect(storage.log.append(batchOf(storage.log, somePoints(1)))).rejects.toMatchObject({
    code: 'STORAGE_FAILED',
  });
});

test('when the lock file is removed, a second process does not begin before the first one has stopped writing', async () => {
  const storage = await open();
  const recorder = new Recorder(storage.log);
  await recorder.append(somePoints(3), { id: 'first' });
  rmSync(`${file}-lock`);
  child = spawn(process.execPath, ['--no-warnings', opener, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  let hasFailed = false;
  let hadFailedWhenOpened: boolean | undefined;
  const output = text(child.stdout as NodeJS.ReadableStream).then((line) => {
    hadFailedWhenOpened = hasFailed;
    return line.trim();
  });
  expect(await firstRefusal(recorder)).toMatchObject({ code: 'STORAGE_FAILED' });
  hasFailed = true;
  expect(await output).toBe('opened');
  expect(hadFailedWhenOpened).toBe(true);
  await storage.close();
  const again = await open();
  expect((await readAll(again.log)).length).toBe(recorder.points.length);
  expect((await again.log.append(batchOf(again.log, somePoints(3), { id: 'first' }))).repeated).toBe(true);
});
