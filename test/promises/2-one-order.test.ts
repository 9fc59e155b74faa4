// Promise 2: one order. Whoever reads the points of an entity type, however often, over whatever transport, and with
// whatever filter, sees them in the order of the log, once.
import { expect, test } from 'vitest';
import { ingest, readAll, SseConnection, WsConnection } from '../support/graphql.ts';
import { startServer } from '../support/start-server.ts';

interface Update {
  readonly dataUpdates: {
    readonly points: readonly { readonly cursor: string }[];
    readonly skipped: number;
    readonly cursor: string;
  };
}

const watchText = `subscription ($frequency: Frequency, $serviceId: String, $filters: [FilterInput!], $after: Cursor, $last: Int) {
  dataUpdates(entityType: "orders", frequency: $frequency, serviceId: $serviceId, filters: $filters, after: $after, last: $last) {
    points { cursor } skipped cursor
  }
}`;

const producers = 4;
const batchesEach = 12;
const pointsPerBatch = 25;

const isLarge = [{ field: 'n', op: 'GTE', values: [150] }];

test('subscribers with different frequencies, filters and transports see one order, that of the log', async () => {
  const server = await startServer({ 'buffered-points': '100000' });
  const { url } = server;
  const first = await ingest(url, [{ entityType: 'orders', serviceId: 'start', data: { n: -1 } }]);
  const ws = new WsConnection(url);
  const readers = [
    { connection: ws, variables: { frequency: 'EVERY_POINT' } },
    { connection: ws, variables: { frequency: 'EVERY_POINT', filters: isLarge } },
    { connection: new WsConnection(url), variables: { frequency: 'EVERY_POINT', serviceId: 'shop-2' } },
    { connection: new SseConnection(url), variables: { frequency: 'EVERY_POINT' } },
    {
      connection: new SseConnection(url, { path: '/graphql' }),
      variables: { frequency: 'EVERY_POINT', after: first.cursor },
    },
    { connection: new WsConnection(url), variables: { frequency: 'REALTIME' } },
    {
      connection: new SseConnection(url, { singleConnection: true }),
      variables: { frequency: 'REALTIME', last: 1, serviceId: 'shop-1' },
    },
  ].map(({ connection, variables }) => ({ variables, watch: connection.subscribe<Update>(watchText, variables) }));
  await server.subscriptions(readers.length);

  const produce = async (shop: number) => {
    for (let batch = 0; batch < batchesEach; batch += 1) {
      const points = Array.from({ length: pointsPerBatch }, (_, i) => ({
        entityType: 'orders',
        serviceId: `shop-${shop}`,
        data: { n: batch * pointsPerBatch + i },
      }));
      await ingest(url, [...points, { entityType: 'others', serviceId: `shop-${shop}`, data: {} }]);
    }
  };
  await Promise.all(Array.from({ length: producers }, (_, shop) => produce(shop)));
  // One last point for each of them: whoever has seen it has seen everything that comes before it.
  for (let shop = 0; shop < producers; shop += 1) {
    await ingest(url, [{ entityType: 'orders', serviceId: `shop-${shop}`, data: { n: 1000, isLast: true } }]);
  }

  const log = (await readAll(url, 'orders')).slice(1);
  expect(log).toHaveLength(producers * (batchesEach * pointsPerBatch + 1));
  // The producers' points really came in between one another.
  const turns = log.filter(({ serviceId }, i) => serviceId !== log[i - 1]?.serviceId).length;
  expect(turns).toBeGreaterThan(2 * producers);

  for (const { variables, watch } of readers) {
    const wanted = log.filter(
      ({ serviceId, data }) =>
        (!('serviceId' in variables) || serviceId === variables.serviceId) &&
        (!('filters' in variables) || (data['n'] as number) >= 150),
    );
    const order = new Map(wanted.map(({ cursor }, i) => [cursor, i]));
    const lastCursor = wanted.at(-1)?.cursor;
    const updates = await watch.until(({ dataUpdates }) => dataUpdates.cursor === lastCursor);
    const places = updates.flatMap(({ dataUpdates }) => dataUpdates.points.map(({ cursor }) => order.get(cursor)));
    // Each is wanted, none comes twice and none comes before an earlier one.
    expect(places.every((place, i) => place !== undefined && (i === 0 || place > (places[i - 1] ?? 0)))).toBe(true);
    const skipped = updates.reduce((sum, { dataUpdates }) => sum + dataUpdates.skipped, 0);
    expect(places.length + skipped).toBe(wanted.length);
    if (variables.frequency === 'EVERY_POINT') expect(places).toHaveLength(wanted.length);
    for (const { dataUpdates } of updates) expect(dataUpdates.cursor).toBe(dataUpdates.points.at(-1)?.cursor);
  }
});

test('points of one request keep their order, whatever their timestamps say', async () => {
  const server = await startServer();
  const times = ['2026-03-01T00:00:00Z', '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'];
  await ingest(
    server.url,
    times.map((timestamp) => ({ entityType: 'orders', serviceId: 'web', timestamp, data: {} })),
  );
  const points = await readAll(server.url, 'orders');
  expect(points.map(({ timestamp }) => timestamp.slice(0, 7))).toEqual(['2026-03', '2026-01', '2026-02']);
});
