// Operations over graphql-transport-ws: ids, order, the end of each, and that nothing of one is ever taken for another's.
import { describe, expect, test } from 'vitest';
import { somePoint, somePoints } from '../support/batches.ts';
import { ingest } from '../support/graphql.ts';
import { type Message, RawSocket } from '../support/raw-socket.ts';
import { startServer, type TestServer } from '../support/start-server.ts';

const version = '{ status { version } }';
const everyPoint = (entityType = 'orders', more = '') =>
  `subscription { dataUpdates(entityType: "${entityType}", frequency: EVERY_POINT${more}) { points { data } } }`;
const typesOf = (messages: readonly Message[]) => messages.map(({ type }) => type);
const idsOf = (messages: readonly Message[]) => messages.map(({ id }) => id);

async function connected(server: TestServer): Promise<RawSocket> {
  const socket = new RawSocket(server.url);
  await socket.init();
  return socket;
}

/** Everything that has come once the server has nothing more to say. */
async function allOf(socket: RawSocket): Promise<Message[]> {
  socket.send({ type: 'ping', payload: { last: true } });
  return (await socket.inbox.until(({ type }) => type === 'pong')).slice(0, -1);
}

describe('an id', () => {
  test.each([
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    'prototype',
    'length',
    '0',
    '-1',
    ' ',
    '\u0000',
    '"',
    '\\',
    'ü'.repeat(500),
    '🙂',
    'then',
  ])('may be %j, for queries and subscriptions, again and again', async (id) => {
    const server = await startServer();
    const socket = await connected(server);
    for (let round = 1; round <= 2; round += 1) {
      socket.subscribe(id, version);
      expect(await socket.inbox.take(2)).toMatchObject([
        { type: 'next', id },
        { type: 'complete', id },
      ]);
      socket.subscribe(id, everyPoint());
      await server.subscriptions(1);
      await ingest(server.url, [somePoint(round)]);
      expect(await socket.inbox.next()).toMatchObject({
        type: 'next',
        id,
        payload: { data: { dataUpdates: { points: [{ data: { n: round } }] } } },
      });
      socket.send({ type: 'complete', id });
      await server.subscriptions(0);
    }
    expect(await allOf(socket)).toEqual([]);
  });

  test.each([
    ['a query that takes a while and a query', '{ points(entityType: "orders") { edges { cursor } } }', version],
    ['a subscription and a subscription', everyPoint(), everyPoint()],
    ['a subscription and a query', everyPoint(), version],
  ])('of two that run at a time, %s, closes the socket with 4409 that names it', async (_, first, second) => {
    const server = await startServer();
    const socket = await connected(server);
    // Both in one packet, so that the first cannot be over.
    for (const query of [first, second]) socket.subscribe('same', query);
    expect(await socket.closed).toEqual({ code: 4409, reason: 'Subscriber for same already exists' });
    await server.subscriptions(0);
  });

  test('of one socket is nothing to another socket', async () => {
    const server = await startServer();
    const [first, second] = [await connected(server), await connected(server)];
    for (const socket of [first, second]) socket.subscribe('1', everyPoint());
    await server.subscriptions(2);
    first.send({ type: 'complete', id: '1' });
    await server.subscriptions(1);
    await ingest(server.url, [somePoint(1)]);
    expect(await second.inbox.next()).toMatchObject({ type: 'next', id: '1' });
    expect(await allOf(first)).toEqual([]);
  });

  test('is free again after an error', async () => {
    const server = await startServer();
    const socket = await connected(server);
    for (let round = 0; round < 3; round += 1) socket.subscribe('1', '{ nothing }');
    const messages = await socket.inbox.take(3);
    expect(typesOf(messages)).toEqual(['error', 'error', 'error']);
    expect(await allOf(socket)).toEqual([]);
  });
});

