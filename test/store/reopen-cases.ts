// Closing and opening again: what must still be there, and what must go on.
import assert from 'node:assert/strict';
import type { Storage, Versioned } from '../../src/store/store.ts';
import { batchOf, somePoint, somePoints } from '../support/batches.ts';
import { assertSame, readAll, request } from './reading.ts';
import { Recorder } from './recorder.ts';
import { type StoreCase, soon, type World } from './store-case.ts';

async function reopened(world: World, storage: Storage): Promise<Storage> {
  await storage.close();
  return world.open();
}

const logCases: StoreCase[] = [
  {
    title: 'after a restart every point is there, offsets and arrivals go on, and series keep their numbers',
    async run(world) {
      const before = await world.open();
      const recorder = new Recorder(before.log);
      for (const [i, size] of [3, 600, 1, 1, 1, 499, 20].entries()) {
        const keyed = { ...somePoint(i, `service ${i}`), key: `key ${i}` };
        await recorder.append([...somePoints(size, i), keyed]);
      }
      const { id } = before.log;
      world.clock.setNow(0);
      const { log } = await reopened(world, before);
      assert.equal(log.id, id);
      assert.deepEqual([log.head(0), log.floor(0)], [recorder.points.length, 1]);
      assertSame(await readAll(log), recorder.points);
      const after = new Recorder(log);
      const appended = await after.append([somePoint(1, 'service 3'), somePoint(2, 'a new one')]);
      assert.equal(log.now(), 0, 'after a start the clock of the machine is believed');
      assert.ok(appended.at >= (recorder.points.at(-1)?.receivedAt ?? 0), 'arrivals continue from the newest one');
      assert.equal(appended.first, recorder.points.length + 1);
      assertSame(await readAll(log), [...recorder.points, ...after.points]);
      const numbers = after.points.map(({ series }) => series);
      assert.equal(numbers[0], recorder.points.find(({ serviceId }) => serviceId === 'service 3')?.series);
      assert.equal(
        recorder.points.some(({ series }) => series === numbers[1]),
        false,
      );
    },
  },
  {
    title: 'after a restart batch ids and point keys are known as before',
    async run(world) {
      const before = await world.open();
      const answer = await before.log.append(
        batchOf(before.log, [{ ...somePoint(), key: 'k' }], { id: 'b', digest: 'd', answer: '{"ok":"ä"}' }),
      );
      const nothing = await before.log.append(batchOf(before.log, [], { id: 'all bad', digest: 'd', answer: 'none' }));
      const { log } = await reopened(world, before);
      const again = (id: string, digest = 'd') => log.append(batchOf(log, somePoints(1), { id, digest }));
      assert.deepEqual(await again('b'), { ...answer, repeated: true });
      assert.deepEqual(await again('all bad'), { ...nothing, repeated: true });
      await assert.rejects(again('b', 'other content'), { code: 'CONFLICT' });
      const { count, duplicates } = await log.append(batchOf(log, [{ ...somePoint(), key: 'k' }]));
      assert.deepEqual([count, duplicates], [0, [0]]);
    },
  },
  {
    title: 'after a restart with a clock that is years ahead, keys and batch ids are still known and nothing is older',
    async run(world) {
      world.clock.reboot();
      const before = await world.open();
      const keyed = [{ ...somePoint(), key: 'k' }];
      await before.log.append(batchOf(before.log, keyed, { id: 'b' }));
      await before.log.saveClock();
      world.clock.pass(3_600_000);
      const deletion = before.log.clock.deletion();
      world.clock.setNow(world.clock.now() + 3650 * 86_400_000);
      const { log } = await reopened(world, before);
      assert.equal(log.clock.deletion(), deletion);
      await log.trim(log.clock.deletion() - 86_400_000);
      assert.equal((await log.append(batchOf(log, keyed, { id: 'b' }))).repeated, true);
      assert.deepEqual((await log.append(batchOf(log, keyed))).duplicates, [0]);
      assert.equal((await readAll(log)).length, 1);
    },
  },
  {
    title: 'after a restart a trimmed log begins where it did, also where nothing is left',
    async run(world) {
      let storage = await world.open();
      const recorder = new Recorder(storage.log);
      await recorder.append(somePoints(700));
      world.clock.pass(1000);
      await recorder.append(somePoints(500));
      await storage.log.trim(world.clock.now());
      storage = await reopened(world, storage);
      assert.deepEqual([storage.log.floor(0), storage.log.head(0)], [701, 1200]);
      assertSame(await readAll(storage.log), recorder.points.slice(700));
      await storage.log.trim(world.clock.now() + 1);
      storage = await reopened(world, storage);
      assert.deepEqual([storage.log.floor(0), storage.log.head(0)], [1201, 1200]);
      assert.equal((await storage.log.append(batchOf(storage.log, somePoints(1)))).first, 1201);
      storage = await reopened(world, storage);
      assert.equal((await readAll(storage.log)).length, 1);
    },
  },
];

