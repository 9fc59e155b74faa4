// A server that is killed between the commit of an alert and its delivery delivers it after a later start, under the same id, also where
// one start in between had no secret.
import { expect, test } from 'vitest';
import { ingest, query } from '../support/graphql.ts';
import { waitUntil } from '../support/inbox.ts';
import { startServerProcess } from '../support/start-server.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { startWebhookServer, webhookSecret, with200 } from '../support/webhook-server.ts';

const makeDashboard = `mutation ($url: String!) {
  createDashboard(input: { name: "Shop", widgets: [{
    name: "Revenue", type: NUMBER
    query: { entityType: "orders", aggregation: { function: SUM, field: "amount" }, timeWindow: { size: 1, unit: HOUR } }
    alerts: [{ condition: ABOVE, threshold: 100, webhooks: [$url] }]
  }] }) { ... on Dashboard { id } ... on UserError { message } }
}`;

test('an alert that was committed is delivered at least once, with the same id, whatever kills the server', {
  timeout: 60_000,
}, async () => {
  const receiver = await startWebhookServer(() => undefined);
  const folder = tempFolder();
  const options = {
    folder: folder.path,
    args: ['--webhook-private-addresses', '--webhook-retries', '10'],
    environment: { PULSEQL_WEBHOOK_SECRET: webhookSecret },
  };
  const first = await startServerProcess(options);
  await query(first.url, makeDashboard, { url: receiver.url });
  await ingest(first.url, [{ entityType: 'orders', serviceId: 'web', data: { amount: 500 } }]);
  // It hangs in the delivery: what is known is committed, what was sent is not noted.
  const { id, data } = await receiver.taken.next();
  await first.kill('SIGKILL');
  receiver.answer = with200;
  const second = await startServerProcess(options);
  const again = await receiver.taken.next();
  expect([again.id, again.type, again.data]).toEqual([id, 'alert.firing', data]);
  const firing = async () =>
    (await query<{ status: { alertsFiring: number } }>(second.url, '{ status { alertsFiring } }')).status.alertsFiring;
  expect(await firing()).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect(receiver.requests).toBe(2);
  expect((await second.stop()).code).toBe(0);
  folder.remove();
});

test('a start without the secret holds what waits, and the next one with it delivers it under the same id', {
  timeout: 60_000,
}, async () => {
  const receiver = await startWebhookServer(() => undefined);
  const folder = tempFolder();
  const options = { folder: folder.path, args: ['--webhook-private-addresses', '--webhook-retries', '0'] };
  const withSecret = { ...options, environment: { PULSEQL_WEBHOOK_SECRET: webhookSecret } };
  const first = await startServerProcess(withSecret);
  await query(first.url, makeDashboard, { url: receiver.url });
  await ingest(first.url, [{ entityType: 'orders', serviceId: 'web', data: { amount: 500 } }]);
  const { id } = await receiver.taken.next();
  await first.kill('SIGKILL');
  receiver.answer = with200;
  const without = await startServerProcess(options);
  const heldLine = /^.*"level":40.*"held":1,.*webhooks are held .*PULSEQL_WEBHOOK_SECRET.*$/m;
  await waitUntil('the warning', () => heldLine.test(without.stderr()));
  expect((await without.stop()).code).toBe(0);
  expect(receiver.requests).toBe(1);
  const last = await startServerProcess(withSecret);
  expect((await receiver.taken.next()).id).toBe(id);
  expect((await last.stop()).code).toBe(0);
  folder.remove();
});
