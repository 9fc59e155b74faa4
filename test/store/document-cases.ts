// Documents: compare-and-set, deletion, the change feed.
import assert from 'node:assert/strict';
import type { Versioned } from '../../src/store/store.ts';
import { type StoreCase, soon } from './store-case.ts';

const changeCases: StoreCase[] = [
  {
    title: 'a document is made, changed and deleted by its version, which goes on when it is made again',
    async run(world) {
      const { store } = await world.open();
      const put = (expected: number | null, body: unknown) => store.put('dashboard', 'd', expected, body);
      assert.equal(await store.get('dashboard', 'd'), undefined);
      assert.deepEqual(await put(1, { a: 1 }), { conflict: 0 });
      assert.deepEqual(await put(null, null), { conflict: 0 });
      assert.deepEqual(await put(null, { a: 1 }), { version: 1, revision: 1 });
      assert.deepEqual(await put(null, { a: 2 }), { conflict: 1 });
      assert.deepEqual(await put(1, { a: 2 }), { version: 2, revision: 2 });
      assert.deepEqual(await put(1, { a: 3 }), { conflict: 2 });
      const found = { kind: 'dashboard', id: 'd', version: 2, revision: 2, body: { a: 2 } };
      assert.deepEqual(await store.get('dashboard', 'd'), found);
      assert.deepEqual(await put(2, null), { version: 3, revision: 3 });
      assert.equal(await store.get('dashboard', 'd'), undefined);
      assert.deepEqual(await store.list('dashboard'), []);
      assert.deepEqual(await put(3, { a: 4 }), { conflict: 0 });
      assert.deepEqual(await put(null, { a: 4 }), { version: 4, revision: 4 });
    },
  },
  {
    title: 'of twenty who change the same version at the same time, one does',
    async run(world) {
      const { store } = await world.open();
      await store.put('dashboard', 'd', null, { by: 'nobody' });
      const writers = Array.from({ length: 20 }, (_, by) => store.put('dashboard', 'd', 1, { by }));
      const results = await Promise.all(writers);
      const winner = results.findIndex((result) => 'version' in result);
      assert.equal(results.filter((result) => 'version' in result).length, 1);
      assert.ok(results.every((result, i) => i === winner || ('conflict' in result && result.conflict === 2)));
      assert.deepEqual((await store.get('dashboard', 'd'))?.body, { by: winner });
    },
  },
  {
    title: 'kinds are apart, and a list has what was not deleted',
    async run(world) {
      const { store } = await world.open();
      await store.put('dashboard', 'same', null, { of: 'dashboard' });
      await store.put('setting', 'same', null, 'text');
      await store.put('dashboard', 'other', null, ['ä', null, 1.5]);
      await store.put('dashboard', 'gone', null, {});
      await store.put('dashboard', 'gone', 1, null);
      const bodies = (await store.list('dashboard')).map(({ id, body }) => [id, body]).sort();
      assert.deepEqual(bodies, [
        ['other', ['ä', null, 1.5]],
        ['same', { of: 'dashboard' }],
      ]);
      assert.equal((await store.get('setting', 'same'))?.body, 'text');
    },
  },
  {
    title: 'what a caller does to a body afterwards does not change the document',
    async run(world) {
      const { store } = await world.open();
      const body = { list: [1] };
      await store.put('dashboard', 'd', null, body);
      body.list.push(2);
      assert.deepEqual((await store.get('dashboard', 'd'))?.body, { list: [1] });
    },
  },
];

const feedCases: StoreCase[] = [
  {
    title: 'the change feed gives first the past, the latest state of each, then what comes',
    async run(world) {
      const { store } = await world.open();
      await store.put('dashboard', 'a', null, 1);
      await store.put('dashboard', 'b', null, 2);
      await store.put('setting', 'a', null, 'of another kind');
      await store.put('dashboard', 'a', 1, 3);
      await store.put('dashboard', 'b', 1, null);
      const feed = store.changes('dashboard', 0);
      const next = async () => {
        const { value } = await soon(feed.next(), 'the next change');
        const { id, version, revision, body } = value as Versioned;
        return [id, version, revision, body];
      };
      assert.deepEqual(await next(), ['a', 2, 4, 3]);
      assert.deepEqual(await next(), ['b', 2, 5, null]);
      const coming = next();
      await store.put('setting', 'c', null, 'of another kind');
      await store.put('dashboard', 'c', null, 4);
      assert.deepEqual(await coming, ['c', 1, 7, 4]);
      await store.put('dashboard', 'b', null, 5);
      assert.deepEqual(await next(), ['b', 3, 8, 5]);
      await feed.return?.();
    },
  },
  {
    title: 'a change feed begins behind a revision, and ends at once when it is left',
    async run(world) {
      const { store } = await world.open();
      for (const id of ['a', 'b', 'c']) await store.put('dashboard', id, null, id);
      const feed = store.changes('dashboard', 2);
      assert.equal(((await soon(feed.next(), 'the past')).value as Versioned).id, 'c');
      const waiting = feed.next();
      await feed.return?.();
      assert.deepEqual(await soon(waiting, 'the end'), { value: undefined, done: true });
      await store.put('dashboard', 'd', null, 'd');
      assert.deepEqual(await feed.next(), { value: undefined, done: true });
    },
  },
];

export const documentCases: readonly StoreCase[] = [...changeCases, ...feedCases];
