// GraphQL over server-sent events, at each of the doors and in each mode: results, errors, the end, and that nothing is left behind.
import { describe, expect, test } from 'vitest';
import { somePoint } from '../support/batches.ts';
import { fetchUnread } from '../support/fetch-unread.ts';
import { ask, ingest, SseConnection, type SseOptions, WsConnection } from '../support/graphql.ts';
import { Inbox, waitUntil } from '../support/inbox.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { startServer } from '../support/start-server.ts';

const everyPoint = 'subscription { dataUpdates(entityType: "orders", frequency: EVERY_POINT) { points { data } } }';

interface Update {
  readonly dataUpdates: { readonly points: readonly { readonly data: { readonly n: number } }[] };
}

const numbersIn = (updates: readonly Update[]) =>
  updates.flatMap(({ dataUpdates }) => dataUpdates.points.map(({ data }) => data.n));

const modes: readonly { readonly name: string; readonly options: SseOptions }[] = [
  { name: 'at /graphql', options: { path: '/graphql' } },
  { name: 'at /graphql/stream, a connection each', options: {} },
  { name: 'at /graphql/stream, one connection for all', options: { singleConnection: true } },
];

describe.each(modes)('server-sent events $name', ({ options }) => {
  test('bring what is subscribed to, and break off when the server stops, so that clients come back', async () => {
    const server = await startServer();
    const connection = new SseConnection(server.url, options);
    const watches = [1, 2].map(() => connection.subscribe<Update>(everyPoint));
    await server.subscriptions(2);
    for (const n of [1, 2, 3]) await ingest(server.url, [somePoint(n)]);
    await server.stop();
    for (const watch of watches) {
      const updates = await watch.until(({ dataUpdates }) => dataUpdates.points.at(-1)?.data.n === 3);
      expect(numbersIn(updates)).toEqual([1, 2, 3]);
      expect(String(await watch.failure())).toMatch(/NetworkError|closed/);
    }
  });

  test('answer queries and mutations too', async () => {
    const { url } = await startServer();
    const connection = new SseConnection(url, { ...options, headers: { 'x-client-id': 'till-3' } });
    const create = 'mutation { createDashboard(input: { name: "Mine", widgets: [] }) { ... on Dashboard { owner } } }';
    expect(await connection.subscribe(create).rest()).toEqual([{ createDashboard: { owner: 'till-3' } }]);
    const list = '{ dashboards { edges { node { name } } } }';
    expect(await connection.subscribe(list).rest()).toEqual([{ dashboards: { edges: [{ node: { name: 'Mine' } }] } }]);
  });

  test('say why a subscription cannot begin', async () => {
    const { url } = await startServer();
    const text = 'subscription { dashboardUpdates(id: "dash_no") { at } }';
    expect(await new SseConnection(url, options).subscribe(text).failure()).toMatchObject([
      {
        message: 'there is no dashboard "dash_no"',
        path: ['dashboardUpdates'],
        extensions: { code: 'NOT_FOUND', id: 'dash_no' },
      },
    ]);
  });

  test('leave no subscription behind when the reader leaves, and go on for the others', async () => {
    const server = await startServer();
    const connection = new SseConnection(server.url, options);
    const [gone, staying] = [connection.subscribe<Update>(everyPoint), connection.subscribe<Update>(everyPoint)];
    await server.subscriptions(2);
    await gone.leave();
    await server.subscriptions(1);
    await ingest(server.url, [somePoint(1)]);
    expect(numbersIn([await staying.next()])).toEqual([1]);
    expect(gone.size).toBe(0);
    await staying.leave();
    await server.subscriptions(0);
  });
});

