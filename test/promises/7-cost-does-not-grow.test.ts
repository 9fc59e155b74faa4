// Promise 7: the cost of a point does not grow with what has nothing to do with it. Shown by counting: windows that there
// are, and feeds that are offered a point; no time is measured.
import { expect, test } from 'vitest';
import type { Feed } from '../../src/feeds/feed.ts';
import { FeedIndex } from '../../src/feeds/feed-index.ts';
import type { StoredPoint } from '../../src/points/point.ts';
import { somePoint } from '../support/batches.ts';
import { ingest, query, WsConnection } from '../support/graphql.ts';
import { startServer } from '../support/start-server.ts';

test('widgets, queries and subscriptions that ask the same share one window', async () => {
  // With room for one window only, a second one would be refused.
  const server = await startServer({ 'max-windows': '1' });
  const { url } = server;
  const kpi = { entityType: 'orders', aggregation: { function: 'COUNT' }, timeWindow: { size: 1, unit: 'HOUR' } };
  // The same in other words.
  const same = [
    kpi,
    { ...kpi, timeWindow: { size: 60, unit: 'MINUTE' } },
    { ...kpi, filters: [], groupBy: [], serviceId: null },
  ];
  const widgets = Array.from({ length: 20 }, (_, i) => ({
    name: `w${i}`,
    type: 'NUMBER',
    query: same[i % same.length],
  }));
  const create =
    'mutation ($input: CreateDashboardInput!) { createDashboard(input: $input) { ... on Dashboard { id } } }';
  const dashboards: string[] = [];
  for (let i = 0; i < 3; i += 1) {
    const made = await query<{ createDashboard: { id: string } }>(url, create, { input: { name: `d${i}`, widgets } });
    dashboards.push(made.createDashboard.id);
  }
  const connection = new WsConnection(url);
  interface Watched {
    readonly dashboardUpdates: { readonly widgets: readonly { readonly value: { readonly value: number } }[] };
  }
  const text =
    'subscription ($id: ID!) { dashboardUpdates(id: $id, every: { size: 1, unit: SECOND }) { widgets { value { value } } } }';
  const watches = dashboards.map((id) => connection.subscribe<Watched>(text, { id }));
  for (const watch of watches) await watch.next();
  const kpis = same.map((input) =>
    connection.subscribe('subscription ($q: KpiQueryInput!) { kpi(query: $q) { value { value } } }', { q: input }),
  );
  for (const watch of kpis) expect(await watch.next()).toEqual({ kpi: { value: { value: 0 } } });
  await ingest(url, [somePoint()]);
  for (const watch of watches) {
    const { dashboardUpdates } = await watch.next();
    expect(dashboardUpdates.widgets.map(({ value }) => value.value)).toEqual(Array.from({ length: 20 }, () => 1));
  }
  const other = connection.subscribe('subscription ($q: KpiQueryInput!) { kpi(query: $q) { at } }', {
    q: { ...kpi, serviceId: 'web' },
  });
  expect(await other.failure()).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }]);
});

test('a point is offered to the subscribers of its series alone, however many others there are', () => {
  const index = new FeedIndex();
  const offered: string[] = [];
  const add = (entityType: string, serviceId: string | null) => {
    const feed = { query: { entityType, serviceId }, offer: () => offered.push(`${entityType}/${serviceId}`) > 0 };
    return index.add(feed as unknown as Feed);
  };
  for (let i = 0; i < 1000; i += 1) {
    add('visits', null);
    add('orders', `shop-${i}`);
  }
  add('orders', null);
  const leave = add('orders', 'web');
  const point = { entityType: 'orders', serviceId: 'web', series: 7, offset: 1 } as StoredPoint;
  const woken = new Set<Feed>();
  index.offer(point, woken);
  expect(offered.splice(0).sort()).toEqual(['orders/null', 'orders/web']);
  expect(woken.size).toBe(2);
  leave();
  index.offer({ ...point, offset: 2 }, woken);
  expect(offered).toEqual(['orders/null']);
});
