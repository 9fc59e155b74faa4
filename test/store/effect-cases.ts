// Effects of computing: commits under a lease, saved states, the outbox.
import assert from 'node:assert/strict';
import type { NewRecord, OutboxRow, SavedState } from '../../src/store/store.ts';
import type { StoreCase } from './store-case.ts';

function stateOf(name: string, bytes: Uint8Array, offset = 7): SavedState {
  return { name, partition: 0, offset, epoch: 1, format: 3, bytes };
}

function outboxRow(id: string, due: number): OutboxRow {
  return { id, due, attempts: 0, body: `body of ${id}: ä` };
}

function record(key: string, at: number, body: unknown = { of: key, at, text: 'ä' }): { kind: 'record' } & NewRecord {
  return { kind: 'record', stream: 'alerts', key, at, body };
}

export const effectCases: readonly StoreCase[] = [
  {
    title: 'a commit under a lease that was taken over is a CONFLICT, and nothing of it is done',
    async run(world) {
      const { store, ownership } = await world.open();
      const { epoch } = ownership.lease(0);
      const state = stateOf('windows', new Uint8Array([1]));
      for (const other of [epoch - 1, epoch + 1]) {
        const changes = [
          { kind: 'state' as const, ...state },
          { kind: 'outbox-put' as const, ...outboxRow('a', 1) },
        ];
        await assert.rejects(store.commit({ partition: 0, epoch: other }, changes), { code: 'CONFLICT' });
      }
      assert.equal(await store.loadState('windows'), undefined);
      assert.deepEqual(await store.outbox(99, 10), []);
    },
  },
  {
    title: 'a saved state is loaded as it was saved last',
    async run(world) {
      const { store, ownership } = await world.open();
      const lease = ownership.lease(0);
      const large = new Uint8Array(300_000).map((_, i) => (i * 31) % 251);
      await store.commit(lease, [{ kind: 'state', ...stateOf('a', large) }]);
      await store.commit(lease, [
        { kind: 'state', ...stateOf('b', new Uint8Array(0)) },
        { kind: 'state', ...stateOf('c', new Uint8Array([1, 2]), 8) },
        { kind: 'state', ...stateOf('c', new Uint8Array([3]), 9) },
      ]);
      const load = async (name: string) => {
        const state = await store.loadState(name);
        return state === undefined ? undefined : { ...state, bytes: [...state.bytes] };
      };
      assert.deepEqual(await load('a'), { ...stateOf('a', large), bytes: [...large] });
      assert.deepEqual((await load('b'))?.bytes, []);
      assert.deepEqual([(await load('c'))?.offset, (await load('c'))?.bytes], [9, [3]]);
      assert.equal(await load('none'), undefined);
    },
  },
  {
    title: 'what a caller does to bytes afterwards does not change the saved state',
    async run(world) {
      const { store, ownership } = await world.open();
      const bytes = new Uint8Array([1, 2, 3]);
      await store.commit(ownership.lease(0), [{ kind: 'state', ...stateOf('a', bytes) }]);
      bytes[0] = 9;
      (await store.loadState('a'))?.bytes.fill(8);
      assert.deepEqual([...((await store.loadState('a'))?.bytes ?? [])], [1, 2, 3]);
    },
  },
  {
    title: 'the outbox gives what is due until it is done, in pages by id',
    async run(world) {
      const { store, ownership } = await world.open();
      const lease = ownership.lease(0);
      const rows = [outboxRow('c', 30), outboxRow('a', 10), outboxRow('d', 40), outboxRow('b', 20)];
      await store.commit(
        lease,
        rows.map((row) => ({ kind: 'outbox-put', ...row })),
      );
      const ids = async (due: number, limit = 10) => (await store.outbox(due, limit)).map(({ id }) => id);
      assert.deepEqual(await store.outbox(10, 10), [outboxRow('a', 10)]);
      assert.deepEqual(await ids(9), []);
      assert.deepEqual(await ids(30), ['a', 'b', 'c']);
      assert.deepEqual(await ids(99, 2), ['a', 'b']);
      const afterB = await store.outbox(99, 1, 'b');
      assert.deepEqual(afterB, [outboxRow('c', 30)]);
      assert.deepEqual(await store.outbox(30, 10, 'c'), []);
      await store.commit(lease, [
        { kind: 'outbox-done', id: 'b' },
        { kind: 'outbox-done', id: 'nobody' },
        { kind: 'outbox-put', ...outboxRow('a', 35), attempts: 1 },
      ]);
      assert.deepEqual(await ids(30), ['c']);
      assert.deepEqual(await ids(99), ['a', 'c', 'd']);
      assert.deepEqual((await store.outbox(99, 10))[0], { ...outboxRow('a', 35), attempts: 1 });
    },
  },
  {
    title: 'records have a place in their stream, the newest of a key is its state',
    async run(world) {
      const { store, ownership } = await world.open();
      const lease = ownership.lease(0);
      assert.deepEqual(await store.recordBounds('alerts'), { newest: 0, trimmed: 0 });
      assert.deepEqual(await store.commit(lease, [record('a', 10), record('b', 10)]), [1, 2]);
      const row = { kind: 'outbox-put' as const, ...outboxRow('x', 1) };
      assert.deepEqual(await store.commit(lease, [record('a', 20), row, record('c', 20)]), [3, 4]);
      assert.deepEqual(await store.commit(lease, [record('c', 30, null)]), [5]);
      const all = await store.records('alerts', 0, 10);
      assert.deepEqual(
        all.map(({ key, at, revision }) => [key, at, revision]),
        [
          ['a', 10, 1],
          ['b', 10, 2],
          ['a', 20, 3],
          ['c', 20, 4],
          ['c', 30, 5],
        ],
      );
      assert.deepEqual(all[0], {
        stream: 'alerts',
        key: 'a',
        at: 10,
        body: { of: 'a', at: 10, text: 'ä' },
        revision: 1,
      });
      assert.deepEqual(
        (await store.records('alerts', 2, 2)).map(({ revision }) => revision),
        [3, 4],
      );
      assert.deepEqual(
        (await store.latestRecords('alerts')).map(({ revision }) => revision),
        [2, 3],
      );
    },
  },
  {
    title: 'old records go, but for the state of each key and the place of the newest',
    async run(world) {
      const { store, ownership } = await world.open();
      const lease = ownership.lease(0);
      await store.commit(lease, [
        record('a', 10),
        record('b', 10),
        record('a', 20),
        record('c', 20),
        record('c', 30, null),
      ]);
      await store.commit(lease, [{ kind: 'records-trim', stream: 'alerts', before: 40, most: 1000 }]);
      const revisions = async () => (await store.records('alerts', 0, 10)).map(({ revision }) => revision);
      assert.deepEqual(await revisions(), [2, 3, 5]);
      assert.deepEqual(await store.recordBounds('alerts'), { newest: 5, trimmed: 4 });
      assert.deepEqual(
        (await store.latestRecords('alerts')).map(({ key }) => key),
        ['b', 'a'],
      );
      assert.deepEqual(await store.commit(lease, [record('d', 50)]), [6]);
      // However young they are.
      const many = [record('e', 70), record('e', 71), record('e', 72), record('e', 73)];
      await store.commit(lease, [...many, { kind: 'records-trim', stream: 'alerts', before: 0, most: 2 }]);
      assert.deepEqual(await revisions(), [2, 3, 6, 9, 10]);
      await store.commit(lease, [{ kind: 'records-trim', stream: 'alerts', before: 40, most: 1000 }]);
      assert.deepEqual(await revisions(), [2, 3, 6, 9, 10]);
      assert.deepEqual(await store.commit(lease, [record('d', 60), record('a', 60)]), [11, 12]);
      await store.commit(lease, [{ kind: 'records-trim', stream: 'alerts', before: 20, most: 1000 }]);
      assert.deepEqual(await revisions(), [2, 3, 6, 9, 10, 11, 12]);
    },
  },
  {
    title: 'streams of records do not disturb each other, be their keys the same',
    async run(world) {
      const { store, ownership } = await world.open();
      const lease = ownership.lease(0);
      const insight = (key: string, at: number, body: unknown = { of: key, at }) =>
        ({ kind: 'record', stream: 'insights', key, at, body }) as const;
      const changes = [record('a', 10), insight('a', 10), insight('b', 10), record('a', 20), insight('a', 30, null)];
      assert.deepEqual(await store.commit(lease, changes), [1, 1, 2, 2, 3]);
      const stateOfAll = async (stream: 'alerts' | 'insights') => ({
        records: (await store.records(stream, 0, 10)).map((one) => [one.stream, one.key, one.at, one.revision]),
        latest: (await store.latestRecords(stream)).map(({ key, revision }) => [key, revision]),
        bounds: await store.recordBounds(stream),
      });
      const alerts = {
        records: [
          ['alerts', 'a', 10, 1],
          ['alerts', 'a', 20, 2],
        ],
        latest: [['a', 2]],
        bounds: { newest: 2, trimmed: 0 },
      };
      const insights = {
        records: [
          ['insights', 'a', 10, 1],
          ['insights', 'b', 10, 2],
          ['insights', 'a', 30, 3],
        ],
        latest: [['b', 2]],
        bounds: { newest: 3, trimmed: 0 },
      };
      assert.deepEqual([await stateOfAll('alerts'), await stateOfAll('insights')], [alerts, insights]);
      await store.commit(lease, [{ kind: 'records-trim', stream: 'insights', before: 40, most: 1000 }]);
      const trimmed = { ...insights, records: insights.records.slice(1), bounds: { newest: 3, trimmed: 1 } };
      assert.deepEqual([await stateOfAll('alerts'), await stateOfAll('insights')], [alerts, trimmed]);
      assert.deepEqual(await store.commit(lease, [insight('c', 40), record('b', 40)]), [4, 3]);
    },
  },
  {
    title: 'a commit does all of its changes in their order',
    async run(world) {
      const { store, ownership } = await world.open();
      await store.commit(ownership.lease(0), [
        { kind: 'outbox-put', ...outboxRow('a', 1) },
        { kind: 'outbox-done', id: 'a' },
        { kind: 'outbox-put', ...outboxRow('b', 1) },
        { kind: 'state', ...stateOf('windows', new Uint8Array([5])) },
      ]);
      assert.deepEqual(await store.outbox(9, 9), [outboxRow('b', 1)]);
      assert.deepEqual([...((await store.loadState('windows'))?.bytes ?? [])], [5]);
    },
  },
];
