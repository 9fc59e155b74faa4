// The time in a webhook's headers, where the server does not believe its wall clock.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Webhooks } from '../../src/alerts/webhooks.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { openMemoryStore } from '../../src/store/memory-store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { webhookSecret } from '../support/webhook-server.ts';

test('a webhook carries the time of the wall clock, with which its receiver compares it', async () => {
  const receiver = createServer();
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  onTestFinished(() => void receiver.close());
  const clock = new FakeClock();
  const { store, ownership, log } = openMemoryStore({ clock, maxBytes: 1e9 });
  clock.setNow(clock.now() + 3_600_000);
  expect(log.now()).toBe(clock.now() - 3_600_000);
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const body = JSON.stringify({ url, payload: '{}' });
  const lease = ownership.lease(0);
  await store.commit(lease, [{ kind: 'outbox-put', id: 'msg_1', due: log.now(), attempts: 0, body }]);
  const limits = { webhookSecret, webhookTimeoutMs: 1000, webhookRetries: 0, maxQueuedWebhooks: 9 };
  const webhooks = new Webhooks({
    store,
    lease,
    clock,
    logger: silentLogger,
    now: () => log.now(),
    limits: { ...limits, webhooksReachPrivate: true },
  });
  onTestFinished(() => webhooks.stop());
  const requested = once(receiver, 'request');
  await webhooks.load();
  const [request, response] = await requested;
  response.end();
  expect(request.headers['webhook-timestamp']).toBe(String(clock.now() / 1000));
});
