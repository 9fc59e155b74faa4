// The demo of a server: where it runs, and what does not end it.
import { expect, test } from 'vitest';
import { post, query } from './support/graphql.ts';
import { startServer } from './support/start-server.ts';

const dashboards = '{ dashboards { edges { node { name owner isHome } } } series { entityType serviceId } }';

interface Seen {
  readonly dashboards: {
    readonly edges: readonly { readonly node: { readonly name: string; readonly isHome: boolean } }[];
  };
  readonly series: readonly { readonly entityType: string; readonly serviceId: string }[];
}

test('where nothing was ever sent there are points of an hour and a dashboard before the first request is answered', async () => {
  const server = await startServer({ source: 'demo' });
  const { dashboards: found, series } = await query<Seen>(server.url, dashboards);
  expect(found.edges.map(({ node }) => node)).toMatchObject([{ name: 'Shop', owner: 'demo', isHome: true }]);
  expect(series.map(({ entityType }) => entityType)).toContain('orders');
});

test('points that are all refused do not end it', async () => {
  const server = await startServer({ source: 'demo' });
  const { status } = await post(server.url, '{"entityType": "mine"}');
  expect(status).toBe(400);
  expect(await server.engine.readMark('demo')).toEqual({ state: 'running' });
});
