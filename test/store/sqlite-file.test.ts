// The store's file: who may open it, what it refuses, and how it is kept small.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { programOf } from '../../scripts/system-packages.ts';
import type { PointInput } from '../../src/points/point.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { bytesPerBlock, type Storage } from '../../src/store/store.ts';
import { batchOf, somePoint, somePoints } from '../support/batches.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { openInProcess } from '../support/in-process-store.ts';
import { noiseFrom } from '../support/random.ts';
import { type TempFolder, tempFolder } from '../support/temp-folder.ts';
import { mountTmpfs } from '../support/tmpfs.ts';
import { assertSame, readAll, request } from './reading.ts';
import { Recorder } from './recorder.ts';

let folder: TempFolder;
let file: string;
let clock: FakeClock;
let warnings: string[];
let opened: Storage[];

beforeEach(() => {
  folder = tempFolder();
  file = path.join(folder.path, 'pulseql.db');
  clock = new FakeClock();
  warnings = [];
  opened = [];
});

afterEach(async () => {
  for (const storage of opened) await storage.close();
  folder.remove();
});

async function open(at = file): Promise<Storage> {
  const storage = await openSqliteStore({ clock, file: at, onWarning: ({ message }) => warnings.push(message) });
  opened.push(storage);
  return storage;
}

function query(sql: string): Record<string, unknown> {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    return db.prepare(sql).get() ?? {};
  } finally {
    db.close();
  }
}

/** Changes the file of a store that is closed. */
function tamper(sql: string): void {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}

async function until(isTrue: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 1000; i += 1) {
    if (isTrue()) return;
    await sleep(20);
  }
  throw new Error(`${what} takes more than 20 s`);
}

async function storeWith(points: number): Promise<Recorder> {
  const storage = await open();
  const recorder = new Recorder(storage.log);
  await recorder.append(somePoints(points));
  return recorder;
}

const noise = noiseFrom(1);

/** 500 points of a megabyte that does not compress. */
function noisyPoints(): PointInput[] {
  return somePoints(500).map((point) => ({ ...point, data: { noise: noise(2000) } }));
}

test('small neighbours are joined in the background, which no reader notices', async () => {
  const storage = await open();
  const recorder = new Recorder(storage.log);
  for (let n = 0; n < 1200; n += 1) {
    if (n % 100 === 0) clock.pass(1);
    await recorder.append([somePoint(n, `service ${n % 3}`)]);
    if (n % 200 === 199) assertSame(await readAll(storage.log, { limit: 97 }), recorder.points);
  }
  const rows = () => Number(query('SELECT count(*) AS n FROM block')['n']);
  // Two whole ones, and what may still be joined with what comes.
  await until(() => rows() === 202, 'joining');
  assertSame(await readAll(storage.log), recorder.points);
  assertSame(await readAll(storage.log, { direction: 'backward', limit: 7 }), recorder.points.toReversed());
  const second = storage.log.series.numbers('orders', 'service 1');
  const ofSecond = recorder.points.filter(({ serviceId }) => serviceId === 'service 1');
  assertSame(await readAll(storage.log, { series: second }), ofSecond);
  await storage.close();
  const again = await open();
  assertSame(await readAll(again.log), recorder.points);
  expect(rows()).toBe(202);
  expect(warnings).toEqual([]);
});

test('neighbours with long lines are joined only as far as a block may grow', async () => {
  const storage = await open();
  const recorder = new Recorder(storage.log);
  const text = 'x'.repeat(300_000);
  for (let n = 0; n < 30; n += 1) await recorder.append([{ ...somePoint(n), data: { n, text } }]);
  await until(() => Number(query('SELECT count(*) AS n FROM block WHERE parts IS NOT NULL')['n']) === 2, 'joining');
  const { largest } = query('SELECT max(bytes) AS largest FROM block');
  expect(largest).toBeGreaterThan(bytesPerBlock / 2);
  expect(largest).toBeLessThanOrEqual(bytesPerBlock);
  assertSame(await readAll(storage.log, { limit: 9 }), recorder.points);
});

