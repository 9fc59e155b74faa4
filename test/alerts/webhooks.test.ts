// Webhooks against a real server that takes them, fails, hangs or sends elsewhere; the pauses between are those of a clock that a test
// moves.
import { describe, expect, onTestFinished, test } from 'vitest';
import { isPublicAddress } from '../../src/alerts/public-address.ts';
import { type WebhookLimits, Webhooks } from '../../src/alerts/webhooks.ts';
import { openMemoryStore } from '../../src/store/memory-store.ts';
import type { Change } from '../../src/store/store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { waitUntil } from '../support/inbox.ts';
import { startWebhookServer, webhookSecret, with200 } from '../support/webhook-server.ts';

const payload = JSON.stringify({ type: 'alert.firing', timestamp: '2026-11-27T12:00:00.000Z', data: { value: 7 } });

async function world(asked: Partial<WebhookLimits> = {}) {
  const clock = new FakeClock();
  const { store, ownership, log } = openMemoryStore({ clock, maxBytes: 1e9 });
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
  const webhooks = new Webhooks({ store, lease, clock, logger, now: () => log.now(), limits });
  onTestFinished(() => webhooks.stop());
  await webhooks.load();
  const add = async (...urls: readonly string[]) => {
    const taken = urls.slice(0, webhooks.reserve(urls.length));
    const rows = taken.map((url, i): Change => {
      return {
        kind: 'outbox-put',
        id: `msg_${i}`,
        due: log.now(),
        attempts: 0,
        body: JSON.stringify({ url, payload }),
      };
    });
    await store.commit(lease, rows);
    webhooks.wake();
  };
  const waiting = async () => (await store.outbox(Number.MAX_SAFE_INTEGER, 1000)).length;
  const done = () => waitUntil('all webhooks to be done', async () => (await waiting()) === 0);
  return { clock, webhooks, add, waiting, done, said };
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
  const { clock, add, done, said } = await world();
  await add(server.url);
  const ids = [(await server.taken.next()).id];
  for (const seconds of [5, 20, 80]) {
    await new Promise((resolve) => setTimeout(resolve, 50));
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
  const { clock, add, done, said } = await world();
  await add(server.url);
  await server.taken.next();
  server.answer = with200;
  await new Promise((resolve) => setTimeout(resolve, 50));
  await clock.advance(6000);
  await server.taken.next();
  await done();
  expect(said).toEqual([]);
});

test('a server that hangs is left after ten seconds, and keeps nobody else waiting', async () => {
  const hanging = await startWebhookServer(() => undefined);
  const other = await startWebhookServer();
  const { clock, add, done, said } = await world({ webhookRetries: 0 });
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
  const { add, done, said } = await world({ webhookRetries: 0 });
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
  const { add, done } = await world({ webhookRetries: 0 });
  await add(server.url);
  await done();
});

describe('private addresses', () => {
  test('are not connected to, be they written out or behind a name', async () => {
    const server = await startWebhookServer();
    const { port } = new URL(server.url);
    const { add, done, said } = await world({ webhooksReachPrivate: false, webhookRetries: 0 });
    const hosts = ['127.0.0.1', 'localhost', '[::1]', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', '0.0.0.0'];
    await add(...hosts.map((host) => `http://${host}:${port}/`));
    await done();
    expect([server.requests, said.length]).toEqual([0, hosts.length]);
  });

  test.each([
    ['8.8.8.8', true],
    ['2606:4700::1111', true],
    ['10.1.2.3', false],
    ['172.31.255.255', false],
    ['172.32.0.1', true],
    ['192.168.1.1', false],
    ['169.254.169.254', false],
    ['100.64.0.1', false],
    ['255.255.255.255', false],
    ['::1', false],
    ['::', false],
    ['fe80::1', false],
    ['fd00::1', false],
    ['::ffff:10.0.0.1', false],
    ['64:ff9b::7f00:1', false],
    ['2002:7f00:1::', false],
    ['ff02::1', false],
    ['nonsense', false],
  ])('%s is public: %s', (address, isPublic) => {
    expect(isPublicAddress(address)).toBe(isPublic);
  });
});

test('more than may wait are left out and named, and there is room again once some are done', async () => {
  const server = await startWebhookServer();
  const { add, done, said, webhooks } = await world({ maxQueuedWebhooks: 2 });
  await add(server.url, server.url, server.url);
  await done();
  expect(said).toEqual([expect.stringMatching(/webhooks are left out: 0 wait already .*"leftOut":1/)]);
  expect(webhooks.reserve(3)).toBe(2);
});

test('without a secret nothing is sent', async () => {
  const { webhooks, said } = await world({ webhookSecret: null });
  expect([webhooks.reserve(1), said.length]).toEqual([0, 1]);
});
