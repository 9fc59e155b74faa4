// Promise 6: memory is bounded. Past each limit there is a typed error, or the oldest goes; a slow reader costs its own
// updates and nobody else's, and never the server's memory.
import { describe, expect, test } from 'vitest';
import { somePoint, somePoints } from '../support/batches.ts';
import { ask, ingest, ndjson, post, query, watchWs } from '../support/graphql.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { startServer } from '../support/start-server.ts';

const count = (more: object = {}) => ({
  entityType: 'orders',
  aggregation: { function: 'COUNT' },
  timeWindow: { size: 1, unit: 'HOUR' },
  ...more,
});

describe('past a limit', () => {
  test('points of one series too many are refused by name, those of known series are taken', async () => {
    const { url, engine } = await startServer({ 'max-series': '3' });
    const points = ['a', 'b', 'c', 'd', 'a', 'e', 'c'].map((serviceId, n) => somePoint(n, serviceId));
    const { status, answer } = await post(url, ndjson(points));
    expect([status, answer.accepted]).toEqual([207, 5]);
    expect(answer.rejected).toEqual(
      [3, 5].map((index) => ({ index, message: expect.stringMatching(/one more than the 3 there may be/) })),
    );
    expect(engine.status().series).toBe(3);
    expect((await post(url, ndjson([somePoint(9, 'b'), somePoint(9, 'f')]))).answer).toMatchObject({
      accepted: 1,
      rejectedCount: 1,
    });
  });

  test('groups that come later are one, and no point of theirs is lost', async () => {
    const { url } = await startServer({ 'max-groups': '10' });
    await ingest(
      url,
      Array.from({ length: 1000 }, (_, n) => ({ ...somePoint(n), data: { customer: `c${n % 200}` } })),
    );
    const text = 'query ($query: KpiQueryInput!) { kpi(query: $query) { value count groups { value isOther } } }';
    interface Grouped {
      readonly kpi: {
        readonly value: number;
        readonly groups: readonly { readonly value: number; readonly isOther: boolean }[];
      };
    }
    const { kpi } = await query<Grouped>(url, text, { query: count({ groupBy: ['customer'] }) });
    expect(kpi.value).toBe(1000);
    expect(kpi.groups.filter(({ isOther }) => isOther)).toHaveLength(1);
    expect(kpi.groups.length).toBeLessThanOrEqual(11);
    expect(kpi.groups.reduce((sum, { value }) => sum + value, 0)).toBe(1000);
  });

  test('one window too many is LIMIT_EXCEEDED, while those that there are go on', async () => {
    const { url } = await startServer({ 'max-windows': '2' });
    const text = 'query ($query: KpiQueryInput!) { kpi(query: $query) { value } }';
    const ask1 = (size: number) =>
      ask<{ kpi: { value: number } }>(url, text, { query: count({ timeWindow: { size, unit: 'HOUR' } }) });
    expect((await ask1(1)).errors).toEqual([]);
    expect((await ask1(2)).errors).toEqual([]);
    expect((await ask1(3)).errors).toMatchObject([
      { message: expect.stringContaining('2 different windows'), extensions: { code: 'LIMIT_EXCEEDED', limit: 2 } },
    ]);
    await ingest(url, [somePoint()]);
    expect((await ask1(1)).data.kpi.value).toBe(1);
  });

  test('a page, an update, the points kept in memory: none is larger than its setting', async () => {
    const server = await startServer({
      'max-page': '20',
      'default-page': '5',
      'batch-size': '7',
      'max-memory-bytes': '50000',
    });
    const { url } = server;
    const points = (size: string) => `{ points(entityType: "orders" ${size}) { edges { cursor } } }`;
    const watch = watchWs<{ dataUpdates: { points: object[]; cursor: string } }>(
      url,
      'subscription { dataUpdates(entityType: "orders", frequency: EVERY_POINT) { points { cursor } cursor } }',
    );
    await server.subscriptions(1);
    const { cursor } = await ingest(url, somePoints(60));
    const updates = await watch.until(({ dataUpdates }) => dataUpdates.cursor === cursor);
    expect(Math.max(...updates.map(({ dataUpdates }) => dataUpdates.points.length))).toBe(7);
    expect((await query<{ points: { edges: object[] } }>(url, points(''))).points.edges).toHaveLength(5);
    expect((await query<{ points: { edges: object[] } }>(url, points('first: 20'))).points.edges).toHaveLength(20);
    expect((await ask(url, points('first: 21'))).errors).toMatchObject([
      { message: 'first must be from 0 to 20, not 21' },
    ]);

    // Text of which nothing can be packed away.
    for (let n = 0; n < 40; n += 1) {
      await ingest(
        url,
        somePoints(100, n * 100).map((point) => ({ ...point, data: { ...point.data, noise: crypto.randomUUID() } })),
      );
    }
    const oldest = await query<{ points: { edges: { node: { n: number } }[] } }>(
      url,
      '{ points(entityType: "orders", first: 1) { edges { node { n: number(field: "n") } } } }',
    );
    expect(oldest.points.edges[0]?.node.n).toBeGreaterThan(100);
  });
});

describe('readers that stall', () => {
  test('leave those who read unharmed in a burst of 10,000 points', async () => {
    const server = await startServer({ 'buffered-points': '20000' });
    const text =
      'subscription { dataUpdates(entityType: "orders", frequency: EVERY_POINT) { points { n: number(field: "n") } skipped } }';
    const stalled: RawSocket[] = [];
    for (let i = 0; i < 5; i += 1) {
      const socket = new RawSocket(server.url);
      await socket.init();
      for (const id of ['1', '2', '3', '4']) socket.subscribe(id, text);
      socket.pause();
      stalled.push(socket);
    }
    const watch = watchWs<{ dataUpdates: { points: { n: number }[]; skipped: number } }>(server.url, text);
    await server.subscriptions(21);
    await ingest(server.url, somePoints(10_000));
    const updates = await watch.until(({ dataUpdates }) => dataUpdates.points.at(-1)?.n === 9999);
    expect(updates.flatMap(({ dataUpdates }) => dataUpdates.points.map(({ n }) => n))).toEqual(
      Array.from({ length: 10_000 }, (_, n) => n),
    );
    const { status } = await query<{ status: { subscriptions: number } }>(server.url, '{ status { subscriptions } }');
    expect(status.subscriptions).toBe(21);
  });
});
