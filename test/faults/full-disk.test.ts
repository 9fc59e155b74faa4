// A disk that is full: appends are refused whole, reads go on, and all works again once there is room.
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { isPulseError } from '../../src/base/errors.ts';
import type { PointInput } from '../../src/points/point.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { PointBlock, Storage } from '../../src/store/store.ts';
import { assertSame, readAll, request } from '../store/reading.ts';
import { Recorder } from '../store/recorder.ts';
import { batchOf, somePoint, somePoints } from '../support/batches.ts';
import { FakeClock } from '../support/fake-clock.ts';
import '../support/quick-start.ts';
import { randomFrom } from '../support/random.ts';
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
  const random = randomFrom(1);
  const noise = () => Array.from({ length: 1000 }, () => String.fromCharCode(35 + Math.floor(random() * 90))).join('');
  let batch = 0;
  return () => {
    batch += 1;
    return Array.from({ length: 60 }, (_, n) => ({ ...somePoint(n, `service ${batch}`), data: { n, noise: noise() } }));
  };
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
  expect(warnings).toEqual([]);
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
  for (let size = 4 * 1024 * 1024; ; size -= 4096) {
    try {
      writeFileSync(filling, Buffer.alloc(size, 1));
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
  await expect(open(new FakeClock())).rejects.toMatchObject({ code: 'STORAGE_FULL' });
  rmSync(filling);
  const { log } = await open(new FakeClock());
  await log.append(batchOf(log, somePoints(1)));
  expect((await log.read(request(log))).points.length).toBe(1);
});
