// The event subscription:created: once for each subscription, whatever brings it.
import { parse, subscribe } from 'graphql';
import { expect, test } from 'vitest';
import type { EngineEvents } from '../../src/engine/events.ts';
import { allRights, schema } from '../../src/index.ts';
import { somePoint } from '../support/batches.ts';
import { ask, ingest, SseConnection, WsConnection } from '../support/graphql.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { startServer, type TestServer } from '../support/start-server.ts';

type Created = EngineEvents['subscription:created'];

const everyPoint =
  'subscription Orders { dataUpdates(entityType: "orders", frequency: EVERY_POINT) { points { data } } }';
const me = { id: 'me', rights: allRights };
const headers = { 'x-client-id': 'ann' };

async function started() {
  const server = await startServer();
  const created: Created[] = [];
  server.engine.events.on('subscription:created', (event) => created.push(event));
  return { server, created };
}

/** Once a point has come to each, all events have been emitted. */
async function afterAPoint(server: TestServer, watches: readonly { next(): Promise<unknown> }[]): Promise<void> {
  await server.subscriptions(watches.length);
  await ingest(server.url, [somePoint(1)]);
  for (const watch of watches) await watch.next();
}

test('over a WebSocket it has the connection, the client, the field and the name of the operation', async () => {
  const { server, created } = await started();
  const socket = new RawSocket(server.url);
  const { connectionId } = await socket.init({ clientId: 'ann' });
  socket.subscribe('1', everyPoint);
  socket.subscribe('2', 'subscription { ...F } fragment F on Subscription { ... { later: status { version } } }');
  await socket.inbox.next();
  await server.subscriptions(2);
  const origin = { connectionId, transport: 'WEBSOCKET', clientId: 'ann' };
  expect(created).toEqual([
    { ...origin, field: 'dataUpdates', operationName: 'Orders' },
    { ...origin, field: 'status', operationName: null },
  ]);
});

test.each([
  ['an event stream', 'EVENT_STREAM', { path: '/graphql' as const }],
  ['an event stream of its own at /graphql/stream', 'EVENT_STREAM', {}],
  ['a shared event stream', 'EVENT_STREAM', { singleConnection: true }],
])('over %s it has the same', async (_, transport, options) => {
  const { server, created } = await started();
  const connection = new SseConnection(server.url, { ...options, headers });
  await afterAPoint(server, [connection.subscribe(everyPoint)]);
  const connectionId = server.engine.connections.list()[0]?.id;
  expect(created).toEqual([
    { connectionId, transport, clientId: 'ann', field: 'dataUpdates', operationName: 'Orders' },
  ]);
});

test('those that share a source have an event each', async () => {
  const { server, created } = await started();
  const connection = new WsConnection(server.url);
  await afterAPoint(
    server,
    [1, 2, 3].map(() => connection.subscribe(everyPoint)),
  );
  expect(created).toHaveLength(3);
});

test('a subscription that is refused, a query and a mutation have none', async () => {
  const { server, created } = await started();
  const connection = new WsConnection(server.url);
  await connection.subscribe('subscription { dataUpdates(entityType: "") { cursor } }').failure();
  await connection.subscribe('subscription { dataUpdates(entityType: "a", after: "x") { cursor } }').failure();
  await ask(server.url, '{ status { version } }');
  expect(created).toEqual([]);
});

test('a program that reads an iterator of the engine has one, at its first read', async () => {
  const { server, created } = await started();
  const { engine } = server;
  const iterator = engine.watchStatus(null);
  const points = engine.watchPoints(me, {
    entityType: 'orders',
    serviceId: null,
    filters: null,
    where: null,
    frequency: 'EVERY_POINT',
    after: null,
    last: null,
    heartbeat: null,
  });
  await iterator.next();
  void points.next();
  void points.next();
  const none = { connectionId: null, transport: null, operationName: null };
  expect(created).toEqual([
    { ...none, clientId: null, field: 'status' },
    { ...none, clientId: 'me', field: 'dataUpdates' },
  ]);
  await iterator.return();
  await points.return();
});

test('a server that mounts the schema has one for each subscription', async () => {
  const { server, created } = await started();
  const contextValue = { engine: server.engine, viewer: me };
  const results = await subscribe({ schema, document: parse('subscription { status { version } }'), contextValue });
  if (!(Symbol.asyncIterator in results)) throw new Error(JSON.stringify(results));
  await results.next();
  expect(created).toMatchObject([{ connectionId: null, field: 'status' }]);
  await results.return(undefined);
});
