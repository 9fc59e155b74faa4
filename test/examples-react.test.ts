// The hook of the examples, in React on a page without a browser, against a real server.
import { setTimeout as pause } from 'node:timers/promises';
import { Window } from 'happy-dom';
import { createPulseClient, type PulseClient } from 'pulseql/client';
import { createElement, type ReactNode } from 'react';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { ingest } from './support/graphql.ts';
import { waitUntil } from './support/inbox.ts';
import { startServer } from './support/start-server.ts';

// React looks for a page when it is loaded. Only these two are put up: sockets and fetch stay those of Node.js.
const window = new Window();
vi.stubGlobal('window', window);
vi.stubGlobal('document', window.document);
afterAll(async () => {
  // What React has still to do looks at the page.
  await pause(200);
  vi.unstubAllGlobals();
});
const { createRoot } = await import('react-dom/client');
const { OrdersByCountry, useKpi } = await import('../examples/react-hook.tsx');

const order = (country: string) => ({ entityType: 'demo_orders', serviceId: 'web', data: { country } });

function clientOf(url: string): PulseClient {
  const client = createPulseClient({ url: `${url.replace('http', 'ws')}/graphql` });
  onTestFinished(() => client.dispose());
  return client;
}

/** `shown` are the texts of the page's parts. */
function render(element: ReactNode) {
  const place = window.document.createElement('main');
  const page = createRoot(place as unknown as Element);
  page.render(element);
  const shown = () => [...place.querySelectorAll('h2, li, p')].map(({ textContent }) => textContent).join('|');
  return { shown, page };
}

test('orders by country are shown as they come, and a component that is gone has left its subscription', async () => {
  const server = await startServer();
  const { shown, page } = render(createElement(OrdersByCountry, { client: clientOf(server.url) }));
  await waitUntil('no orders yet', () => shown() === '0 orders');
  await ingest(server.url, [order('DE'), order('DE'), order('FR')]);
  await waitUntil('three orders', () => shown() === '3 orders|DE 2|FR 1');
  page.unmount();
  await server.subscriptions(0);
});

test('a query that changes is asked for anew; one that says the same is not', async () => {
  const server = await startServer();
  const real = clientOf(server.url);
  const asked: unknown[] = [];
  const client: PulseClient = {
    subscribe<Data>(query: string, variables?: Record<string, unknown>) {
      asked.push(variables);
      return real.subscribe<Data>(query, variables);
    },
    dispose: () => real.dispose(),
  };
  await ingest(server.url, [order('DE')]);
  const Count = ({ of }: { readonly of: string }) => {
    const { kpi } = useKpi(client, {
      entityType: of,
      aggregation: { function: 'COUNT' },
      timeWindow: { size: 1, unit: 'MINUTE' },
    });
    return createElement('p', null, `${of} ${kpi?.value}`);
  };
  const { shown, page } = render(createElement(Count, { of: 'demo_orders' }));
  await waitUntil('the orders', () => shown() === 'demo_orders 1');
  await ingest(server.url, [order('FR')]);
  await waitUntil('another order, for which it was rendered again', () => shown() === 'demo_orders 2');
  page.render(createElement(Count, { of: 'visits' }));
  await waitUntil('no visits', () => shown() === 'visits 0');
  expect(asked).toMatchObject([{ query: { entityType: 'demo_orders' } }, { query: { entityType: 'visits' } }]);
  page.unmount();
});

test('why there is no value is shown', async () => {
  const client = clientOf((await startServer()).url);
  const Wrong = () => {
    const { error } = useKpi(client, { entityType: '', timeWindow: { size: 1, unit: 'MINUTE' } });
    return createElement('p', null, error?.message);
  };
  const { shown, page } = render(createElement(Wrong));
  await waitUntil('the reason', () => shown().includes('entityType'));
  page.unmount();
});
