// urql: queries and mutations over HTTP, subscriptions by its exchange on graphql-ws, which connects again by itself.
import { Client, type ExecutionResult, fetchExchange, type OperationResult, subscriptionExchange } from '@urql/core';
import { createClient } from 'graphql-ws';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import WebSocket from 'ws';
import {
  AmountInbox,
  type Amounts,
  amountsText,
  type Made,
  makeText,
  openShop,
  refusedCode,
  refusedText,
  type Shop,
  type Status,
  sell,
  sellAcrossCut,
  statusText,
} from './shop.ts';

let shop: Shop;
let client: Client;
/** Without a socket: subscriptions come as events. */
let overEvents: Client;

beforeEach(async () => {
  shop = await openShop();
  const socket = createClient({ url: shop.ws, webSocketImpl: WebSocket, retryWait: async () => undefined });
  onTestFinished(() => socket.dispose());
  const subscriptions = subscriptionExchange({
    forwardSubscription: ({ query = '', variables }) => ({
      subscribe: ({ next, error, complete }) => ({
        unsubscribe: socket.subscribe(
          { query, variables: { ...variables } },
          { next: (result) => next(result as ExecutionResult), error, complete },
        ),
      }),
    }),
  });
  client = new Client({ url: shop.http, exchanges: [fetchExchange, subscriptions], preferGetMethod: false });
  const exchanges = [fetchExchange];
  overEvents = new Client({ url: shop.http, exchanges, preferGetMethod: false, fetchSubscriptions: true });
});

test('asks and changes', async () => {
  const asked = await client.query<Status>(statusText, {}).toPromise();
  expect(asked.data).toMatchObject({ status: { ready: true } });
  const made = await client.mutation<Made>(makeText, { name: 'Sales' }).toPromise();
  expect(made.data).toMatchObject({ createDashboard: { name: 'Sales' } });
});

test('asks by GET as well', async () => {
  const { data, error } = await client.query<Status>(statusText, {}, { preferGetMethod: 'force' }).toPromise();
  expect({ data, error }).toMatchObject({ data: { status: { ready: true } }, error: undefined });
});

test('watches, and goes on by itself after a broken connection', async () => {
  const amounts = new AmountInbox();
  const { unsubscribe } = client.subscription<Amounts>(amountsText, {}).subscribe(({ data, error }) => {
    if (error !== undefined) amounts.fail(error);
    else if (data !== undefined) amounts.add(data);
  });
  await sellAcrossCut(shop, amounts);
  unsubscribe();
  await shop.server.subscriptions(0);
});

test('watches without a socket, by events over HTTP', async () => {
  const amounts = new AmountInbox();
  const { unsubscribe } = overEvents.subscription<Amounts>(amountsText, {}).subscribe(({ data, error }) => {
    if (error !== undefined) amounts.fail(error);
    else if (data !== undefined) amounts.add(data);
  });
  await sell(shop.server, 1);
  await sell(shop.server, 2);
  await amounts.until((amount) => amount === 2);
  unsubscribe();
  await shop.server.subscriptions(0);
});

test('hears why a subscription is refused', async () => {
  const { error } = await new Promise<OperationResult>((resolve) => {
    client.subscription(refusedText, {}).subscribe(resolve);
  });
  expect(error?.graphQLErrors).toMatchObject([{ extensions: { code: refusedCode } }]);
});
