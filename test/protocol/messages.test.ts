// graphql-transport-ws, a rule of its PROTOCOL.md each: what a message must look like, and what is said to one that does not.
import { describe, expect, test } from 'vitest';
import { somePoint } from '../support/batches.ts';
import { ingest } from '../support/graphql.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { startServer } from '../support/start-server.ts';

const version = '{ status { version } }';
const everyPoint = 'subscription { dataUpdates(entityType: "orders", frequency: EVERY_POINT) { points { data } } }';

async function lives(socket: RawSocket): Promise<void> {
  socket.send({ type: 'ping', payload: { still: 'here' } });
  expect(await socket.inbox.next()).toEqual({ type: 'pong', payload: { still: 'here' } });
}

async function acknowledged(flags: Record<string, string> = {}): Promise<RawSocket> {
  const socket = new RawSocket((await startServer(flags)).url);
  await socket.init();
  return socket;
}

const subscribe = (payload: unknown, id: unknown = '1') => JSON.stringify({ type: 'subscribe', id, payload });

const invalid: readonly [string, string][] = [
  ['nothing', ''],
  ['blanks', '  '],
  ['text that is no JSON', 'hello'],
  ['half a message', '{"type":"pi'],
  ['two messages in one', '{"type":"ping"}{"type":"ping"}'],
  ['null', 'null'],
  ['a number', '1'],
  ['text', '"ping"'],
  ['a list', '[{"type":"ping"}]'],
  ['an object without a type', '{}'],
  ['a type that is null', '{"type":null}'],
  ['a type that is a number', '{"type":1}'],
  ['a type that there is not', '{"type":"hello"}'],
  ['a type of the legacy protocol', '{"type":"start","id":"1","payload":{"query":"{ status { version } }"}}'],
  ['a type in other letters', '{"type":"PING"}'],
  ['a type that objects have by themselves', '{"type":"__proto__"}'],
  ['a ping whose payload is text', '{"type":"ping","payload":"x"}'],
  ['a ping whose payload is a list', '{"type":"ping","payload":[]}'],
  ['a pong whose payload is a number', '{"type":"pong","payload":1}'],
  ['subscribe without an id', '{"type":"subscribe","payload":{"query":"{ status { version } }"}}'],
  ['subscribe with an empty id', subscribe({ query: version }, '')],
  ['subscribe with a number as id', subscribe({ query: version }, 1)],
  ['subscribe with null as id', subscribe({ query: version }, null)],
  ['subscribe without a payload', '{"type":"subscribe","id":"1"}'],
  ['subscribe whose payload is text', subscribe(version)],
  ['subscribe without a query', subscribe({})],
  ['subscribe whose query is a number', subscribe({ query: 1 })],
  ['subscribe whose query is null', subscribe({ query: null })],
  ['subscribe whose variables are a list', subscribe({ query: version, variables: [] })],
  ['subscribe whose variables are text', subscribe({ query: version, variables: '{}' })],
  ['subscribe whose operationName is a number', subscribe({ query: version, operationName: 1 })],
  ['subscribe whose extensions are text', subscribe({ query: version, extensions: 'x' })],
  ['complete without an id', '{"type":"complete"}'],
  ['complete with a number as id', '{"type":"complete","id":1}'],
  ['complete with an empty id', '{"type":"complete","id":""}'],
  ['what only servers say: connection_ack', '{"type":"connection_ack"}'],
  ['what only servers say: next', '{"type":"next","id":"1","payload":{"data":{}}}'],
  ['what only servers say: error', '{"type":"error","id":"1","payload":[{"message":"x"}]}'],
];

test.each(invalid)('%s closes the socket with 4400', async (_, message) => {
  const socket = await acknowledged();
  socket.send(message);
  expect(await socket.closed).toEqual({ code: 4400, reason: 'Invalid message received' });
});

describe('connection_init', () => {
  test.each([
    ['without a payload', '{"type":"connection_init"}'],
    ['with null', '{"type":"connection_init","payload":null}'],
    ['with an empty payload', '{"type":"connection_init","payload":{}}'],
    ['with a payload that nests', '{"type":"connection_init","payload":{"a":{"b":[1,null]},"clientId":{"no":"name"}}}'],
    [
      'with names that objects have by themselves',
      '{"type":"connection_init","payload":{"__proto__":{"clientId":"x"},"constructor":1}}',
    ],
    ['with fields beside it that nobody knows', '{"type":"connection_init","id":"7","more":true}'],
  ])('%s is acknowledged once, with a payload', async (_, message) => {
    const socket = new RawSocket((await startServer()).url);
    await socket.opened;
    socket.send(message);
    expect(await socket.inbox.next()).toEqual({
      type: 'connection_ack',
      payload: {
        connectionId: expect.any(String),
        clientId: expect.stringMatching(/^client_/),
        serverTime: expect.any(String),
      },
    });
    await lives(socket);
  });

  test.each([
    ['text', '"x"'],
    ['a list', '[]'],
    ['a number', '1'],
    ['false', 'false'],
  ])('with %s as payload closes the socket with 4400', async (_, payload) => {
    const socket = new RawSocket((await startServer()).url);
    await socket.opened;
    socket.send(`{"type":"connection_init","payload":${payload}}`);
    expect(await socket.closed).toMatchObject({ code: 4400 });
  });

  test('a second time closes the socket with 4429, also while operations run', async () => {
    const socket = await acknowledged();
    socket.subscribe('1', everyPoint);
    socket.send({ type: 'connection_init' });
    expect(await socket.closed).toEqual({ code: 4429, reason: 'Too many initialisation requests' });
  });

  test('a second time at once closes the socket with 4429 after one acknowledgement', async () => {
    const socket = new RawSocket((await startServer()).url);
    await socket.opened;
    for (let i = 0; i < 2; i += 1) socket.send({ type: 'connection_init' });
    expect(await socket.closed).toMatchObject({ code: 4429 });
    expect((await socket.inbox.rest()).map(({ type }) => type)).toEqual(['connection_ack']);
  });

  test('that never comes closes the socket with 4408, though pings do', async () => {
    const socket = new RawSocket((await startServer({ 'init-timeout-seconds': '1' })).url);
    await socket.opened;
    await lives(socket);
    expect(await socket.closed).toEqual({ code: 4408, reason: 'Connection initialisation timeout' });
  });

  test('longer than the limit before the acknowledgement closes the socket with 1009', async () => {
    const socket = new RawSocket((await startServer()).url);
    await socket.opened;
    socket.send({ type: 'connection_init', payload: { x: 'y'.repeat(70_000) } });
    expect(await socket.closed).toMatchObject({ code: 1009 });
  });
});

