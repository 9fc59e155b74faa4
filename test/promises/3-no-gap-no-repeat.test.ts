// Promise 3: no gap, no repeat. Subscribers leave at random moments, politely or not, and resume with `after` while points
// come in, while the server is restarted, and after retention has taken what came since.
import { expect, test } from 'vitest';
import { FakeClock } from '../support/fake-clock.ts';
import { ingest, query, type Watch, WsConnection, watchWs } from '../support/graphql.ts';
import { waitUntil } from '../support/inbox.ts';
import { startServer } from '../support/start-server.ts';
import { tempFolder } from '../support/temp-folder.ts';

interface Update {
  readonly dataUpdates: {
    readonly points: readonly { readonly number: number; readonly cursor: string }[];
    readonly skipped: number;
    readonly cursor: string;
    readonly gap: { readonly reason: string; readonly skipped: number; readonly resumesAt: string | null } | null;
  };
}

const watchText = `subscription ($after: Cursor, $filters: [FilterInput!], $frequency: Frequency = EVERY_POINT) {
  dataUpdates(entityType: "orders", frequency: $frequency, after: $after, filters: $filters) {
    points { number(field: "n") cursor } skipped cursor gap { reason skipped resumesAt }
  }
}`;

function orders(from: number, count: number) {
  return Array.from({ length: count }, (_, i) => ({
    entityType: 'orders',
    serviceId: 'web',
    data: { n: from + i, even: (from + i) % 2 === 0 },
  }));
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);
const atMost = (most: number) => 1 + Math.floor(Math.random() * most);

/** Follows the points from a cursor on over connections that do not last; `isDone` looks at all numbers seen. */
async function followThrough(
  url: () => string,
  start: { readonly after: string | null; readonly filters?: readonly object[] },
  isDone: (seen: readonly number[]) => boolean,
): Promise<{ seen: number[]; visits: number }> {
  const seen: number[] = [];
  let { after } = start;
  let visits = 0;
  while (!isDone(seen)) {
    visits += 1;
    const connection = new WsConnection(url());
    const watch = connection.subscribe<Update>(watchText, { after, filters: start.filters ?? [] });
    for (let left = atMost(4); left > 0 && !isDone(seen); left -= 1) {
      const update = await nextOrGone(watch);
      if (update === null) break;
      expect(update.dataUpdates).toMatchObject({ gap: null, skipped: 0 });
      seen.push(...update.dataUpdates.points.map(({ number }) => number));
      after = update.dataUpdates.cursor;
    }
    if (visits % 2 === 0) connection.terminate();
    await connection.close();
  }
  return { seen, visits };
}

/** Null where the connection broke, or the server ended the subscription: to be resumed. */
async function nextOrGone(watch: Watch<Update>): Promise<Update | null> {
  try {
    return await watch.next();
  } catch (error) {
    // An error that the server has sent is no broken connection.
    if (Array.isArray(error)) throw new Error(JSON.stringify(error));
    return null;
  }
}

test('a subscriber that leaves at random moments and resumes sees every point once, in order', async () => {
  const server = await startServer();
  const total = 2000;
  const { cursor: after } = await ingest(server.url, orders(-1, 1));
  const send = async () => {
    for (let n = 0; n < total; ) {
      const points = orders(n, Math.min(total - n, atMost(Math.random() < 0.6 ? 3 : 40)));
      await ingest(server.url, [...points, { entityType: 'others', serviceId: 'web', data: { n } }]);
      n += points.length;
    }
  };
  const url = () => server.url;
  const even = [{ field: 'even', op: 'EQ', values: [true] }];
  const [all, filtered] = await Promise.all([
    followThrough(url, { after }, (seen) => seen.at(-1) === total - 1),
    followThrough(url, { after, filters: even }, (seen) => seen.at(-1) === total - 2),
    send(),
  ]);
  expect(all.seen).toEqual(upTo(total));
  expect(filtered.seen).toEqual(upTo(total).filter((n) => n % 2 === 0));
  expect(all.visits).toBeGreaterThan(3);
});

test('a subscriber resumes across restarts of the server as if nothing had happened', async () => {
  const folder = tempFolder();
  const total = 900;
  let server = await startServer({ data: folder.path });
  const { cursor: after } = await ingest(server.url, orders(-1, 1));
  const send = async () => {
    for (let n = 0; n < total; n += 30) {
      await ingest(server.url, orders(n, 30));
      if (n % 300 !== 270) continue;
      const stopped = server;
      await stopped.stop();
      server = await startServer({ data: folder.path });
    }
  };
  const [{ seen }] = await Promise.all([
    followThrough(
      () => server.url,
      { after },
      (numbers) => numbers.at(-1) === total - 1,
    ),
    send(),
  ]);
  expect(seen).toEqual(upTo(total));
  await server.stop();
  folder.remove();
});