describe('no subscription is left behind', () => {
  test('where an event stream is cut while nothing comes', async () => {
    const server = await startServer();
    for (const path of ['/graphql', '/graphql/stream']) {
      const cut = new AbortController();
      const response = await fetch(`${server.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
        body: JSON.stringify({ query: everyPoint }),
        signal: cut.signal,
      });
      expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
      await server.subscriptions(1);
      cut.abort();
      await server.subscriptions(0);
    }
  });

  test('where a WebSocket is closed, or cut, with many on it', async () => {
    const server = await startServer();
    for (const end of ['close', 'terminate'] as const) {
      const socket = new RawSocket(server.url);
      await socket.init();
      for (let id = 0; id < 50; id += 1) socket.subscribe(String(id), everyPoint);
      await server.subscriptions(50);
      socket[end]();
      await server.subscriptions(0);
    }
  });

  test('where a client of a WebSocket hangs and no longer answers', async () => {
    const server = await startServer({ 'heartbeat-seconds': '1' });
    const socket = new RawSocket(server.url);
    await socket.init();
    socket.subscribe('1', everyPoint);
    const alive = new WsConnection(server.url);
    const watch = alive.subscribe<Update>(everyPoint);
    await server.subscriptions(2);
    socket.pause();
    await server.subscriptions(1);
    await ingest(server.url, [somePoint(1)]);
    expect(numbersIn([await watch.next()])).toEqual([1]);
  });
});

interface StreamEvent {
  readonly event: string;
  readonly data: string;
  readonly id: string | null;
}

/** Events of a response, as they come. */
function events(response: Response): Inbox<StreamEvent> {
  const inbox = new Inbox<StreamEvent>('the event stream');
  const read = async () => {
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1];
        const event = field('event');
        if (event !== undefined) inbox.push({ event, data: field('data') ?? '', id: field('id') ?? null });
      }
    }
    inbox.end();
  };
  read().catch((error) => inbox.fail(error));
  return inbox;
}

describe('an event stream as it is on the line', () => {
  test('has a next event for each result and complete at its end, by GET as a browser asks', async () => {
    const server = await startServer();
    for (const path of ['/graphql', '/graphql/stream']) {
      const response = await fetch(`${server.url}${path}?query=${encodeURIComponent('{ status { version } }')}`, {
        headers: { accept: 'text/event-stream' },
      });
      expect(response.status).toBe(200);
      const all = await events(response).rest();
      expect(all.map(({ event }) => event)).toEqual(['next', 'complete']);
      expect(JSON.parse(all[0]?.data ?? '')).toEqual({ data: { status: { version: server.engine.status().version } } });
    }
  });

  test('has the cursor of an update as its id, from which a browser goes on by itself', async () => {
    const server = await startServer();
    const text = 'subscription { dataUpdates(entityType: "orders", frequency: EVERY_POINT) { points { data } } }';
    for (const path of ['/graphql', '/graphql/stream']) {
      const leave = new AbortController();
      const open = async (lastEventId: string) =>
        events(
          await fetch(`${server.url}${path}?query=${encodeURIComponent(text)}`, {
            headers: { accept: 'text/event-stream', 'last-event-id': lastEventId },
            signal: leave.signal,
          }),
        );
      const first = await open('');
      await server.subscriptions(1);
      const { cursor } = await ingest(server.url, [somePoint(1)]);
      const update = await first.next();
      expect(update.id).toBe(cursor);
      await ingest(server.url, [somePoint(2)]);
      const again = await open(update.id ?? '');
      expect(numbersIn([(JSON.parse((await again.next()).data) as { data: Update }).data])).toEqual([2]);
      leave.abort();
      await server.subscriptions(0);
    }
  });

  test('does not run mutations by GET', async () => {
    const server = await startServer();
    const text = 'mutation { simulate(entityType: "a", serviceId: "b") { __typename } }';
    for (const path of ['/graphql', '/graphql/stream']) {
      const response = await fetch(`${server.url}${path}?query=${encodeURIComponent(text)}`, {
        headers: { accept: 'text/event-stream' },
      });
      expect(response.status).toBe(405);
    }
    expect((await ask<{ series: unknown[] }>(server.url, '{ series { serviceId } }')).data.series).toEqual([]);
  });
});

describe('one connection for all', () => {
  const withToken = (token: string) => ({ 'x-graphql-event-stream-token': token });

  async function reserve(url: string): Promise<{ status: number; token: string }> {
    const response = await fetch(`${url}/graphql/stream`, { method: 'PUT' });
    return { status: response.status, token: await response.text() };
  }

  function run(url: string, token: string, operationId: unknown, query: string) {
    return fetch(`${url}/graphql/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...withToken(token) },
      body: JSON.stringify({ query, extensions: { operationId } }),
    });
  }

  const open = (url: string, token: string) =>
    fetchUnread(`${url}/graphql/stream`, { headers: { accept: 'text/event-stream', ...withToken(token) } });

  test('carries what was asked before it opened, under the ids that the client gave', async () => {
    const server = await startServer();
    const { status, token } = await reserve(server.url);
    expect([status, token]).toEqual([201, expect.stringMatching(/^stream_[\w-]{22}$/)]);
    expect((await run(server.url, token, 'a', '{ status { version } }')).status).toBe(202);
    const inbox = events(await open(server.url, token));
    expect((await run(server.url, token, 'b', '{ nothing }')).status).toBe(202);
    const found = await inbox.take(4);
    expect(found.map(({ event, data }) => [event, (JSON.parse(data) as { id: string }).id]).sort()).toEqual([
      ['complete', 'a'],
      ['complete', 'b'],
      ['next', 'a'],
      ['next', 'b'],
    ]);
    const mistake = found.find(({ event, data }) => event === 'next' && data.startsWith('{"id":"b"'));
    expect(JSON.parse(mistake?.data ?? '')).toMatchObject({
      id: 'b',
      payload: { errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] },
    });
  });

  test('ends one operation by DELETE and goes on with the others', async () => {
    const server = await startServer();
    const { token } = await reserve(server.url);
    const inbox = events(await open(server.url, token));
    for (const id of ['a', 'b']) await run(server.url, token, id, everyPoint);
    await server.subscriptions(2);
    const gone = await fetch(`${server.url}/graphql/stream?operationId=a`, {
      method: 'DELETE',
      headers: withToken(token),
    });
    expect(gone.status).toBe(200);
    await server.subscriptions(1);
    await ingest(server.url, [somePoint(1)]);
    expect((JSON.parse((await inbox.next()).data) as { id: string }).id).toBe('b');
    expect(inbox.size).toBe(0);
  });

  test('leaves no subscription behind where it is cut', async () => {
    const server = await startServer();
    const { token } = await reserve(server.url);
    const cut = new AbortController();
    const headers = { accept: 'text/event-stream', ...withToken(token) };
    await fetchUnread(`${server.url}/graphql/stream`, { headers, signal: cut.signal });
    for (const id of ['a', 'b']) await run(server.url, token, id, everyPoint);
    await server.subscriptions(2);
    cut.abort();
    await server.subscriptions(0);
  });

  test('refuses what does not belong to it', async () => {
    const server = await startServer();
    const { token } = await reserve(server.url);
    await open(server.url, token);
    await run(server.url, token, 'a', everyPoint);
    await server.subscriptions(1);
    expect((await open(server.url, token)).status).toBe(409);
    expect((await run(server.url, token, 'a', everyPoint)).status).toBe(409);
    expect((await run(server.url, token, '', everyPoint)).status).toBe(400);
    expect((await run(server.url, 'stream_no', 'a', everyPoint)).status).toBe(404);
    expect((await open(server.url, 'stream_no')).status).toBe(404);
    expect((await fetch(`${server.url}/graphql/stream`)).status).toBe(404);
  });

  test('has room for so many streams and operations, and a reservation that nobody opens makes room again', async () => {
    const server = await startServer({ 'max-connections': '2', 'max-subscriptions': '1', 'init-timeout-seconds': '1' });
    const { token } = await reserve(server.url);
    const inbox = events(await open(server.url, token));
    await run(server.url, token, 'a', everyPoint);
    await server.subscriptions(1);
    await run(server.url, token, 'b', everyPoint);
    expect(JSON.parse((await inbox.next()).data)).toMatchObject({
      id: 'b',
      payload: { errors: [{ extensions: { code: 'LIMIT_EXCEEDED', limit: 1 } }] },
    });
    const unused = await reserve(server.url);
    expect(unused.status).toBe(201);
    await run(server.url, unused.token, 'c', everyPoint);
    expect((await reserve(server.url)).status).toBe(503);
    await waitUntil('the reservation to be gone', async () => {
      const ended = await fetch(`${server.url}/graphql/stream?operationId=c`, {
        method: 'DELETE',
        headers: withToken(unused.token),
      });
      return ended.status === 404;
    });
    expect((await reserve(server.url)).status).toBe(201);
    expect(server.engine.status().subscriptions).toBe(1);
  });
});
