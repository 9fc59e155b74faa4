// GraphQL over WebSocket: what the protocol says, and that one mistake costs one operation and not the connection.
import { once } from 'node:events';
import { get } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { somePoint } from '../support/batches.ts';
import { ingest, query, WsConnection } from '../support/graphql.ts';
import { waitUntil } from '../support/inbox.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { startServer } from '../support/start-server.ts';

const everyPoint =
  'subscription { dataUpdates(entityType: "orders", frequency: EVERY_POINT) { points { data } cursor } }';

interface Update {
  readonly dataUpdates: {
    readonly points: readonly { readonly data: { readonly n: number } }[];
    readonly cursor: string;
  };
}

describe('a connection is acknowledged', () => {
  test('with its id, the client and the time of the server', async () => {
    const server = await startServer();
    const payload = await new WsConnection(server.url).acknowledged;
    expect(payload).toEqual({
      connectionId: expect.stringMatching(/^conn_[\w-]{22}$/),
      clientId: expect.stringMatching(/^client_[\w-]{22}$/),
      serverTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
    expect(Math.abs(Date.parse(payload['serverTime'] as string) - server.engine.now())).toBeLessThan(20_000);
  });

  test('as the client that its header x-client-id names', async () => {
    const { url } = await startServer();
    const connection = new WsConnection(url, { headers: { 'x-client-id': 'till-3' } });
    expect(await connection.acknowledged).toMatchObject({ clientId: 'till-3' });
  });

  test('as the client that its parameters name, which go before the header', async () => {
    const { url } = await startServer();
    const headers = { 'x-client-id': 'till-3' };
    const connection = new WsConnection(url, { headers, connectionParams: { clientId: 'till-4' } });
    expect(await connection.acknowledged).toMatchObject({ clientId: 'till-4' });
    const create = `mutation { createDashboard(input: { name: "Mine", widgets: [] }) { ... on Dashboard { owner } } }`;
    expect(await connection.subscribe(create).next()).toEqual({ createDashboard: { owner: 'till-4' } });
  });

  test('with a made-up id where the name given is none', async () => {
    const { url } = await startServer();
    for (const clientId of ['', 7, 'x'.repeat(257), null]) {
      const socket = new RawSocket(url);
      expect(await socket.init({ clientId })).toMatchObject({ clientId: expect.stringMatching(/^client_/) });
    }
  });

  test('and those who listen hear of it, and of its end', async () => {
    const server = await startServer();
    const heard: object[] = [];
    server.engine.events.on('connection:new', (event) => heard.push(event));
    server.engine.events.on('connection:closed', (event) => heard.push(event));
    const connection = new WsConnection(server.url);
    const { connectionId, clientId } = await connection.acknowledged;
    expect(server.engine.status().connections).toBe(1);
    await connection.close();
    await waitUntil('the end of the connection', () => heard.length === 2);
    expect(heard).toEqual([
      { connectionId, clientId },
      { connectionId, code: 1000 },
    ]);
    expect(server.engine.status().connections).toBe(0);
  });
});

describe('an operation that fails is an error message, and the socket lives', () => {
  const mistakes = [
    { what: 'a syntax error', text: 'subscription {', says: /^Syntax Error: / },
    { what: 'a field that there is not', text: '{ nothing }', says: /"nothing".*"Query"/ },
    {
      what: 'a dashboard that there is not',
      text: 'subscription { dashboardUpdates(id: "dash_no") { at } }',
      says: /"dash_no"/,
    },
    {
      what: 'an argument out of range',
      text: 'subscription { dataUpdates(entityType: "orders", last: 1001) { cursor } }',
      says: /^last: must be from 0 to 1000, not 1001$/,
    },
    {
      what: 'both after and last',
      text: 'subscription { dataUpdates(entityType: "orders", last: 1, after: "x") { cursor } }',
      says: /^give after or last, not both$/,
    },
    {
      what: 'a query of a KPI without an aggregation',
      text: 'subscription { kpi(query: { entityType: "orders", timeWindow: { size: 1, unit: MINUTE } }) { at } }',
      says: /^query\.aggregation: is needed/,
    },
  ];

  test.each(mistakes)('$what', async ({ text, says }) => {
    const { url } = await startServer();
    const socket = new RawSocket(url);
    await socket.init();
    socket.subscribe('1', text);
    expect(await socket.inbox.next()).toMatchObject({
      type: 'error',
      id: '1',
      payload: [{ message: expect.stringMatching(says) }],
    });
    // Nothing follows an error, not even `complete`, and the id is free again.
    socket.send({ type: 'ping' });
    expect(await socket.inbox.next()).toEqual({ type: 'pong' });
    socket.subscribe('1', '{ status { version } }');
    expect((await socket.inbox.take(2)).map(({ type }) => type)).toEqual(['next', 'complete']);
  });

  test('an error has a code, and one of an input every issue', async () => {
    const { url } = await startServer();
    const connection = new WsConnection(url);
    const codes: [string, object][] = [
      ['subscription {', { code: 'GRAPHQL_PARSE_FAILED' }],
      ['{ nothing }', { code: 'GRAPHQL_VALIDATION_FAILED' }],
      ['subscription { dashboardUpdates(id: "dash_no") { at } }', { code: 'NOT_FOUND', id: 'dash_no' }],
      [
        'subscription { dataUpdates(entityType: "", last: -1) { cursor } }',
        { code: 'BAD_USER_INPUT', issues: [{ path: ['entityType'] }, { path: ['last'] }] },
      ],
    ];
    for (const [text, extensions] of codes) {
      expect(await connection.subscribe(text).failure()).toMatchObject([{ extensions }]);
    }
  });
});

describe('the protocol', () => {
  test('an id may be used again once its operation is over, and is refused while it runs', async () => {
    const { url } = await startServer();
    const socket = new RawSocket(url);
    await socket.init();
    for (let round = 0; round < 2; round += 1) {
      socket.subscribe('1', '{ status { version } }');
      const [next, complete] = await socket.inbox.take(2);
      expect(next).toMatchObject({ id: '1', type: 'next', payload: { data: { status: {} } } });
      expect(complete).toEqual({ id: '1', type: 'complete' });
    }
    socket.subscribe('1', everyPoint);
    socket.subscribe('1', everyPoint);
    expect(await socket.closed).toMatchObject({ code: 4409 });
  });

  test('complete ends a subscription, and its id is free again', async () => {
    const server = await startServer();
    const socket = new RawSocket(server.url);
    await socket.init();
    socket.subscribe('1', everyPoint);
    await server.subscriptions(1);
    socket.send({ type: 'complete', id: '1' });
    await server.subscriptions(0);
    await ingest(server.url, [somePoint(1)]);
    socket.subscribe('1', everyPoint);
    await server.subscriptions(1);
    await ingest(server.url, [somePoint(2)]);
    // Nothing of the first subscription comes after its end.
    expect(await socket.inbox.next()).toMatchObject({
      type: 'next',
      id: '1',
      payload: { data: { dataUpdates: { points: [{ data: { n: 2 } }] } } },
    });
    expect(socket.inbox.size).toBe(0);
  });

  test('queries and mutations run beside subscriptions', async () => {
    const server = await startServer();
    const connection = new WsConnection(server.url);
    const watch = connection.subscribe<Update>(everyPoint);
    await server.subscriptions(1);
    const send = 'mutation ($points: [DataPointInput!]!) { ingest(points: $points) { accepted cursor } }';
    const sent = await connection
      .subscribe<{ ingest: { accepted: number; cursor: string } }>(send, { points: [somePoint(3)] })
      .rest();
    expect(sent).toMatchObject([{ ingest: { accepted: 1 } }]);
    expect((await watch.next()).dataUpdates).toEqual({ points: [{ data: { n: 3 } }], cursor: sent[0]?.ingest.cursor });
  });

  test('ping is answered with its payload, and a pong nobody asked for is not', async () => {
    const { url } = await startServer();
    const socket = new RawSocket(url);
    await socket.opened;
    socket.send({ type: 'ping', payload: { n: 1 } });
    expect(await socket.inbox.next()).toEqual({ type: 'pong', payload: { n: 1 } });
    await socket.init();
    socket.send({ type: 'pong' });
    socket.send({ type: 'complete', id: 'unknown' });
    socket.send({ type: 'ping' });
    expect(await socket.inbox.next()).toMatchObject({ type: 'pong' });
  });

  test.each([
    {
      what: 'subscribing before the acknowledgement',
      send: [{ type: 'subscribe', id: '1', payload: { query: '{ status { version } }' } }],
      code: 4401,
    },
    { what: 'a second connection_init', send: [{ type: 'connection_init' }, { type: 'connection_init' }], code: 4429 },
    { what: 'a message that is no JSON', send: ['{'], code: 4400 },
    { what: 'a message of no known type', send: [{ type: 'start' }], code: 4400 },
  ])('$what closes the socket with $code', async ({ send, code }) => {
    const { url } = await startServer();
    const socket = new RawSocket(url);
    await socket.opened;
    for (const message of send) socket.send(message);
    expect(await socket.closed).toMatchObject({ code });
  });

  test('an id of any length that is used twice closes the socket with 4409', async () => {
    const { url } = await startServer();
    const socket = new RawSocket(url);
    await socket.init();
    for (let i = 0; i < 2; i += 1) socket.subscribe('ö'.repeat(200), everyPoint);
    const { code, reason } = await socket.closed;
    expect([code, reason.startsWith('Subscriber for ö')]).toEqual([4409, true]);
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
  });

  test('without connection_init the socket is closed with 4408', async () => {
    const { url } = await startServer({ 'init-timeout-seconds': '1' });
    const socket = new RawSocket(url);
    expect(await socket.closed).toMatchObject({ code: 4408 });
  });

  test('a client that knows only another subprotocol is closed with 4406', async () => {
    const { url } = await startServer();
    const socket = new RawSocket(url, { protocols: ['graphql-ws'] });
    // A client must not take a connection whose subprotocol it did not offer: ws drops it by itself.
    await expect(socket.opened).rejects.toThrow(/subprotocol/);
  });

  test('a message above the limit closes the socket with 1009', async () => {
    const { url } = await startServer({ 'max-message-bytes': '10000' });
    const socket = new RawSocket(url);
    await socket.init();
    socket.subscribe('1', `{ status { version } } # ${'x'.repeat(10_000)}`);
    expect(await socket.closed).toMatchObject({ code: 1009 });
  });

  test('an upgrade to any other path is 404', async () => {
    const { url } = await startServer();
    const socket = new RawSocket(`${url}/elsewhere?`);
    await expect(socket.opened).rejects.toThrow(/404/);
  });
});

describe('limits', () => {
  test('one connection too many is closed with 1013, and there is room again once one has gone', async () => {
    const server = await startServer({ 'max-connections': '2' });
    const [first, second] = [new RawSocket(server.url), new RawSocket(server.url)];
    await Promise.all([first.init(), second.init()]);
    const third = new RawSocket(server.url);
    expect(await third.closed).toEqual({ code: 1013, reason: 'Too many connections; try again later' });
    expect(server.engine.status().connections).toBe(2);
    first.close();
    await waitUntil('room', () => server.engine.status().connections === 1);
    await new RawSocket(server.url).init();
    expect(second.isOpen).toBe(true);
  });

  test('a connection that was refused and does not leave takes nobody else his place', async () => {
    const server = await startServer({ 'max-connections': '1' });
    const first = new RawSocket(server.url);
    await first.init();
    // A client that never answers, not even that it was told to close.
    const headers = {
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      'sec-websocket-protocol': 'graphql-transport-ws',
    };
    const [, refused] = await once(get(`${server.url}/graphql`, { headers }), 'upgrade');
    onTestFinished(() => void (refused as Socket).destroy());
    first.close();
    await waitUntil('room', () => server.engine.status().connections === 0);
    expect(await new RawSocket(server.url).init()).toMatchObject({ clientId: expect.any(String) });
  });

  test('one subscription too many is LIMIT_EXCEEDED with the limit, the socket lives, and there is room again once one has gone', async () => {
    const server = await startServer({ 'max-subscriptions': '3' });
    const socket = new RawSocket(server.url);
    await socket.init();
    for (const id of ['1', '2', '3']) socket.subscribe(id, everyPoint);
    await server.subscriptions(3);
    socket.subscribe('4', everyPoint);
    expect(await socket.inbox.next()).toMatchObject({
      type: 'error',
      id: '4',
      payload: [
        {
          message: expect.stringContaining('at most 3 subscriptions'),
          extensions: { code: 'LIMIT_EXCEEDED', limit: 3 },
        },
      ],
    });
    socket.send({ type: 'complete', id: '2' });
    await server.subscriptions(2);
    socket.subscribe('4', everyPoint);
    await server.subscriptions(3);
    await ingest(server.url, [somePoint(1)]);
    expect((await socket.inbox.take(3)).map(({ id }) => id).sort()).toEqual(['1', '3', '4']);
  });
});

describe('at the end', () => {
  test('a server that stops closes with 1001, so that clients come back, and completes nothing', async () => {
    const server = await startServer();
    const connection = new WsConnection(server.url);
    const watch = connection.subscribe<Update>(everyPoint);
    await server.subscriptions(1);
    await ingest(server.url, [somePoint(1)]);
    await server.stop();
    expect(await connection.closed).toMatchObject({ code: 1001, reason: 'The server is shutting down; connect again' });
    expect((await watch.next()).dataUpdates.points).toEqual([{ data: { n: 1 } }]);
    expect(await watch.failure()).toMatchObject({ code: 1001 });
  });

  test('a deleted dashboard completes those who watch it', async () => {
    const server = await startServer();
    const create = 'mutation { createDashboard(input: { name: "D", widgets: [] }) { ... on Dashboard { id } } }';
    const { createDashboard } = await query<{ createDashboard: { id: string } }>(server.url, create);
    const connection = new WsConnection(server.url);
    const watch = connection.subscribe('subscription ($id: ID!) { dashboardUpdates(id: $id) { isSnapshot } }', {
      id: createDashboard.id,
    });
    expect(await watch.next()).toEqual({ dashboardUpdates: { isSnapshot: true } });
    await query(server.url, 'mutation ($id: ID!) { deleteDashboard(id: $id) { __typename } }', {
      id: createDashboard.id,
    });
    expect(await watch.rest()).toEqual([]);
  });
});
