// Clients that do not read, against a server in a process of its own: they are cut after the time that is set, and those who
// read notice nothing.
import { expect, test } from 'vitest';
import { somePoint } from '../support/batches.ts';
import { fetchUnread } from '../support/fetch-unread.ts';
import { ndjson, post, query, SseConnection, type Watch, WsConnection } from '../support/graphql.ts';
import { waitUntil } from '../support/inbox.ts';
import { openDeaf } from '../support/raw-frames.ts';
import { report } from '../support/report.ts';
import { metric, residentMegabytes, watchMemory } from '../support/server-figures.ts';
import { startServerProcess } from '../support/start-server.ts';

interface Update {
  readonly dataUpdates: {
    readonly points: readonly { readonly data: { readonly n: number } }[];
    readonly skipped: number;
  };
}

const everyPoint =
  'subscription { dataUpdates(entityType: "orders", frequency: EVERY_POINT) { points { data } skipped } }';

/** Reads until the last of so many points; gives how many came and how many were left out. */
async function readTo(watch: Watch<Update>, last: number) {
  const sums = { points: 0, skipped: 0 };
  for (;;) {
    const { points, skipped } = (await watch.next()).dataUpdates;
    sums.points += points.length;
    sums.skipped += skipped;
    if (points.at(-1)?.data.n === last) return sums;
  }
}

test('a stalled reader on either transport and a burst of 10,000 points leave every other reader and the process unharmed', async () => {
  const server = await startServerProcess();
  const stalled = await openDeaf(server.url, true);
  stalled.message({ type: 'subscribe', id: '1', payload: { query: everyPoint } });
  const controller = new AbortController();
  // Its body is never read.
  await fetchUnread(`${server.url}/graphql?query=${encodeURIComponent(everyPoint)}`, {
    headers: { accept: 'text/event-stream' },
    signal: controller.signal,
  });
  const healthy = [
    ...Array.from({ length: 3 }, () => new WsConnection(server.url).subscribe<Update>(everyPoint)),
    new SseConnection(server.url).subscribe<Update>(everyPoint),
  ];
  await waitUntil('all to listen', async () => (await metric(server, 'pulseql_subscriptions')) === 6);
  await metric(server, 'pulseql_connections');
  const before = residentMegabytes(server);
  const memory = watchMemory(server);
  const points = Array.from({ length: 10_000 }, (_, n) => ({ ...somePoint(n), data: { n, x: 'y'.repeat(400) } }));
  const sent = post(server.url, ndjson(points));
  const read = await Promise.all(healthy.map((watch) => readTo(watch, 9999)));
  expect((await sent).answer.accepted).toBe(10_000);
  const growth = memory.stop() - before;
  for (const { points: came, skipped } of read) expect(came + skipped).toBe(10_000);
  // The points themselves are in memory too, some 5 MB of them.
  report(
    `10,000 points in a burst, two of six readers stalled: memory +${growth.toFixed(0)} MB, skipped ${read.map(({ skipped }) => skipped).join(', ')}`,
  );
  expect((await query<{ status: object }>(server.url, '{ status { version } }')).status).toBeTruthy();
  expect(server.stderr()).toBe('');
  controller.abort();
});

test('a stalled reader is cut after the time that the setting says, on either transport', async () => {
  const server = await startServerProcess({ args: ['--stall-seconds', '1', '--max-queued-bytes', '10000'] });
  const stalled = await openDeaf(server.url, true);
  stalled.message({ type: 'subscribe', id: '1', payload: { query: everyPoint } });
  await fetchUnread(`${server.url}/graphql?query=${encodeURIComponent(everyPoint)}`, {
    headers: { accept: 'text/event-stream' },
  });
  await waitUntil('both to listen', async () => (await metric(server, 'pulseql_subscriptions')) === 2);
  let n = 0;
  await waitUntil('both to be cut', async () => {
    const points = Array.from({ length: 500 }, () => ({ ...somePoint(n++), data: { n, x: 'y'.repeat(2000) } }));
    await post(server.url, ndjson(points));
    return (await metric(server, 'pulseql_subscriptions')) === 0;
  });
  expect(server.stderr()).toBe('');
});
