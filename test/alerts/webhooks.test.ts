// Webhooks against a real server that takes them, fails, hangs or sends elsewhere; the pauses between are those of a clock that a test
// moves.
import { describe, expect, onTestFinished, test } from 'vitest';
import { type WebhookLimits, Webhooks } from '../../src/alerts/webhooks.ts';
import { openMemoryStore } from '../../src/store/memory-store.ts';
import type { Change, OutboxRow, Storage, Store } from '../../src/store/store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { waitUntil } from '../support/inbox.ts';
import { startWebhookServer, webhookSecret, with200 } from '../support/webhook-server.ts';
import { withMethod } from '../support/with-method.ts';

const payload = JSON.stringify({ type: 'alert.firing', timestamp: '2026-11-27T12:00:00.000Z', data: { value: 7 } });

function rowsOf(urls: readonly string[], due: number, first = 0): OutboxRow[] {
  return urls.map((url, i) => ({ id: `msg_${first + i}`, due, attempts: 0, body: JSON.stringify({ url, payload }) }));
}

function putAll(rows: readonly OutboxRow[]): Change[] {
  return rows.map((row) => ({ kind: 'outbox-put', ...row }));
}

interface World {
  readonly limits?: Partial<WebhookLimits>;
  /** Goes on with the store and clock of an earlier one, as after a restart. */
  readonly before?: { readonly clock: FakeClock; readonly storage: Storage };
  /** Wraps the store. */
  readonly wrap?: (store: Store) => Store;
}

async function world({ limits: asked = {}, before, wrap = (store) => store }: World = {}) {
  const clock = before?.clock ?? new FakeClock();
  const storage = before?.storage ?? openMemoryStore({ clock, maxBytes: 1e9 });
  const { store, ownership, log } = storage;
  const said: string[] = [];
  const note = (details: object, text: string) => void said.push(`${text} ${JSON.stringify(details)}`);
  const limits: WebhookLimits = {
    webhookSecret,
    webhookTimeoutMs: 10_000,
    webhookRetries: 3,
    maxQueuedWebhooks: 100,
    webhooksReachPrivate: true,
    ...asked,
  };
  const lease = ownership.lease(0);
  const logger = { info: note, warn: note, error: note };
  const webhooks = new Webhooks({ store: wrap(store), lease, clock, logger, now: () => log.now(), limits });
  onTestFinished(() => webhooks.stop());
  await webhooks.load();
  let added = 0;
  const add = async (...urls: readonly string[]) => {
    const rows = rowsOf(urls.slice(0, webhooks.reserve(urls.length)), log.now(), added);
    added += rows.length;
    await store.commit(lease, putAll(rows));
    webhooks.add(rows);
  };
  const waiting = async () => (await store.outbox(Number.MAX_SAFE_INTEGER, 10_000)).length;
  const attempts = async () => (await store.outbox(Number.MAX_SAFE_INTEGER, 1))[0]?.attempts;
  const done = () => waitUntil('all webhooks to be done', async () => (await waiting()) === 0);
  return { clock, storage, lease, webhooks, add, waiting, attempts, done, said };
}

test('what is due is sent at once, signed, under its id', async () => {
  const server = await startWebhookServer();
  const { add, done, said } = await world();
  await add(`${server.url}/a?b=1`);
  expect(await server.taken.next()).toEqual({ path: '/a?b=1', id: 'msg_0', type: 'alert.firing', data: { value: 7 } });
  await done();
  expect(said).toEqual([]);
});

test('what fails is sent again after 5, 20 and 80 seconds under the same id, then given up and named', async () => {
  const server = await startWebhookServer((response) => response.writeHead(500).end());
  const { clock, add, attempts, done, said } = await world();
  await add(server.url);
  const ids = [(await server.taken.next()).id];
  for (const seconds of [5, 20, 80]) {
    await waitUntil('the retry to be stored', async () => (await attempts()) === ids.length);
    await clock.advance((seconds - 1) * 1000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.requests).toBe(ids.length);
    await clock.advance(2000);
    ids.push((await server.taken.next()).id);
  }
  await done();
  expect(new Set(ids)).toEqual(new Set(['msg_0']));
  expect(said).toEqual([expect.stringMatching(/a webhook is given up .*"id":"msg_0".*"attempts":4/)]);
});