test('the file shrinks after a trim, while the store is open', async () => {
  const storage = await open();
  const { log } = storage;
  for (let i = 0; i < 32; i += 1) await log.append(batchOf(log, noisyPoints()));
  clock.pass(1);
  await log.append(batchOf(log, somePoints(1)));
  const full = statSync(file).size;
  expect(full).toBeGreaterThan(16_000_000);
  expect(await log.trim(clock.now())).toEqual({ points: 16_000 });
  await until(() => statSync(file).size < 9_000_000, 'giving space back');
  expect((await readAll(log)).length).toBe(1);
  await storage.close();
  expect(statSync(file).size).toBeLessThan(1_000_000);
  expect(existsSync(`${file}-wal`)).toBe(false);
});

test('a second opener is told that the store is in use, and the first one goes on', async () => {
  const { log, points } = await storeWith(3);
  await expect(open()).rejects.toMatchObject({ code: 'STORAGE_IN_USE' });
  const child = path.resolve(import.meta.dirname, '../support/open-once.ts');
  const run = () => spawnSync(process.execPath, ['--no-warnings', child, file], { encoding: 'utf8' }).stdout.trim();
  expect(run()).toBe('STORAGE_IN_USE');
  expect((await log.append(batchOf(log, somePoints(2)))).first).toBe(4);
  expect((await readAll(log)).length).toBe(points.length + 2);
  await opened[0]?.close();
  expect(run()).toBe('opened');
});

test('what stands in the lock file does not matter: one process opens the store, and no second one', async () => {
  const { points } = await storeWith(3);
  await opened[0]?.close();
  for (const content of ['garbage\n'.repeat(1000), readFileSync(file), Buffer.alloc(4096)]) {
    writeFileSync(`${file}-lock`, content);
    const storage = await open();
    assertSame(await readAll(storage.log), points);
    const child = path.resolve(import.meta.dirname, '../support/open-once.ts');
    const run = () => spawnSync(process.execPath, ['--no-warnings', child, file], { encoding: 'utf8' }).stdout.trim();
    expect(run()).toBe('STORAGE_IN_USE');
    // By another process: closing the file in this one would give the lock up.
    expect(spawnSync('sh', ['-c', 'echo garbage > "$0"', `${file}-lock`]).status).toBe(0);
    expect(run()).toBe('STORAGE_IN_USE');
    await storage.close();
  }
});

test('each folder that is made for the store is synced into the one above it', ({ skip }) => {
  const at = path.join(folder.path, 'a', 'b', 'c', 'pulseql.db');
  const child = path.resolve(import.meta.dirname, '../support/open-once.ts');
  const trace = ['-f', '-y', '-qqq', '-e', 'trace=fsync', '-e', 'signal=none'];
  const { stdout, stderr } = spawnSync(programOf('strace'), [...trace, process.execPath, '--no-warnings', child, at], {
    encoding: 'utf8',
  });
  if (stdout === '' && stderr.includes('ptrace')) skip('this machine does not let us trace');
  expect(stdout.trim()).toBe('opened');
  for (const made of ['', '/a', '/a/b']) expect(stderr).toContain(`<${folder.path}${made}>) = 0`);
});

test('a file of a newer version is refused, and left as it is', async () => {
  await storeWith(3);
  await opened[0]?.close();
  tamper('PRAGMA user_version = 3');
  const before = readFileSync(file);
  await expect(open()).rejects.toMatchObject({ code: 'STORAGE_TOO_NEW', message: expect.stringContaining('format 3') });
  expect(readFileSync(file)).toEqual(before);
});

test('a file of another program is refused, and left as it is', async () => {
  tamper('CREATE TABLE notes (text)');
  const database = readFileSync(file);
  await expect(open()).rejects.toMatchObject({
    code: 'STORAGE_DAMAGED',
    message: expect.stringContaining('is no PulseQL store'),
  });
  expect(readFileSync(file)).toEqual(database);
  const text = Buffer.from('entityType,serviceId\n'.repeat(100));
  writeFileSync(file, text);
  await expect(open()).rejects.toMatchObject({ code: 'STORAGE_DAMAGED', message: expect.stringContaining(file) });
  expect(readFileSync(file)).toEqual(text);
});

test('a store that is gone is not begun anew in silence', async () => {
  await storeWith(3);
  await opened[0]?.close();
  const copy = readFileSync(file);
  for (const lose of [() => rmSync(file), () => writeFileSync(file, '')]) {
    lose();
    await expect(open()).rejects.toMatchObject({
      code: 'STORAGE_DAMAGED',
      message: expect.stringContaining('3 points had been acknowledged'),
    });
    writeFileSync(file, copy);
  }
  rmSync(file);
  rmSync(`${file}-mark`);
  expect((await open()).log.head(0)).toBe(0);
});

