// The client against a real server, with its connections cut in between.
import { expect, onTestFinished, test } from 'vitest';
import WebSocket from 'ws';
import { createPulseClient, OperationError, type PulseClientOptions } from '../../src/client/client.ts';
import { somePoint } from '../support/batches.ts';
import { chaosProxy } from '../support/chaos-proxy.ts';
import { ingest } from '../support/graphql.ts';
import { startServer } from '../support/start-server.ts';

interface Points {
  dataUpdates: { points: { number: number }[]; skipped: number };
}

const everyPoint = `subscription ($type: String!, $last: Int) {
  dataUpdates(entityType: $type, frequency: EVERY_POINT, last: $last) { points { number(field: "n") } skipped }
}`;

function clientOf(url: string, options: Partial<PulseClientOptions> = {}) {
  const client = createPulseClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryDelay: () => 10,
    ...options,
  });
  onTestFinished(() => client.dispose());
  return client;
}

async function send(url: string, numbers: readonly number[]): Promise<void> {
  const body = numbers.map((n) => JSON.stringify({ entityType: 'orders', serviceId: 'web', data: { n } })).join('\n');
  const response = await fetch(`${url}/ingest`, { method: 'POST', body });
  expect(response.status).toBe(200);
}

test('connections that break again and again lose no point and bring none twice', async () => {
  const server = await startServer();
  const proxy = await chaosProxy(server.url);
  const client = clientOf(proxy.url);
  const total = 300;
  await send(server.url, [0]);
  const seen: number[] = [];
  for await (const { dataUpdates } of client.subscribe<Points>(everyPoint, { type: 'orders', last: 1 })) {
    seen.push(...dataUpdates.points.map(({ number }) => number));
    if (seen.length === 1) void sendWithCuts(server.url, total, proxy.cut);
    if (seen.length >= total) break;
  }
  expect(seen).toEqual(Array.from({ length: total }, (_, n) => n));
  expect(proxy.connections()).toBeGreaterThan(3);
});

async function sendWithCuts(url: string, total: number, cut: () => void): Promise<void> {
  for (let n = 1; n < total; n += 1) {
    await send(url, [n]);
    if (n % 40 === 0) cut();
  }
}

test('an update has what was selected, and nothing of the client’s own', async () => {
  const { url } = await startServer();
  await ingest(url, [somePoint(1)]);
  const client = createPulseClient({ url: `${url.replace('http', 'ws')}/graphql` });
  onTestFinished(() => void client.dispose());
  const updates = client.subscribe('subscription { dataUpdates(entityType: "orders", last: 1) { skipped } }');
  expect((await updates.next()).value).toEqual({ dataUpdates: { skipped: 0 } });
  await updates.return?.();
});

test('a token is asked for at every connection', async () => {
  const server = await startServer();
  const proxy = await chaosProxy(server.url);
  let asked = 0;
  const token = () => {
    asked += 1;
    return `token-${asked}`;
  };
  const client = clientOf(proxy.url, { token });
  await send(server.url, [0]);
  let updates = 0;
  for await (const _ of client.subscribe<Points>(everyPoint, { type: 'orders', last: 1 })) {
    updates += 1;
    if (updates === 2) break;
    proxy.cut();
    await send(server.url, [1]);
  }
  expect(asked).toBe(2);
});

test('an operation that the server refuses is thrown with its errors, and not tried again', async () => {
  const server = await startServer();
  const client = clientOf(server.url);
  const iterator = client.subscribe('subscription { dashboardUpdates(id: "dash_none") { at } }');
  const failed = iterator.next();
  await expect(failed).rejects.toBeInstanceOf(OperationError);
  await expect(failed).rejects.toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
});

test('who leaves while nothing comes has left at once, and a loop that waits ends', async () => {
  const server = await startServer();
  const client = clientOf(server.url);
  const updates = client.subscribe<Points>(everyPoint, { type: 'orders', last: null });
  const waiting = updates.next();
  await server.subscriptions(1);
  await updates.return?.();
  expect(await waiting).toEqual({ done: true, value: undefined });
  await server.subscriptions(0);
});

test('who leaves before the first update was asked for never subscribed', async () => {
  const server = await startServer();
  const updates = clientOf(server.url).subscribe<Points>(everyPoint, { type: 'orders', last: null });
  await updates.return?.();
  expect(await updates.next()).toEqual({ done: true, value: undefined });
  expect(server.engine.status().subscriptions).toBe(0);
});

test('subscriptions that have no cursor are subscribed to anew', async () => {
  const server = await startServer();
  const proxy = await chaosProxy(server.url);
  const client = clientOf(proxy.url);
  let snapshots = 0;
  for await (const _ of client.subscribe('subscription { status(every: { size: 1, unit: HOUR }) { ready } }')) {
    snapshots += 1;
    if (snapshots === 2) break;
    proxy.cut();
  }
  expect(snapshots).toBe(2);
});