test('what fails once is delivered the next time', async () => {
  const server = await startWebhookServer((response) => response.writeHead(503).end());
  const { clock, add, attempts, done, said } = await world();
  await add(server.url);
  await server.taken.next();
  server.answer = with200;
  await waitUntil('the retry to be stored', async () => (await attempts()) === 1);
  await clock.advance(6000);
  await server.taken.next();
  await done();
  expect(said).toEqual([]);
});

test('a server that hangs is left after ten seconds, and keeps nobody else waiting', async () => {
  const hanging = await startWebhookServer(() => undefined);
  const other = await startWebhookServer();
  const { clock, add, done, said } = await world({ limits: { webhookRetries: 0 } });
  await add(hanging.url, other.url);
  await Promise.all([hanging.taken.next(), other.taken.next()]);
  await clock.advance(10_000);
  await done();
  expect(said).toEqual([expect.stringContaining(hanging.url)]);
});

test('a server that hangs with many waiting for it holds up nobody else', async () => {
  const hanging = await startWebhookServer(() => undefined);
  const other = await startWebhookServer();
  const { add } = await world();
  await add(...Array.from({ length: 40 }, (_, i) => `${hanging.url}/${i}`), other.url);
  await other.taken.next();
});

test('a redirect is not followed', async () => {
  const target = await startWebhookServer();
  const server = await startWebhookServer((response) => response.writeHead(307, { location: target.url }).end());
  const { add, done, said } = await world({ limits: { webhookRetries: 0 } });
  await add(server.url);
  await done();
  expect([target.requests, said.length]).toEqual([0, 1]);
});

test('an answer of any length is not read to its end', async () => {
  const server = await startWebhookServer((response) => {
    response.writeHead(200);
    const more = setInterval(() => response.write('x'.repeat(100_000)), 5);
    response.on('close', () => clearInterval(more));
  });
  const { add, done } = await world({ limits: { webhookRetries: 0 } });
  await add(server.url);
  await done();
});