test('a missing or changed row is named when the file is opened', async () => {
  const storage = await open();
  const { log, store, ownership } = storage;
  for (let i = 0; i < 3; i += 1) await log.append(batchOf(log, [{ ...somePoint(i), key: `k${i}` }], { id: `b${i}` }));
  await store.put('dashboard', 'd', null, { title: 'a' });
  await store.commit(ownership.lease(0), [
    { kind: 'outbox-put', id: 'o', due: 1, attempts: 0, body: '' },
    { kind: 'record', stream: 'alerts', key: 'k', at: 1, body: {} },
  ]);
  await storage.close();
  const copy = readFileSync(file);
  const found: Record<string, string> = {
    'DELETE FROM block WHERE place = 2': 'block 2 to 2 of partition 0',
    'DELETE FROM block WHERE place = 3': 'offset 3 on, are gone',
    'UPDATE block SET count = 2 WHERE place = 1': 'block 3 to 3 of partition 0',
    'UPDATE block SET body = zeroblob(length(body)) WHERE place = 3': 'block 3 to 3 of partition 0',
    "UPDATE document SET body = '{}'": 'row "d" of table document',
    'DELETE FROM document': 'table document is damaged',
    'UPDATE outbox SET due = 2': 'row "o" of table outbox',
    'DELETE FROM outbox': 'table outbox is damaged',
    "UPDATE record SET body = '1'": 'row "1" of table record',
    'DELETE FROM record': 'table record is damaged',
    'UPDATE record_bounds SET newest = 7': 'row "alerts" of table record_bounds',
    "UPDATE batch SET digest = 'x' WHERE id = 'b1'": 'row "b1" of table batch',
    "DELETE FROM batch WHERE id = 'b0'": 'table batch is damaged',
    'UPDATE point_key SET at = at + 1': 'table point_key',
    "UPDATE series SET service_id = 'x'": 'row "1" of table series',
    "UPDATE meta SET value = '2' WHERE key = 'floor'": 'row "floor" of table meta',
    "DELETE FROM seal WHERE name = 'batch'": 'table batch is damaged',
    "DELETE FROM seal WHERE name = 'commits'": 'documents, states and keys are gone',
    'DROP TABLE outbox': file,
  };
  for (const [sql, message] of Object.entries(found)) {
    tamper(sql);
    expect(() => openInProcess({ clock, file, onWarning: () => undefined }), sql).toThrow(
      expect.objectContaining({
        code: expect.stringMatching(/^STORAGE_(DAMAGED|FAILED)$/),
        message: expect.stringContaining(message),
      }),
    );
    for (const suffix of ['-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
    writeFileSync(file, copy);
  }
  expect((await open()).log.head(0)).toBe(3);
});

test('a damaged block is named by who reads it, and what does not touch it goes on', async () => {
  const { log } = await storeWith(1200);
  await opened[0]?.close();
  tamper('UPDATE block SET body = zeroblob(length(body)) WHERE place = 501');
  const { log: again } = await open();
  const damaged = { code: 'STORAGE_DAMAGED', message: expect.stringContaining('block 501 to 1000 of partition 0') };
  await expect(again.read(request(again))).rejects.toMatchObject(damaged);
  await expect(again.read(request(again, { direction: 'backward' }))).rejects.toMatchObject(damaged);
  expect((await again.read(request(again, { upTo: 500 }))).points.length).toBe(500);
  expect((await again.append(batchOf(again, somePoints(2)))).first).toBe(1201);
  expect((await again.read(request(again, { after: 1000 }))).points.length).toBe(202);
  expect(log.id).toBe(again.id);
});

test('a damaged page fails the reads that need it, and the store goes on', async () => {
  const { log } = await storeWith(500);
  await log.append(batchOf(log, noisyPoints()));
  await log.append(batchOf(log, somePoints(1)));
  await opened[0]?.close();
  const bytes = readFileSync(file);
  // Most pages are those in which the second block's body goes on: each begins with the number of the next.
  bytes.fill(0x77, Math.floor(bytes.length / 8192) * 4096, Math.floor(bytes.length / 8192) * 4096 + 4);
  writeFileSync(file, bytes);
  const { log: again, store } = await open();
  for (let i = 0; i < 2; i += 1) await expect(readAll(again)).rejects.toMatchObject({ code: 'STORAGE_DAMAGED' });
  expect((await readAll(again, { upTo: 500 })).length).toBe(500);
  expect(await store.outbox(9, 9)).toEqual([]);
  expect(warnings).toEqual([]);
});

test('a damaged block does not keep the oldest ones from going', async () => {
  const { log } = await storeWith(1000);
  for (let i = 0; i < 2; i += 1) {
    clock.pass(1000);
    await log.append(batchOf(log, somePoints(500)));
  }
  await opened[0]?.close();
  tamper('UPDATE block SET at = at + 1 WHERE place < 1000');
  const { log: again } = await open();
  await expect(readAll(again)).rejects.toMatchObject({ message: expect.stringContaining('block 1 to 500') });
  expect(await again.trim(clock.now() - 1000)).toEqual({ points: 0 });
  // As old as the next block that can be believed.
  expect(await again.trim(clock.now())).toEqual({ points: 1500 });
  expect((await readAll(again)).length).toBe(500);
});

test('damaged saved states are dropped with a warning, and everything else is there', async () => {
  const storage = await open();
  const state = { name: 'windows', partition: 0, offset: 1, epoch: 1, format: 1, bytes: new Uint8Array([1, 2]) };
  await storage.log.append(batchOf(storage.log, somePoints(3)));
  await storage.store.commit(storage.ownership.lease(0), [{ kind: 'state', ...state }]);
  await storage.close();
  tamper("UPDATE state SET bytes = x'0103'");
  const { store, log, ownership } = await open();
  expect(warnings).toEqual([expect.stringContaining('row "windows" of table state is damaged')]);
  expect(await store.loadState('windows')).toBeUndefined();
  expect(log.head(0)).toBe(3);
  await store.commit(ownership.lease(0), [{ kind: 'state', ...state, offset: 3 }]);
  await opened[1]?.close();
  expect((await (await open()).store.loadState('windows'))?.offset).toBe(3);
  expect(warnings.length).toBe(1);
});

test('a request that cannot be carried out fails alone', async () => {
  const storage = await open();
  const { log } = storage;
  const bad = batchOf(log, [somePoint(0, 'new with the bad one'), somePoint(1)]);
  const appends = [
    log.append(batchOf(log, somePoints(2))),
    log.append({ ...bad, lines: Buffer.from('{}') }),
    log.append(batchOf(log, [somePoint(2, 'new with the bad one')])),
  ];
  const results = await Promise.allSettled(appends);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(results[1]).toMatchObject({
    reason: { code: 'STORAGE_FAILED', message: expect.stringContaining('lines were expected') },
  });
  expect(log.head(0)).toBe(3);
  await expect(storage.store.put('dashboard', 'd', null, () => undefined)).rejects.toThrow('could not be cloned');
  await storage.close();
  const again = await open();
  const services = (await readAll(again.log)).map(({ serviceId, series }) => [
    serviceId,
    again.log.series.nameOf(series).serviceId,
  ]);
  expect(services).toEqual([
    ['web', 'web'],
    ['web', 'web'],
    ['new with the bad one', 'new with the bad one'],
  ]);
});

test('a folder that cannot be written is named as read-only', async ({ skip }) => {
  const mounted = mountTmpfs(folder.path, 'size=8m');
  if (mounted === undefined) {
    if (process.getuid?.() === 0) skip('this machine lets nobody mount, and root may write everywhere');
    chmodSync(folder.path, 0o500);
  }
  try {
    mounted?.remount('ro');
    await expect(open()).rejects.toMatchObject({ code: 'STORAGE_READ_ONLY' });
    await expect(open(path.join(folder.path, 'new', 'pulseql.db'))).rejects.toMatchObject({
      code: 'STORAGE_READ_ONLY',
    });
    mounted?.remount('rw');
    if (mounted === undefined) return;
    await storeWith(3);
    await opened[0]?.close();
    mounted.remount('ro');
    await expect(open()).rejects.toMatchObject({ code: 'STORAGE_READ_ONLY', message: expect.stringContaining(file) });
  } finally {
    mounted?.unmount();
    chmodSync(folder.path, 0o700);
  }
});