describe('before the acknowledgement', () => {
  test.each(['subscribe', 'subscribe of a subscription'])('%s closes the socket with 4401', async (what) => {
    const socket = new RawSocket((await startServer()).url);
    await socket.opened;
    socket.subscribe('1', what === 'subscribe' ? version : everyPoint);
    expect(await socket.closed).toEqual({ code: 4401, reason: 'Unauthorized' });
  });

  test('complete is passed over, for its id is not known', async () => {
    const socket = new RawSocket((await startServer()).url);
    await socket.opened;
    socket.send({ type: 'complete', id: '1' });
    await lives(socket);
  });

  test('subscribe right behind connection_init, without waiting, is taken', async () => {
    const socket = new RawSocket((await startServer()).url);
    await socket.opened;
    socket.send({ type: 'connection_init' });
    socket.subscribe('1', version);
    expect((await socket.inbox.take(3)).map(({ type }) => type)).toEqual(['connection_ack', 'next', 'complete']);
  });
});

describe('ping and pong', () => {
  test.each([
    ['no payload', {}, {}],
    ['null', { payload: null }, {}],
    ['an object', { payload: { n: 1, list: [null, 'é'] } }, { payload: { n: 1, list: [null, 'é'] } }],
    ['an empty object', { payload: {} }, { payload: {} }],
  ])('a ping with %s is answered with a pong of the same', async (_, sent, answered) => {
    for (const socket of [await acknowledged(), new RawSocket((await startServer()).url)]) {
      await socket.opened;
      socket.send({ type: 'ping', ...sent });
      expect(await socket.inbox.next()).toEqual({ type: 'pong', ...answered });
    }
  });

  test('a pong that nobody asked for is passed over', async () => {
    const socket = await acknowledged();
    for (const payload of [undefined, null, { n: 1 }]) socket.send({ type: 'pong', payload });
    await lives(socket);
  });

  test('a ping is answered in its place among the messages', async () => {
    const socket = await acknowledged();
    socket.subscribe('1', everyPoint);
    for (let n = 0; n < 5; n += 1) socket.send({ type: 'ping', payload: { n } });
    expect((await socket.inbox.take(5)).map(({ payload }) => payload)).toEqual([0, 1, 2, 3, 4].map((n) => ({ n })));
  });
});

describe('messages that are odd but allowed', () => {
  test.each([
    ['an escaped name', '{"t\\u0079pe":"ping"}'],
    ['blanks around', ' \n{"type" : "ping"}\t'],
    ['a type told twice, of which the last holds', '{"type":"hello","type":"ping"}'],
    ['fields that nobody knows', '{"type":"ping","id":"1","__proto__":{"a":1},"constructor":null}'],
  ])('%s', async (_, message) => {
    const socket = await acknowledged();
    socket.send(message);
    expect(await socket.inbox.next()).toEqual({ type: 'pong' });
    await lives(socket);
  });

  test.each([
    ['null for what is optional', { query: version, variables: null, operationName: null, extensions: null }],
    ['variables that the document does not have', { query: version, variables: { unknown: 1 } }],
    [
      'the name of the operation',
      { query: `query A ${version} query B { status { uptimeSeconds } }`, operationName: 'A' },
    ],
    ['extensions', { query: version, extensions: { persistedQuery: { sha256Hash: 'x' } } }],
    ['fields that nobody knows', { query: version, __proto__: { query: 'x' }, id: 'y' }],
  ])('subscribe with %s', async (_, payload) => {
    const socket = await acknowledged();
    socket.send({ type: 'subscribe', id: '1', payload });
    const [next, complete] = await socket.inbox.take(2);
    expect(next).toMatchObject({
      type: 'next',
      id: '1',
      payload: { data: { status: { version: expect.any(String) } } },
    });
    expect(complete).toEqual({ type: 'complete', id: '1' });
  });
});

test.each(['ping', 'pong', 'connection_init'])(
  'a %s that nests without end closes the socket with 4400',
  async (type) => {
    const socket = new RawSocket((await startServer()).url);
    await socket.opened;
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
    socket.send(`{"type":"${type}","payload":{"a":${deep}}}`);
    expect(await socket.closed).toMatchObject({ code: 4400 });
  },
);

test('a neighbour hears nothing of what others do wrong', async () => {
  const server = await startServer();
  const neighbour = new RawSocket(server.url);
  await neighbour.init();
  neighbour.subscribe('1', everyPoint);
  await server.subscriptions(1);
  for (const [, message] of invalid) {
    const socket = new RawSocket(server.url);
    await socket.init();
    socket.send(message);
    await socket.closed;
  }
  await ingest(server.url, [somePoint(1)]);
  expect(await neighbour.inbox.next()).toMatchObject({ type: 'next', id: '1' });
  expect(neighbour.inbox.size).toBe(0);
});
