// Answers are bounded by bytes: pages end early, updates are split, the rest is an error; unread answers are cut and have a total.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ask, ingest, query, watchWs } from '../support/graphql.ts';
import { waitUntil } from '../support/inbox.ts';
import { startServer } from '../support/start-server.ts';

const limits = { 'max-answer-bytes': '100000' };

async function withPoints(count: number, bytes: number, flags: Record<string, string> = limits) {
  const server = await startServer(flags);
  const data = (n: number) => ({ n, text: String(n % 10).repeat(bytes) });
  for (let n = 0; n < count; n += 1)
    await ingest(server.url, [{ entityType: 'orders', serviceId: 'web', data: data(n) }]);
  return server;
}

interface Page {
  readonly points: {
    readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean; readonly endCursor: string };
    readonly edges: readonly { readonly node: { readonly data: { readonly n: number } } }[];
  };
}
const page = (more: string) => `{ points(entityType: "orders" ${more}) {
  pageInfo { hasNextPage hasPreviousPage endCursor } edges { node { data } }
} }`;

describe('a page of large points', () => {
  test('ends early and goes on behind its end, until all have been read once', async () => {
    const { url } = await withPoints(20, 15_000);
    const seen: number[] = [];
    let after = '';
    for (;;) {
      const { points } = await query<Page>(url, page(`first: 1000 ${after}`));
      expect(points.edges.length).toBeLessThanOrEqual(6);
      seen.push(...points.edges.map(({ node }) => node.data.n));
      if (!points.pageInfo.hasNextPage) break;
      after = `after: "${points.pageInfo.endCursor}"`;
    }
    expect(seen).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  test('from the end gives the newest', async () => {
    const { url } = await withPoints(20, 15_000);
    const { points } = await query<Page>(url, page('last: 1000'));
    expect(points.edges.at(-1)?.node.data.n).toBe(19);
    expect([points.edges.length < 7, points.pageInfo.hasPreviousPage]).toEqual([true, true]);
  });

  test('is an error with the limit where not one point fits, or fields are asked for again and again', async () => {
    const { url } = await withPoints(3, 60_000);
    const error = { extensions: { code: 'LIMIT_EXCEEDED', limit: 100_000 } };
    const aliases = Array.from({ length: 9 }, (_, n) => `a${n}: data`).join(' ');
    expect(
      (await ask(url, `{ points(entityType: "orders", first: 1) { edges { node { ${aliases} } } } }`)).errors,
    ).toMatchObject([error]);
    const small = await withPoints(1, 60_000, { 'max-answer-bytes': '50000' });
    expect((await ask(small.url, page('first: 1'))).errors).toMatchObject([{ extensions: { limit: 50_000 } }]);
  });

  test('several of them share one answer', async () => {
    const { url } = await withPoints(20, 15_000);
    const pages = Array.from(
      { length: 20 },
      (_, n) => `p${n}: points(entityType: "orders", first: 5) { edges { node { data } } }`,
    );
    const { data, errors } = await ask(url, `{ ${pages.join(' ')} }`);
    expect(JSON.stringify(data ?? null).length).toBeLessThan(200_000);
    expect(errors[0]).toMatchObject({ extensions: { code: 'LIMIT_EXCEEDED', limit: 100_000 } });
  });
});

test('updates are split by bytes: nothing is missing, live and replayed', async () => {
  const { url } = await withPoints(12, 40_000);
  const text =
    'subscription { dataUpdates(entityType: "orders", last: 12, frequency: EVERY_POINT) { skipped points { data } } }';
  const watch = watchWs<{ dataUpdates: { skipped: number; points: { data: { n: number } }[] } }>(url, text);
  const seen: number[] = [];
  while (seen.length < 12) {
    const { points, skipped } = (await watch.next()).dataUpdates;
    expect([points.length <= 2, skipped]).toEqual([true, 0]);
    seen.push(...points.map(({ data }) => data.n));
  }
  expect(seen).toEqual(Array.from({ length: 12 }, (_, n) => n));
});

async function openUnread(url: string, count: number): Promise<Socket[]> {
  const { hostname, port } = new URL(url);
  const body = JSON.stringify({ query: page('first: 1000') });
  const sockets: Socket[] = [];
  for (let n = 0; n < count; n += 1) {
    const socket = connect(Number(port), hostname);
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.pause();
    socket.write(
      `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    sockets.push(socket);
  }
  return sockets;
}

describe('answers that are not read', () => {
  // More than the kernel's buffers of a connection take.
  const large = { 'max-answer-bytes': '20000000', 'max-total-answer-bytes': '50000000' };

  test('are cut after the stall limit', async () => {
    const { url } = await withPoints(18, 1_000_000, { ...large, 'stall-seconds': '1' });
    // On a slow machine the answer may take longer than the wait: then it is read whole, and the next attempt waits longer.
    for (let waitMs = 3000; ; waitMs *= 2) {
      const [socket] = (await openUnread(url, 1)) as [Socket];
      await once(socket, 'readable');
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      const ended = Promise.race([once(socket, 'close'), new Promise((resolve) => setTimeout(resolve, waitMs))]);
      socket.resume();
      await ended;
      if (socket.destroyed) {
        expect(socket.bytesRead).toBeLessThan(17_000_000);
        return;
      }
      socket.destroy();
    }
  });

  test('have a total, past which the next one is 503 that says when to come back', async () => {
    const { url } = await withPoints(18, 1_000_000, large);
    await openUnread(url, 3);
    await waitUntil('one is refused', async () => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: page('first: 1000') }),
      });
      const answer = (await response.json()) as { errors?: { extensions: object }[] };
      if (response.status !== 503) return false;
      expect([response.headers.get('retry-after'), answer.errors?.[0]?.extensions]).toEqual([
        '1',
        { code: 'LIMIT_EXCEEDED', limit: 50_000_000, retryAfterSeconds: 1 },
      ]);
      return true;
    });
    expect((await ask(url, '{ status { version } }')).status).toBe(200);
  });
});