describe('private addresses', () => {
  test('are not connected to, be they written out or behind a name', async () => {
    const server = await startWebhookServer();
    const { port } = new URL(server.url);
    const { add, done, said } = await world({ limits: { webhooksReachPrivate: false, webhookRetries: 0 } });
    const hosts = ['127.0.0.1', 'localhost', '[::1]', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', '0.0.0.0'];
    await add(...hosts.map((host) => `http://${host}:${port}/`));
    await done();
    expect([server.requests, said.length]).toEqual([0, hosts.length]);
  });
});

test('more than may wait are left out and named, and there is room again once some are done', async () => {
  const server = await startWebhookServer();
  const { add, done, said, webhooks } = await world({ limits: { maxQueuedWebhooks: 2 } });
  await add(server.url, server.url, server.url);
  await done();
  expect(said).toEqual([expect.stringMatching(/webhooks are left out: 0 wait already .*"leftOut":1/)]);
  expect(webhooks.reserve(3)).toBe(2);
});

test('a backlog is read once, however many deliveries it has', async () => {
  const server = await startWebhookServer();
  const first = await world({ limits: { webhookSecret: null } });
  const urls = Array.from({ length: 1200 }, (_, i) => `${server.url}/${i}`);
  await first.storage.store.commit(first.lease, putAll(rowsOf(urls, 0)));
  let rowsRead = 0;
  const wrap = (store: Store) =>
    withMethod(store, {
      outbox: async (...asked) => {
        const rows = await store.outbox(...asked);
        rowsRead += rows.length;
        return rows;
      },
    });
  const { done } = await world({ before: first, wrap });
  await done();
  expect([server.requests, rowsRead]).toEqual([1200, 1200]);
});

test('results that come while a commit is on its way are committed together', async () => {
  const server = await startWebhookServer();
  const sizes: number[] = [];
  const gate = Promise.withResolvers<void>();
  const wrap = (store: Store) =>
    withMethod(store, {
      commit: async (lease, changes) => {
        sizes.push(changes.length);
        await gate.promise;
        return store.commit(lease, changes);
      },
    });
  const { add, done } = await world({ wrap });
  await add(...Array.from({ length: 13 }, (_, i) => `${server.url}/${i}`));
  // Four at a time: nine are done once the thirteenth arrives.
  await server.taken.take(13);
  gate.resolve();
  await done();
  expect(sizes[0]).toBe(1);
  expect(sizes[1]).toBeGreaterThanOrEqual(8);
});

test('a delivery whose result cannot be committed is not sent again, and is noted later', async () => {
  const server = await startWebhookServer();
  let failures = 2;
  const wrap = (store: Store) =>
    withMethod(store, {
      commit: async (...asked) => {
        failures -= 1;
        if (failures >= 0) throw new Error('no space left on the disk');
        return store.commit(...asked);
      },
    });
  const { clock, add, done, waiting, said, webhooks } = await world({ limits: { maxQueuedWebhooks: 1 }, wrap });
  await add(server.url);
  await waitUntil('the first failure', () => said.length === 1);
  expect([await waiting(), webhooks.reserve(1)]).toEqual([1, 0]);
  await clock.advance(1000);
  await waitUntil('the second failure', () => said.length === 3);
  await clock.advance(1000);
  await done();
  expect([server.requests, webhooks.reserve(1)]).toEqual([1, 1]);
  expect(said[0]).toMatch(/what became of webhooks could not be committed/);
});

test('the same delivery, given twice, is sent once and takes one place', async () => {
  const server = await startWebhookServer();
  const { storage, lease, webhooks, done } = await world({ limits: { maxQueuedWebhooks: 2 } });
  const rows = rowsOf([server.url], 0);
  await storage.store.commit(lease, putAll(rows));
  expect(webhooks.reserve(2)).toBe(2);
  webhooks.add([...rows, ...rows]);
  await done();
  await waitUntil('both places to be free', () => webhooks.reserve(2) === 2);
  expect(server.requests).toBe(1);
});

describe('without a secret', () => {
  test('the outbox is held and the log says so; with the secret again it is sent under the same ids', async () => {
    const server = await startWebhookServer();
    const first = await world({ limits: { webhookSecret: null } });
    await first.storage.store.commit(first.lease, putAll(rowsOf([`${server.url}/a`, `${server.url}/b`], 0)));
    const held = await world({ before: first, limits: { webhookSecret: null, webhookRetries: 0 } });
    await held.clock.advance(3_600_000);
    await held.webhooks.stop();
    expect([server.requests, await held.waiting()]).toEqual([0, 2]);
    expect(held.said).toEqual([expect.stringMatching(/webhooks are held .*PULSEQL_WEBHOOK_SECRET.*\{"held":2\}/)]);
    const { done, said } = await world({ before: first });
    expect((await server.taken.take(2)).map(({ id }) => id).sort()).toEqual(['msg_0', 'msg_1']);
    await done();
    expect(said).toEqual([]);
  });

  test('new deliveries are held as well, up to the limit, and the log says so once', async () => {
    const server = await startWebhookServer();
    const { add, waiting, said } = await world({ limits: { webhookSecret: null, maxQueuedWebhooks: 2 } });
    await add(server.url);
    await add(`${server.url}/b`, `${server.url}/c`);
    expect([server.requests, await waiting()]).toEqual([0, 2]);
    expect(said).toEqual([
      expect.stringContaining('webhooks are held'),
      expect.stringMatching(/webhooks are left out: 1 wait already .*"leftOut":1/),
    ]);
  });
});