test('replay goes over into live without a hole, in full updates, at every frequency', async () => {
  const server = await startServer();
  const { cursor: after } = await ingest(server.url, orders(-1, 1));
  await ingest(server.url, orders(0, 500));
  for (const frequency of ['EVERY_POINT', 'REALTIME', 'LOW']) {
    const watch = watchWs<Update>(server.url, watchText, { after, frequency });
    const updates = await watch.until(({ dataUpdates }) => dataUpdates.points.at(-1)?.number === 499);
    expect(updates.flatMap(({ dataUpdates }) => dataUpdates.points.map(({ number }) => number))).toEqual(upTo(500));
    expect(updates.map(({ dataUpdates }) => dataUpdates.points.length)).toEqual(Array.from({ length: 10 }, () => 50));
    expect(updates.every(({ dataUpdates }) => dataUpdates.skipped === 0)).toBe(true);
    await watch.leave();
  }
});

test('where retention has taken what came since, the first update says so and goes on with what is left', async () => {
  const folder = tempFolder();
  const clock = new FakeClock(Date.now() - 60 * 86_400_000);
  const server = await startServer({ data: folder.path, 'retention-days': '30' }, clock);
  const { cursor: after } = await ingest(server.url, orders(0, 10));
  await ingest(server.url, orders(10, 90));
  clock.pass(31 * 86_400_000);
  await ingest(server.url, orders(100, 50));
  const resumesAt = new Date(clock.now()).toISOString();
  // Retention is looked after once a minute.
  await clock.advance(61_000);
  const page = '{ points(entityType: "orders", first: 1) { edges { node { number(field: "n") } } } }';
  await waitUntil('the oldest points to be gone', async () => {
    const { points } = await query<{ points: { edges: { node: { number: number } }[] } }>(server.url, page);
    return points.edges[0]?.node.number === 100;
  });

  const watch = watchWs<Update>(server.url, watchText, { after });
  const { dataUpdates: first } = await watch.next();
  expect(first.gap).toEqual({ reason: 'RETENTION', skipped: 90, resumesAt });
  expect(first.points.map(({ number }) => number)).toEqual(upTo(150).slice(100));
  await ingest(server.url, orders(150, 1));
  const { dataUpdates: next } = await watch.next();
  expect(next).toMatchObject({ gap: null, skipped: 0, points: [{ number: 150 }] });
  await watch.leave();
  await server.stop();
  folder.remove();
});

test('where a store in memory is full, what has gone is a gap too, and what is left follows without one', async () => {
  const server = await startServer({ 'max-memory-bytes': '20000' });
  const { cursor: after } = await ingest(server.url, orders(0, 10));
  const total = 20_000;
  for (let n = 10; n < total; n += 500) await ingest(server.url, orders(n, Math.min(500, total - n)));

  const watch = watchWs<Update>(server.url, watchText, { after });
  const { dataUpdates: first } = await watch.next();
  const oldest = first.points[0]?.number ?? 0;
  expect(first.gap).toEqual({ reason: 'RETENTION', skipped: oldest - 10, resumesAt: expect.any(String) });
  expect(oldest).toBeGreaterThan(10);
  const numbers = first.points.map(({ number }) => number);
  while ((numbers.at(-1) ?? 0) < total - 1) {
    const { dataUpdates } = await watch.next();
    expect(dataUpdates.gap).toBeNull();
    numbers.push(...dataUpdates.points.map(({ number }) => number));
  }
  expect(numbers).toEqual(Array.from({ length: total - oldest }, (_, i) => oldest + i));
});

test('a quiet subscription with a heartbeat moves its cursor on', async () => {
  const server = await startServer();
  await ingest(server.url, orders(0, 1));
  const quiet = `subscription {
    dataUpdates(entityType: "orders", filters: [{ field: "n", op: GT, values: [100] }], heartbeat: { size: 1, unit: SECOND }) {
      points { cursor } cursor
    }
  }`;
  const watch = watchWs<Update>(server.url, quiet);
  const { dataUpdates: first } = await watch.next();
  const { cursor } = await ingest(server.url, orders(1, 1));
  const later = await watch.until(({ dataUpdates }) => dataUpdates.cursor === cursor);
  expect(first.cursor).not.toBe(cursor);
  expect(later.every(({ dataUpdates }) => dataUpdates.points.length === 0)).toBe(true);
});
