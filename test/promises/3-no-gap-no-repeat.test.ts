// Promise 3: no gap, no repeat. A subscriber leaves at random moments and resumes with `after` while points come in.
import { expect, test } from 'vitest';
import { ingest, watchWs } from '../support/graphql.ts';
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

const watch = `subscription ($after: Cursor) {
  dataUpdates(entityType: "orders", frequency: EVERY_POINT, after: $after) {
    points { number(field: "n") cursor } skipped cursor gap { reason skipped resumesAt }
  }
}`;

function orders(from: number, count: number) {
  return Array.from({ length: count }, (_, i) => ({ entityType: 'orders', serviceId: 'web', data: { n: from + i } }));
}

test('a subscriber that leaves at random moments and resumes sees every point once, in order', async () => {
  const folder = tempFolder();
  const server = await startServer({ data: folder.path, memory: false });
  const total = 3000;
  const { cursor: start } = await ingest(server.url, orders(0, 1));
  let sending = true;
  const sent = (async () => {
    for (let n = 1; n < total; ) {
      const count = Math.min(total - n, 1 + Math.floor(Math.random() * 40));
      await ingest(server.url, [...orders(n, count), { entityType: 'others', serviceId: 'web', data: { n } }]);
      n += count;
    }
    sending = false;
  })();
  const seen: number[] = [0];
  let after = start;
  let visits = 0;
  while (sending || seen.length < total) {
    visits += 1;
    const subscription = watchWs<Update>(server.url, watch, { after });
    for (let left = 1 + Math.floor(Math.random() * 6); left > 0 && seen.length < total; left -= 1) {
      const { dataUpdates } = await subscription.next();
      expect(dataUpdates.gap).toBeNull();
      expect(dataUpdates.skipped).toBe(0);
      seen.push(...dataUpdates.points.map(({ number }) => number));
      after = dataUpdates.cursor;
    }
    await subscription.leave();
  }
  await sent;
  expect(seen).toEqual(Array.from({ length: total }, (_, n) => n));
  expect(visits).toBeGreaterThan(3);
  await server.stop();
  folder.remove();
});

test('where retention has taken what came since, the first update says so and goes on with what is left', async () => {
  // A store in memory lets its oldest blocks go past its size, as retention does.
  const server = await startServer({ 'max-memory-bytes': '20000' });
  const { cursor: after } = await ingest(server.url, orders(0, 10));
  const total = 20_000;
  for (let n = 10; n < total; n += 500) await ingest(server.url, orders(n, Math.min(500, total - n)));

  const subscription = watchWs<Update>(server.url, watch, { after });
  const { dataUpdates: first } = await subscription.next();
  const oldest = first.points[0]?.number ?? 0;
  expect(first.gap).toEqual({ reason: 'RETENTION', skipped: oldest - 10, resumesAt: expect.any(String) });
  expect(oldest).toBeGreaterThan(10);
  const numbers = first.points.map(({ number }) => number);
  while ((numbers.at(-1) ?? 0) < total - 1) {
    const { dataUpdates } = await subscription.next();
    expect(dataUpdates.gap).toBeNull();
    numbers.push(...dataUpdates.points.map(({ number }) => number));
  }
  expect(numbers).toEqual(Array.from({ length: total - oldest }, (_, i) => oldest + i));
  await subscription.leave();
});

test('a quiet subscription with a heartbeat moves its cursor on', async () => {
  const server = await startServer();
  await ingest(server.url, orders(0, 1));
  const quiet = `subscription { dataUpdates(entityType: "orders", filters: [{ field: "n", op: GT, values: [100] }], heartbeat: { size: 1, unit: SECOND }) { points { cursor } cursor } }`;
  const subscription = watchWs<Update>(server.url, quiet);
  const { dataUpdates: first } = await subscription.next();
  const { cursor } = await ingest(server.url, orders(1, 1));
  const later = await subscription.until(({ dataUpdates }) => dataUpdates.cursor === cursor);
  expect(first.cursor).not.toBe(cursor);
  expect(later.every(({ dataUpdates }) => dataUpdates.points.length === 0)).toBe(true);
  await subscription.leave();
});