const otherCases: StoreCase[] = [
  {
    title: 'after a restart documents, states and outbox are as they were, and the change feed tells the past',
    async run(world) {
      const before = await world.open();
      await before.store.put('dashboard', 'a', null, { title: 'größe' });
      await before.store.put('dashboard', 'a', 1, { title: 'changed' });
      await before.store.put('setting', 'gone', null, 1);
      await before.store.put('setting', 'gone', 1, null);
      const state = { name: 'windows', partition: 0, offset: 3, epoch: 1, format: 1, bytes: new Uint8Array([1, 2, 3]) };
      const row = { id: 'delivery', due: 5, attempts: 2, body: '{}' };
      await before.store.commit(before.ownership.lease(0), [
        { kind: 'state', ...state },
        { kind: 'outbox-put', ...row },
        { kind: 'record', stream: 'alerts', key: 'a', at: 7, body: 1 },
        { kind: 'record', stream: 'alerts', key: 'b', at: 7, body: null },
        { kind: 'record', stream: 'alerts', key: 'b', at: 8, body: null },
        { kind: 'records-trim', stream: 'alerts', before: 9, most: 1000 },
      ]);
      const { store, ownership } = await reopened(world, before);
      const document = { kind: 'dashboard', id: 'a', version: 2, revision: 2, body: { title: 'changed' } };
      assert.deepEqual(await store.get('dashboard', 'a'), document);
      assert.deepEqual(await store.list('setting'), []);
      assert.deepEqual(await store.loadState('windows'), state);
      assert.deepEqual(await store.outbox(9, 9), [row]);
      assert.deepEqual(await store.recordBounds('alerts'), { newest: 3, trimmed: 2 });
      assert.deepEqual(
        (await store.latestRecords('alerts')).map(({ key, body }) => [key, body]),
        [['a', 1]],
      );
      const more = { kind: 'record' as const, stream: 'alerts' as const, key: 'c', at: 9, body: {} };
      assert.deepEqual(await store.commit(ownership.lease(0), [more]), [4]);
      const feed = store.changes('setting', 0);
      assert.deepEqual(((await soon(feed.next(), 'the past')).value as Versioned).revision, 4);
      await feed.return?.();
      assert.deepEqual(await store.put('setting', 'gone', null, 2), { version: 3, revision: 5 });
      assert.deepEqual(await store.put('dashboard', 'a', 2, 3), { version: 3, revision: 6 });
    },
  },
  {
    title: 'every start has an epoch of its own, and leases of earlier ones are fenced off',
    async run(world) {
      let storage = await world.open();
      const leases = [storage.ownership.lease(0)];
      for (let i = 0; i < 2; i += 1) {
        storage = await reopened(world, storage);
        leases.push(storage.ownership.lease(0));
      }
      const epochs = leases.map(({ epoch }) => epoch);
      assert.ok((epochs[0] ?? 0) < (epochs[1] ?? 0) && (epochs[1] ?? 0) < (epochs[2] ?? 0), `epochs grow: ${epochs}`);
      const change = { kind: 'outbox-put' as const, id: 'a', due: 1, attempts: 0, body: '' };
      for (const lease of leases.slice(0, 2)) {
        await assert.rejects(storage.store.commit(lease, [change]), { code: 'CONFLICT' });
      }
      await storage.store.commit(leases[2] ?? { partition: 0, epoch: 0 }, [change]);
    },
  },
  {
    title: 'what was asked for before closing is done before it, and afterwards the store says that it is closed',
    async run(world) {
      const storage = await world.open();
      const { log } = storage;
      const appends = Array.from({ length: 30 }, (_, i) => log.append(batchOf(log, somePoints(40, i))));
      await appends[0];
      const reads = [log.read(request(log)), log.read(request(log, { direction: 'backward' }))];
      const put = storage.store.put('dashboard', 'a', null, 1);
      await Promise.all([storage.close(), storage.close()]);
      const answers = await Promise.all(appends);
      assert.equal(answers.at(-1)?.first, 29 * 40 + 1);
      assert.ok((await Promise.all(reads)).every(({ points }) => points.length >= 40));
      assert.deepEqual(await put, { version: 1, revision: 1 });
      await assert.rejects(log.append(batchOf(log, somePoints(1))), { code: 'STOPPED' });
      await assert.rejects(log.read(request(log)), { code: 'STOPPED' });
      assert.equal((await readAll((await world.open()).log)).length, 1200);
    },
  },
];

export const reopenCases: readonly StoreCase[] = [...logCases, ...otherCases].map((one) => ({
  ...one,
  durableOnly: true,
}));
