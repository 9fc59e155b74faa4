// The demo of a server: where it runs, and that it never mixes with somebody's own points.
import { expect, test } from 'vitest';
import { ingest, post, query } from './support/graphql.ts';
import { startServer, startServerProcess } from './support/start-server.ts';
import { tempFolder } from './support/temp-folder.ts';

const dashboards = '{ dashboards { edges { node { name owner isHome } } } series { entityType serviceId } }';

interface Seen {
  readonly dashboards: {
    readonly edges: readonly { readonly node: { readonly name: string; readonly isHome: boolean } }[];
  };
  readonly series: readonly { readonly entityType: string; readonly serviceId: string }[];
}

const own = { entityType: 'mine', serviceId: 'me', data: { n: 1 } };

test('where nothing was ever sent there are points of an hour and a dashboard before the first request is answered', async () => {
  const server = await startServer({ source: 'demo' });
  const { dashboards: found, series } = await query<Seen>(server.url, dashboards);
  expect(found.edges.map(({ node }) => node)).toMatchObject([{ name: 'Shop', owner: 'demo', isHome: true }]);
  expect(series.map(({ entityType }) => entityType)).toContain('orders');
});

test("somebody's own points end it for good, from their acknowledgement on, also after a kill", async () => {
  const folder = tempFolder();
  const server = await startServerProcess({ folder: folder.path, args: ['--source', 'demo'] });
  await ingest(server.url, [own]);
  await server.kill('SIGKILL');
  const again = await startServerProcess({ folder: folder.path, args: ['--source', 'demo'] });
  expect(again.stdout()).not.toContain('demo');
  await again.stop();
  folder.remove();
});

test('points that are all refused do not end it', async () => {
  const server = await startServer({ source: 'demo' });
  const { status } = await post(server.url, '{"entityType": "mine"}');
  expect(status).toBe(400);
  expect(await server.engine.readMark('demo')).toEqual({ state: 'running' });
});
