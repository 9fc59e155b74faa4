// `serve` as a supervisor runs it: says when it is ready, keeps its folder to itself, and leaves in order when it is told to.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { somePoint, somePoints } from '../support/batches.ts';
import { ingest, query, readAll, SseConnection, WsConnection } from '../support/graphql.ts';
import { runCommand, startServer, startServerProcess } from '../support/start-server.ts';
import { tempFolder } from '../support/temp-folder.ts';

const everyPoint = 'subscription { dataUpdates(entityType: "orders", frequency: EVERY_POINT) { points { data } } }';

test('prints where it listens, and exits 0 on SIGTERM with clients of every kind connected', async () => {
  const folder = tempFolder();
  const server = await startServerProcess({ folder: folder.path });
  expect(server.stdout()).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+\n$/);
  const ws = new WsConnection(server.url);
  const watches = [
    ws.subscribe(everyPoint),
    new SseConnection(server.url, { path: '/graphql' }).subscribe(everyPoint),
    new SseConnection(server.url).subscribe(everyPoint),
    new SseConnection(server.url, { singleConnection: true }).subscribe(everyPoint),
    ws.subscribe('subscription { status(every: { size: 1, unit: SECOND }) { uptimeSeconds } }'),
  ];
  for (;;) {
    const { status } = await query<{ status: { subscriptions: number } }>(server.url, '{ status { subscriptions } }');
    if (status.subscriptions === watches.length) break;
  }
  await ingest(server.url, [somePoint(1)]);
  for (const watch of watches) await watch.next();
  const began = performance.now();
  expect(await server.stop()).toEqual({ code: 0, signal: null });
  // The most that a supervisor grants before it kills.
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(await ws.closed).toMatchObject({ code: 1001 });
  expect(server.stderr()).toBe('');
  folder.remove();
});

test('keeps its folder to itself: a second server says in a sentence that it is in use', async () => {
  const folder = tempFolder();
  const data = path.join(folder.path, 'made', 'here');
  const first = await startServer({ data });
  const second = await runCommand(['serve', '--port', '0', '--source', 'none', '--data', data]);
  expect([second.code, second.stdout]).toEqual([1, '']);
  expect(second.stderr).toMatch(/^pulseql serve: .*pulseql\.db/);
  expect(second.stderr).not.toMatch(/^ +at /m);
  await ingest(first.url, somePoints(3));
  await first.stop();
  folder.remove();
});

test('finds in its folder what a server before it was sent', async () => {
  const folder = tempFolder();
  const first = await startServer({ data: folder.path });
  await ingest(first.url, somePoints(3));
  await query(first.url, 'mutation { createDashboard(input: { name: "Kept", widgets: [] }) { __typename } }');
  await first.stop();
  const again = await startServerProcess({ folder: folder.path });
  expect((await readAll(again.url, 'orders')).map((point) => point.data['n'])).toEqual([0, 1, 2]);
  expect(await query(again.url, '{ dashboards { edges { node { name } } } series { pointCount } }')).toEqual({
    dashboards: { edges: [{ node: { name: 'Kept' } }] },
    series: [{ pointCount: 3 }],
  });
  expect(await again.kill('SIGINT')).toEqual({ code: 0, signal: null });
  folder.remove();
});

test('with --memory leaves nothing on disk, and takes settings from flags before the environment', async () => {
  const folder = tempFolder();
  const server = await startServerProcess({
    args: ['--max-page', '7'],
    environment: { PULSEQL_DATA: folder.path, PULSEQL_MAX_PAGE: '5', PULSEQL_MAX_DASHBOARDS: '1' },
  });
  const { status } = await query<{ status: { storage: string; version: string } }>(
    server.url,
    '{ status { storage version } }',
  );
  expect(status.storage).toMatch(/memory/);
  expect(status.version).toBe(packageJson.version);
  await query(server.url, '{ points(entityType: "a", first: 7) { edges { cursor } } }');
  const create = 'mutation { createDashboard(input: { name: "D", widgets: [] }) { __typename } }';
  await query(server.url, create);
  expect(await query(server.url, create)).toEqual({ createDashboard: { __typename: 'LimitExceededError' } });
  await server.stop();
  expect(existsSync(path.join(folder.path, 'pulseql.db'))).toBe(false);
  folder.remove();
});

test('says in a sentence where the port is taken, and leaves', async () => {
  const server = await startServer();
  const { port } = new URL(server.url);
  const second = await runCommand(['serve', '--memory', '--source', 'none', '--port', port]);
  expect([second.code, second.stdout]).toEqual([1, '']);
  expect(second.stderr).toContain(`address already in use 127.0.0.1:${port}`);
  expect(second.stderr).not.toMatch(/^ +at /m);
});

test('runs on the Node.js that the project names', () => {
  const text = readFileSync(path.resolve(import.meta.dirname, '../../node_modules/node/package.json'), 'utf8');
  expect(`v${(JSON.parse(text) as { version: string }).version}`).toBe(process.version);
});