describe('complete by the client', () => {
  test('and a new operation of that id at once: only the new one is heard of', async () => {
    const server = await startServer();
    const socket = await connected(server);
    socket.subscribe('1', everyPoint('old'));
    await server.subscriptions(1);
    for (let round = 0; round < 200; round += 1) {
      const [from, to] = round % 2 === 0 ? ['old', 'new'] : ['new', 'old'];
      const sent = ingest(server.url, [{ ...somePoint(round), entityType: from as string }]);
      socket.send({ type: 'complete', id: '1' });
      socket.subscribe('1', everyPoint(to));
      await sent;
    }
    socket.send({ type: 'complete', id: '1' });
    socket.subscribe('1', everyPoint('last'));
    await server.subscriptions(1);
    await ingest(server.url, [{ ...somePoint(7), entityType: 'last' }]);
    const messages = await socket.inbox.until(({ payload }) => JSON.stringify(payload)?.includes('"n":7}') === true);
    // No `complete` of an operation that the client had completed before.
    expect(new Set(typesOf(messages))).toEqual(new Set(['next']));
    await server.subscriptions(1);
  });

  test('while its updates wait for a reader that is slow, and a new one of that id: the new one lives', async () => {
    const server = await startServer({ 'max-queued-bytes': '1000' });
    const socket = await connected(server);
    const large = (entityType: string, n: number) => ({
      ...somePoint(n),
      entityType,
      data: { n, x: 'y'.repeat(200_000) },
    });
    socket.subscribe('1', everyPoint('old'));
    await server.subscriptions(1);
    socket.pause();
    for (let n = 0; n < 60; n += 1) await ingest(server.url, [large('old', n)]);
    socket.send({ type: 'complete', id: '1' });
    socket.subscribe('1', everyPoint('new'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.resume();
    await server.subscriptions(1);
    socket.send({ type: 'ping', payload: { n: 'mark' } });
    await socket.inbox.until(({ type }) => type === 'pong');
    await ingest(server.url, [large('new', 7)]);
    expect(await socket.inbox.next()).toMatchObject({
      type: 'next',
      id: '1',
      payload: { data: { dataUpdates: { points: [{ data: { n: 7 } }] } } },
    });
  });

  test('of a query that runs: its result is not sent, also where its id is taken again', async () => {
    const server = await startServer();
    await ingest(server.url, somePoints(5000));
    const socket = await connected(server);
    const slow = '{ points(entityType: "orders", first: 1000) { edges { node { cursor timestamp data } } } }';
    for (let round = 0; round < 20; round += 1) {
      socket.subscribe('1', slow);
      socket.send({ type: 'complete', id: '1' });
      socket.subscribe('1', version);
      const [next, complete] = await socket.inbox.take(2);
      expect(next).toMatchObject({ type: 'next', id: '1', payload: { data: { status: {} } } });
      expect(complete).toEqual({ type: 'complete', id: '1' });
    }
    expect(await allOf(socket)).toEqual([]);
  });

  test('a second time, of an id that is not known, or of one that has ended, is passed over', async () => {
    const server = await startServer();
    const socket = await connected(server);
    socket.subscribe('1', version);
    await socket.inbox.take(2);
    for (const id of ['1', '1', 'unknown', 'constructor', '__proto__']) socket.send({ type: 'complete', id });
    expect(await allOf(socket)).toEqual([]);
  });
});

describe('an operation ends', () => {
  test('with next and complete where it is a query, and never with more', async () => {
    const server = await startServer();
    const socket = await connected(server);
    for (let n = 0; n < 50; n += 1) socket.subscribe(String(n), version);
    const messages = await socket.inbox.take(100);
    for (let n = 0; n < 50; n += 1) {
      expect(typesOf(messages.filter(({ id }) => id === String(n)))).toEqual(['next', 'complete']);
    }
    expect(await allOf(socket)).toEqual([]);
  });

  test('with an error alone where its document is wrong, and its neighbours go on', async () => {
    const server = await startServer();
    const socket = await connected(server);
    socket.subscribe('lives', everyPoint());
    await server.subscriptions(1);
    for (const [i, query] of [
      '{',
      '',
      '{ nothing }',
      'subscription { nothing }',
      'fragment F on Query { status { version } }',
      `query A ${version} query A ${version}`,
    ].entries()) {
      socket.subscribe(String(i), query);
      expect(await socket.inbox.next()).toMatchObject({
        type: 'error',
        id: String(i),
        payload: [{ message: expect.any(String) }],
      });
    }
    await ingest(server.url, [somePoint(1)]);
    expect(idsOf(await socket.inbox.take(1))).toEqual(['lives']);
    expect(await allOf(socket)).toEqual([]);
  });

  test('with an error where the document has several operations and none is named, or one that is not there', async () => {
    const server = await startServer();
    const socket = await connected(server);
    const query = `query A ${version} query B ${version}`;
    socket.send({ type: 'subscribe', id: '1', payload: { query } });
    socket.send({ type: 'subscribe', id: '2', payload: { query, operationName: 'C' } });
    expect(await socket.inbox.take(2)).toMatchObject([
      { type: 'error', id: '1' },
      { type: 'error', id: '2' },
    ]);
  });

  test('with a result that has errors where a field fails, and data beside', async () => {
    const server = await startServer();
    const socket = await connected(server);
    socket.subscribe('1', '{ status { version } points(entityType: "orders", first: 1001) { edges { cursor } } }');
    const [next, complete] = await socket.inbox.take(2);
    expect(next).toMatchObject({ type: 'next', payload: { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] } });
    expect(complete).toEqual({ type: 'complete', id: '1' });
  });

  test.each([
    [
      'variables that do not fit',
      'query ($n: Int!) { points(entityType: "x", first: $n) { edges { cursor } } }',
      { n: 'text' },
    ],
    ['a variable that is missing', 'query ($n: Int!) { points(entityType: "x", first: $n) { edges { cursor } } }', {}],
    [
      'variables of a subscription that do not fit',
      'subscription ($n: Int!) { dataUpdates(entityType: "x", last: $n) { cursor } }',
      { n: 'text' },
    ],
  ])('with the errors of %s, and the socket lives', async (_, query, variables) => {
    const server = await startServer();
    const socket = await connected(server);
    socket.subscribe('1', query, variables);
    const first = await socket.inbox.next();
    expect(first.id).toBe('1');
    expect(JSON.stringify(first.payload)).toContain('BAD_USER_INPUT');
    expect(typesOf(await allOf(socket))).toEqual(first.type === 'error' ? [] : ['complete']);
  });
});

describe('order', () => {
  test('the updates of a subscription come in the order of the log, once each', async () => {
    const server = await startServer();
    const socket = await connected(server);
    socket.subscribe('1', everyPoint());
    await server.subscriptions(1);
    for (let n = 0; n < 20; n += 1) await ingest(server.url, somePoints(50, n * 50));
    const seen: number[] = [];
    while (seen.length < 1000) {
      const { payload } = await socket.inbox.next();
      const { points } = (payload as { data: { dataUpdates: { points: { data: { n: number } }[] } } }).data.dataUpdates;
      seen.push(...points.map(({ data }) => data.n));
    }
    expect(seen).toEqual(Array.from({ length: 1000 }, (_, n) => n));
  });

  test('operations begin in the order of their messages: a mutation is seen by the query behind its answer', async () => {
    const server = await startServer();
    const socket = await connected(server);
    const send =
      'mutation ($n: Int!) { ingest(points: [{ entityType: "orders", serviceId: "web", data: {} }]) { accepted } }'.replace(
        '($n: Int!)',
        '',
      );
    for (let n = 1; n <= 20; n += 1) {
      socket.subscribe('m', send);
      await socket.inbox.take(2);
      socket.subscribe('q', '{ series { pointCount } }');
      const [next] = await socket.inbox.take(2);
      expect(next?.payload).toEqual({ data: { series: [{ pointCount: n }] } });
    }
  });

  test('a slow operation does not hold up the others of its socket', async () => {
    const server = await startServer();
    await ingest(server.url, somePoints(5000));
    const socket = await connected(server);
    const wide = '{ points(entityType: "orders", first: 1000) { edges { node { data } } } }';
    for (let n = 0; n < 4; n += 1) socket.subscribe(`slow ${n}`, wide);
    socket.subscribe('quick', version);
    const ended = (await socket.inbox.take(10)).filter(({ type }) => type === 'complete');
    expect(idsOf(ended).indexOf('quick')).toBeLessThan(4);
    expect(ended).toHaveLength(5);
  });

  test('a hundred subscriptions of one socket each get every point', async () => {
    const server = await startServer();
    const socket = await connected(server);
    for (let n = 0; n < 100; n += 1) socket.subscribe(String(n), everyPoint());
    await server.subscriptions(100);
    await ingest(server.url, [somePoint(1)]);
    const messages = await socket.inbox.take(100);
    expect(new Set(idsOf(messages)).size).toBe(100);
    expect(await allOf(socket)).toEqual([]);
  });
});
