// Promise 4: nothing is dropped in silence. What a frequency or a slow reader leaves out is counted in `skipped`, what is
// refused is named, and late, duplicate and rejected points are counted in the status.
import { describe, expect, test } from 'vitest';
import { somePoint, somePoints } from '../support/batches.ts';
import { ingest, ndjson, post, query, readAll, watchWs } from '../support/graphql.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { startServer } from '../support/start-server.ts';

interface Update {
  readonly dataUpdates: {
    readonly points: readonly { readonly n: number }[];
    readonly skipped: number;
    readonly cursor: string;
  };
}

const watchText = `subscription ($frequency: Frequency) {
  dataUpdates(entityType: "orders", frequency: $frequency) { points { n: number(field: "n") } skipped cursor }
}`;

const countOf = (updates: readonly Update[]) =>
  updates.reduce((sum, { dataUpdates }) => sum + dataUpdates.points.length + dataUpdates.skipped, 0);
const numbersIn = (updates: readonly Update[]) =>
  updates.flatMap(({ dataUpdates }) => dataUpdates.points.map(({ n }) => n));

describe('points and skipped together are all there were', () => {
  test('at a frequency that leaves points out, of which the latest come', async () => {
    const server = await startServer();
    const watch = watchWs<Update>(server.url, watchText, { frequency: 'REALTIME' });
    await server.subscriptions(1);
    await ingest(server.url, [somePoint(0)]);
    const first = await watch.next();
    expect(first.dataUpdates).toMatchObject({ points: [{ n: 0 }], skipped: 0 });
    // Within one interval, unless the machine is slow: then within several, and the sums are the same.
    const { cursor } = await ingest(server.url, somePoints(2000, 1));
    const updates = await watch.until(({ dataUpdates }) => dataUpdates.cursor === cursor);
    expect(countOf(updates)).toBe(2000);
    expect(updates.some(({ dataUpdates }) => dataUpdates.skipped > 0)).toBe(true);
    for (const { dataUpdates } of updates) expect(dataUpdates.points.length).toBeLessThanOrEqual(50);
    expect(numbersIn(updates).slice(-50)).toEqual(Array.from({ length: 50 }, (_, i) => 1951 + i));
  });

  test('at every point, where a batch in one commit comes as several updates', async () => {
    const server = await startServer();
    const watch = watchWs<Update>(server.url, watchText, { frequency: 'EVERY_POINT' });
    await server.subscriptions(1);
    const { cursor } = await ingest(server.url, somePoints(480));
    const updates = await watch.until(({ dataUpdates }) => dataUpdates.cursor === cursor);
    expect(updates.map(({ dataUpdates }) => dataUpdates.points.length)).toEqual([
      ...Array.from({ length: 9 }, () => 50),
      30,
    ]);
    expect(updates.every(({ dataUpdates }) => dataUpdates.skipped === 0)).toBe(true);
    expect(numbersIn(updates)).toEqual(Array.from({ length: 480 }, (_, n) => n));
  });

  test('for a reader of every point that stops reading for a while', async () => {
    const server = await startServer({ 'max-queued-bytes': '100000', 'max-memory-bytes': '1000000000' });
    const socket = new RawSocket(server.url);
    await socket.init();
    // With the data, so that what is sent is far more than the buffers of the system take.
    const wide = watchText.replace('n: number(field: "n")', 'n: number(field: "n") data');
    socket.subscribe('1', wide, { frequency: 'EVERY_POINT' });
    await server.subscriptions(1);
    socket.pause();
    const total = 20_000;
    const padding = 'x'.repeat(1000);
    let last: string | null = null;
    for (let n = 0; n < total; n += 1000) {
      const points = somePoints(1000, n).map((point) => ({ ...point, data: { ...point.data, padding } }));
      last = (await ingest(server.url, points)).cursor;
    }
    socket.resume();
    const messages = await socket.inbox.until(
      ({ payload }) => (payload as { data: Update }).data.dataUpdates.cursor === last,
    );
    const updates = messages.map(({ payload }) => (payload as { data: Update }).data);
    expect(countOf(updates)).toBe(total);
    expect(updates.some(({ dataUpdates }) => dataUpdates.skipped > 0)).toBe(true);
    const numbers = numbersIn(updates);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(numbers.at(-1)).toBe(total - 1);
  });
});

test('what is left out of an update can be fetched by the cursors around it', async () => {
  const server = await startServer();
  const watch = watchWs<Update>(server.url, watchText, { frequency: 'REALTIME' });
  await server.subscriptions(1);
  await ingest(server.url, [somePoint(0)]);
  const { dataUpdates: before } = await watch.next();
  await ingest(server.url, somePoints(300, 1));
  const updates = await watch.until(({ dataUpdates }) => dataUpdates.points.at(-1)?.n === 300);
  const found = await readAll(server.url, 'orders', before.cursor);
  expect(found).toHaveLength(countOf(updates));
  expect(found.map(({ data }) => data['n'])).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
});

test('every refused point is named with its reason, and the status counts what was refused, repeated and late', async () => {
  const server = await startServer();
  const time = (hour: number) => new Date(Date.UTC(2026, 0, 1, hour)).toISOString();
  const at = (n: number, hour: number) => ({ ...somePoint(n), timestamp: time(hour) });
  const good = [at(0, 5), at(1, 3), at(2, 9), at(3, 8), { ...at(4, 10), key: 'k' }, { ...at(5, 11), key: 'k' }];
  const bad = ['{', '{"entityType":"orders"}', JSON.stringify({ ...somePoint(), timestamp: '1970-01-01T00:00:00Z' })];
  const { status, answer } = await post(server.url, `${bad.join('\n')}\n${ndjson(good)}`);
  expect(status).toBe(207);
  expect(answer).toMatchObject({ accepted: 5, duplicates: 1, rejectedCount: 3 });
  expect(answer.rejected.map(({ index }) => index)).toEqual([0, 1, 2]);
  expect(answer.rejected.every(({ message }) => message.length > 10)).toBe(true);
  const text = '{ status { performance { processedEvents rejectedEvents duplicateEvents lateEvents errorRate } } }';
  const counted = await query<{ status: { performance: { errorRate: number } } }>(server.url, text);
  expect(counted.status.performance).toMatchObject({
    processedEvents: 5,
    rejectedEvents: 3,
    duplicateEvents: 1,
    lateEvents: 2,
  });
  expect(counted.status.performance.errorRate).toBeCloseTo(3 / 8);
});
