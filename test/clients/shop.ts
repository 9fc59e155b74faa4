// What each client is asked to do: a query, a mutation, a subscription that moves, one that is refused, and a broken
// connection in between, behind a proxy that can cut it.

import { type ChaosProxy, chaosProxy } from '../support/chaos-proxy.ts';
import { ingest } from '../support/graphql.ts';
import { Inbox } from '../support/inbox.ts';
import { startServer, type TestServer } from '../support/start-server.ts';

export const statusText = 'query Status { status { ready } }';

export const makeText = `mutation Make($name: String!) {
  createDashboard(input: { name: $name, widgets: [] }) { ... on Dashboard { name } ... on UserError { message } }
}`;

/** Begins with the newest point, so that after a cut a point comes whether or not the client was back when it was sent. */
export const amountsText = `subscription Amounts {
  dataUpdates(entityType: "orders", frequency: EVERY_POINT, last: 1) { points { number(field: "amount") } }
}`;

export const refusedText = 'subscription Refused { dashboardUpdates(id: "dash_none") { at } }';

/** The code with which that one is refused. */
export const refusedCode = 'NOT_FOUND';

export interface Status {
  readonly status: { readonly ready: boolean };
}

export interface Made {
  readonly createDashboard: { readonly name: string };
}

export interface Amounts {
  readonly dataUpdates: { readonly points: readonly { readonly number: number }[] };
}

export interface Shop {
  readonly server: TestServer;
  readonly proxy: ChaosProxy;
  /** The API behind the proxy. */
  readonly http: string;
  readonly ws: string;
}

export async function openShop(): Promise<Shop> {
  const server = await startServer();
  const proxy = await chaosProxy(server.url);
  return { server, proxy, http: `${proxy.url}/graphql`, ws: `${proxy.url.replace('http', 'ws')}/graphql` };
}

export async function sell(server: TestServer, amount: number): Promise<void> {
  await ingest(server.url, [{ entityType: 'orders', serviceId: 'web', data: { amount } }]);
}

/** The amounts that a subscription brings. */
export class AmountInbox extends Inbox<number> {
  constructor() {
    super('an amount');
  }

  add({ dataUpdates }: Amounts): void {
    for (const { number } of dataUpdates.points) this.push(number);
  }
}

/** Sells until the subscription has moved, cuts every connection, and sells again: both must come. */
export async function sellAcrossCut({ server, proxy }: Shop, amounts: Inbox<number>): Promise<void> {
  await sell(server, 1);
  await amounts.until((amount) => amount === 1);
  await sell(server, 2);
  await amounts.until((amount) => amount === 2);
  const before = proxy.connections();
  proxy.cut();
  await sell(server, 3);
  await amounts.until((amount) => amount === 3);
  await sell(server, 4);
  await amounts.until((amount) => amount === 4);
  if (proxy.connections() <= before) throw new Error('nobody connected again');
}
