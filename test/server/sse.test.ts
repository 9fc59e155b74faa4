// GraphQL over server-sent events, at each of the doors and in each mode: results, errors, the end, and that nothing is left behind.
import { describe, expect, test } from 'vitest';
import { somePoint } from '../support/batches.ts';
import { ask, ingest, SseConnection, type SseOptions, WsConnection } from '../support/graphql.ts';
import { Inbox } from '../support/inbox.ts';
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
  test('bring what is subscribed to, and end when the server stops', async () => {
    const server = await startServer();
    const connection = new SseConnection(server.url, options);
    const watches = [1, 2].map(() => connection.subscribe<Update>(everyPoint));
    await server.subscriptions(2);
    for (const n of [1, 2, 3]) await ingest(server.url, [somePoint(n)]);
    await server.stop();
    for (const watch of watches) expect(numbersIn(await watch.rest())).toEqual([1, 2, 3]);
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

describe('an event stream as it is on the line', () => {
  /** Events of a response, as they come. */
  function events(response: Response): Inbox<{ event: string; data: string }> {
    const inbox = new Inbox<{ event: string; data: string }>('the event stream');
    const read = async () => {
      let text = '';
      for await (const chunk of response.body ?? []) {
        text += Buffer.from(chunk).toString();
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) {
          const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1];
          const event = field('event');
          if (event !== undefined) inbox.push({ event, data: field('data') ?? '' });
        }
      }
      inbox.end();
    };
    read().catch((error) => inbox.fail(error));
    return inbox;
  }

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
