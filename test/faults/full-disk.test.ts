// A disk that is full: appends are refused whole, reads go on, and all works again once there is room.
import { readdirSync, readFileSync, rmSync, statfsSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { isPulseError } from '../../src/base/errors.ts';
import type { PointInput } from '../../src/points/point.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { PointBlock, Storage } from '../../src/store/store.ts';
import { assertSame, readAll, request } from '../store/reading.ts';
import { Recorder } from '../store/recorder.ts';
import { batchOf, somePoint, somePoints } from '../support/batches.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { noiseFrom } from '../support/random.ts';
import { type TempFolder, tempFolder } from '../support/temp-folder.ts';
import { type MountedFolder, mountTmpfs } from '../support/tmpfs.ts';

let folder: TempFolder;
let mounted: MountedFolder | undefined;
let opened: Storage[];
let warnings: string[];

beforeEach(() => {
  folder = tempFolder();
  mounted = mountTmpfs(folder.path, 'size=4m');
  opened = [];
  warnings = [];
});

afterEach(async () => {
  for (const storage of opened) await storage.close();
  mounted?.unmount();
  folder.remove();
});

async function open(clock: FakeClock): Promise<Storage> {
  const file = path.join(folder.path, 'pulseql.db');
  const storage = await openSqliteStore({ clock, file, onWarning: ({ message }) => warnings.push(message) });
  opened.push(storage);
  return storage;
}

/** Points that do not compress; each batch begins a series of its own. */
function largeBatches(): () => PointInput[] {
  const noise = noiseFrom(1);
  let batch = 0;
  return () => {
    batch += 1;
    return Array.from({ length: 60 }, (_, n) => ({
      ...somePoint(n, `service ${batch}`),
      data: { n, noise: noise(1000) },
    }));
  };
}

/** Takes all the room that is left, as another program would. */
function takeAllRoom(name: string): void {
  const { bavail, bsize } = statfsSync(folder.path);
  writeFileSync(path.join(folder.path, name), Buffer.alloc(bavail * bsize, 1));
}

/** What a kill would leave of the store, which works in the background: read until nothing has changed meanwhile. */
function filesOfOneMoment(): Map<string, Buffer> {
  let before: Map<string, Buffer> | undefined;
  for (;;) {
    const files = new Map<string, Buffer>();
    for (const name of readdirSync(folder.path).filter((each) => each.startsWith('pulseql.db'))) {
      try {
        files.set(name, readFileSync(path.join(folder.path, name)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    if (isDeepStrictEqual(files, before)) return files;
    before = files;
  }
}

/** Appends until the disk is full; gives what was refused. */
async function fill(recorder: Recorder, next: () => PointInput[]): Promise<PointInput[]> {
  for (;;) {
    const points = next();
    try {
      await recorder.append(points);
    } catch (error) {
      if (isPulseError(error, 'STORAGE_FULL')) return points;
      throw error;
    }
  }
}

test('on a full disk appends are refused whole, reads go on, and appends work again once there is room', async ({
  skip,
}) => {
  if (mounted === undefined) skip('this machine does not let us mount a small disk');
  const ballast = path.join(folder.path, 'ballast');
  writeFileSync(ballast, Buffer.alloc(1_500_000, 1));
  const clock = new FakeClock();
  const { log, store, ownership } = await open(clock);
  const blocks: PointBlock[] = [];
  log.onBlock((block) => blocks.push(block));
  const recorder = new Recorder(log);
  const next = largeBatches();
  const refused = await fill(recorder, next);
  const acknowledged = recorder.points.length;
  expect(acknowledged).toBeGreaterThan(60);
  // Again and together with others: each is refused, and none leaves a trace.
  const id = { id: 'refused' };
  const all = await Promise.allSettled([
    log.append(batchOf(log, refused, id)),
    log.append(batchOf(log, next())),
    store.commit(ownership.lease(0), [
      { kind: 'outbox-put', id: 'large', due: 1, attempts: 0, body: 'x'.repeat(200_000) },
    ]),
  ]);
  for (const result of all) {
    const message = 'the disk of pulseql.db is full: nothing of this was stored; make room';
    expect(result).toMatchObject({ reason: { code: 'STORAGE_FULL', message } });
    // The log shows the cause, too.
    expect((result as { reason: Error }).reason.cause).toMatchObject({ stack: expect.stringContaining(folder.path) });
  }
  expect(log.head(0)).toBe(acknowledged);
  assertSame(await readAll(log), recorder.points);
  assertSame(await readAll(log, { direction: 'backward' }), recorder.points.toReversed());
  expect(blocks.flatMap(({ points }) => points).length).toBe(acknowledged);
  rmSync(ballast);
  expect(await recorder.append(refused, id)).toMatchObject({ first: acknowledged + 1, repeated: false });
  await recorder.append([somePoint(1, 'service 1'), somePoint(2, 'a new one')]);
  expect(await store.outbox(9, 9)).toEqual([]);
  assertSame(await readAll(log), recorder.points);
  // Closing moves what the write-ahead log has into the file: for a while both hold it.
  mounted?.remount('size=16m');
  await opened[0]?.close();
  const again = await open(clock);
  assertSame(await readAll(again.log), recorder.points);
  for (const { series, entityType, serviceId } of recorder.points) {
    expect(again.log.series.nameOf(series)).toEqual({ entityType, serviceId });
  }
  expect(warnings.filter((warning) => !warning.includes('-reserve has'))).toEqual([
    expect.stringContaining('is full: nothing of this was stored'),
  ]);
});

test('on a full disk retention still deletes points, and appends work again in the room of what it deleted', async ({
  skip,
}) => {
  if (mounted === undefined) skip('this machine does not let us mount a small disk');
  const clock = new FakeClock();
  const storage = await open(clock);
  const { log } = storage;
  const recorder = new Recorder(log);
  const next = largeBatches();
  for (let round = 1; round <= 4; round += 1) {
    clock.setNow(clock.now() + 1000);
    const from = clock.now();
    await fill(recorder, next);
    expect(storage.health()).toMatchObject({ ok: false, code: 'STORAGE_FULL' });
    // What the round before has left; in the first round everything.
    const newest = recorder.points.at(-1)?.offset ?? 0;
    const { points } = await log.trim(from);
    clock.setNow(clock.now() + 1000);
    const deleted = points > 0 ? points : (await log.trim(clock.now())).points;
    expect(deleted).toBeGreaterThan(0);
    await vi.waitFor(() => expect(storage.health()).toEqual({ ok: true }), { timeout: 20_000, interval: 50 });
    expect((await recorder.append(next())).first).toBe(newest + 1);
    const left = recorder.points.filter(({ offset }) => offset >= log.floor(0));
    assertSame(await readAll(log), left);
  }
});

test('on a full disk the store is opened again: reads answer, appends are refused until there is room', async ({
  skip,
}) => {
  if (mounted === undefined) skip('this machine does not let us mount a small disk');
  const clock = new FakeClock();
  const first = await open(clock);
  const recorder = new Recorder(first.log);
  const next = largeBatches();
  await fill(recorder, next);
  await first.close();
  // Another program takes all that is left, whenever it can.
  takeAllRoom('ballast 1');
  for (let start = 1; start <= 2; start += 1) {
    const storage = await open(clock);
    expect(storage.health()).toMatchObject({ ok: false, code: 'STORAGE_FULL' });
    assertSame(await readAll(storage.log), recorder.points);
    await expect(storage.log.append(batchOf(storage.log, next()))).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    takeAllRoom(`ballast 2 ${start}`);
    await storage.close();
    takeAllRoom(`ballast 3 ${start}`);
  }
  const storage = await open(clock);
  // Too little for appends, and enough to delete points.
  const ballast = path.join(folder.path, 'ballast 1');
  truncateSync(ballast, statSync(ballast).size - 200_000);
  await expect(storage.log.append(batchOf(storage.log, next()))).rejects.toMatchObject({ code: 'STORAGE_FULL' });
  clock.setNow(clock.now() + 1000);
  expect((await storage.log.trim(clock.now())).points).toBe(recorder.points.length);
  await vi.waitFor(() => expect(storage.health()).toEqual({ ok: true }), { timeout: 20_000, interval: 50 });
  const points = next();
  const appended = await storage.log.append(batchOf(storage.log, points));
  expect(appended.first).toBe(recorder.points.length + 1);
  await storage.close();
  expect((await readAll((await open(clock)).log)).length).toBe(points.length);
});

test('a store that is killed on a full disk is opened again, and reads answer', async ({ skip }) => {
  if (mounted === undefined) skip('this machine does not let us mount a small disk');
  const clock = new FakeClock();
  const { log } = await open(clock);
  const recorder = new Recorder(log);
  await fill(recorder, largeBatches());
  // What a killed process leaves behind, on a disk as full.
  const left = filesOfOneMoment();
  await opened[0]?.close();
  for (const name of readdirSync(folder.path)) rmSync(path.join(folder.path, name));
  for (const [name, bytes] of left) writeFileSync(path.join(folder.path, name), bytes);
  takeAllRoom('ballast');
  const again = await open(clock);
  assertSame(await readAll(again.log), recorder.points);
  expect(again.health()).toMatchObject({ ok: false, code: 'STORAGE_FULL' });
});

test('the reserve is really allocated, and the write-ahead log stays small on a small disk', async ({ skip }) => {
  if (mounted === undefined) skip('this machine does not let us mount a small disk');
  mounted?.remount('size=100m');
  const { log } = await open(new FakeClock());
  const reserve = statSync(path.join(folder.path, 'pulseql.db-reserve'));
  expect([reserve.size, reserve.blocks * 512]).toEqual([8 * 1024 * 1024, 8 * 1024 * 1024]);
  expect(warnings).toEqual([]);
  const next = largeBatches();
  let largest = 0;
  for (let i = 0; i < 400; i += 1) {
    await log.append(batchOf(log, next()));
    largest = Math.max(largest, statSync(path.join(folder.path, 'pulseql.db-wal')).size);
  }
  // 4 MiB and a commit.
  expect(largest).toBeLessThan(5 * 1024 * 1024);
  expect(largest).toBeGreaterThan(2 * 1024 * 1024);
});

test('on a very small disk there is less of a reserve, or none, with a warning', async ({ skip }) => {
  if (mounted === undefined) skip('this machine does not let us mount a small disk');
  await open(new FakeClock());
  expect(warnings).toEqual([
    expect.stringMatching(/^the disk is small or nearly full: pulseql.db-reserve has \d{6} bytes/),
  ]);
  await opened[0]?.close();
  for (const name of readdirSync(folder.path)) rmSync(path.join(folder.path, name));
  mounted?.remount('size=800k');
  warnings = [];
  await open(new FakeClock());
  expect(warnings).toEqual([expect.stringContaining('pulseql.db-reserve has 0 bytes')]);
});

test('while the disk is full the store is not healthy, and it is again once there is room, without an append', async ({
  skip,
}) => {
  if (mounted === undefined) skip('this machine does not let us mount a small disk');
  const ballast = path.join(folder.path, 'ballast');
  writeFileSync(ballast, Buffer.alloc(2_000_000, 1));
  const storage = await open(new FakeClock());
  expect(storage.health()).toEqual({ ok: true });
  await fill(new Recorder(storage.log), largeBatches());
  expect(storage.health()).toMatchObject({ ok: false, code: 'STORAGE_FULL' });
  rmSync(ballast);
  await vi.waitFor(() => expect(storage.health()).toEqual({ ok: true }), { timeout: 20_000 });
  await storage.close();
  expect(storage.health()).toMatchObject({ ok: false, code: 'STOPPED' });
});

test('a store that is closed on a full disk has everything acknowledged when it is opened with room', async ({
  skip,
}) => {
  if (mounted === undefined) skip('this machine does not let us mount a small disk');
  const clock = new FakeClock();
  const { log } = await open(clock);
  const recorder = new Recorder(log);
  await fill(recorder, largeBatches());
  await opened[0]?.close();
  mounted?.remount('size=16m');
  const again = await open(clock);
  assertSame(await readAll(again.log), recorder.points);
  expect((await again.log.append(batchOf(again.log, somePoints(3)))).first).toBe(recorder.points.length + 1);
});

test('on a full disk nothing is begun: the store says so when it is opened', async ({ skip }) => {
  if (mounted === undefined) skip('this machine does not let us mount a small disk');
  const filling = path.join(folder.path, 'filling');
  takeAllRoom('filling');
  await expect(open(new FakeClock())).rejects.toMatchObject({ code: 'STORAGE_FULL' });
  rmSync(filling);
  const { log } = await open(new FakeClock());
  await log.append(batchOf(log, somePoints(1)));
  expect((await log.read(request(log))).points.length).toBe(1);
});
