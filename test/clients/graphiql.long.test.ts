// GraphiQL in a real browser: what one types runs, the result moves, and the page needs nothing but its server.
import { expect, test } from 'vitest';
import { openGraphiql } from '../support/graphiql.ts';
import { ingest } from '../support/graphql.ts';
import { startServer } from '../support/start-server.ts';

// A page of nine megabytes takes its time on a small machine.
const patienceMs = 60_000;
const order = (amount: number) => ({ entityType: 'demo_orders', serviceId: 'web', data: { amount } });

test(
  'a subscription that is typed in shows points as they come, and the page asks no other host',
  async () => {
    const server = await startServer();
    const graphiql = await openGraphiql(server.url);
    await graphiql.newTab();
    await graphiql.type(
      'query',
      'subscription Typed { dataUpdates(entityType: "demo_orders", frequency: EVERY_POINT) { points { number(field: "amount") } } }',
    );
    await graphiql.pressCtrlEnter();
    await server.subscriptions(1);
    await ingest(server.url, [order(12.5)]);
    await graphiql.shows('"number": 12.5');
    await ingest(server.url, [order(99.75)]);
    await graphiql.shows('"number": 99.75');
    await graphiql.stop();
    await server.subscriptions(0);

    const { host } = new URL(server.url);
    expect(
      graphiql.requested.map((url) => new URL(url.replace(/^blob:/, '')).host).filter((at) => at !== host),
    ).toEqual([]);
    expect(graphiql.requested.some((url) => url.startsWith('ws:'))).toBe(true);
    expect(graphiql.complaints).toEqual([]);
  },
  patienceMs,
);

test(
  'it opens with seven tabs; the one on resuming goes on from a cursor that is put into its variables',
  async () => {
    const server = await startServer();
    const graphiql = await openGraphiql(server.url);
    expect(await graphiql.tabs()).toEqual([
      'Points',
      'OrdersByCountry',
      'LastHour',
      'Resume',
      'MakeDashboard',
      'Insights',
      'Status',
    ]);

    await graphiql.chooseTab('Resume');
    await graphiql.play();
    await server.subscriptions(1);
    await ingest(server.url, [order(1)]);
    const first = await graphiql.shows('"cursor"');
    await graphiql.stop();
    await server.subscriptions(0);

    await ingest(server.url, [order(2.25)]);
    await graphiql.type('variable', JSON.stringify({ after: /"cursor": "([^"]+)"/.exec(first)?.[1] }));
    await graphiql.play();
    expect(await graphiql.shows('"amount": 2.25')).not.toContain('"amount": 1\n');
    expect(graphiql.complaints).toEqual([]);
  },
  patienceMs,
);
