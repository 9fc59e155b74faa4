// The client of graphql-ws, with its own retries: everything over one socket, which is cut in between.
import { type Client, createClient, type ExecutionResult } from 'graphql-ws';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import WebSocket from 'ws';
import {
  AmountInbox,
  type Amounts,
  amountsText,
  makeText,
  openShop,
  refusedCode,
  refusedText,
  type Shop,
  sellAcrossCut,
  statusText,
} from './shop.ts';

let shop: Shop;
let client: Client;

beforeEach(async () => {
  shop = await openShop();
  client = createClient({ url: shop.ws, webSocketImpl: WebSocket, retryWait: async () => undefined });
  onTestFinished(() => client.dispose());
});

async function first(query: string, variables: Record<string, unknown> = {}): Promise<ExecutionResult> {
  const { value } = await client.iterate({ query, variables }).next();
  return value as ExecutionResult;
}

test('asks and changes', async () => {
  expect(await first(statusText)).toEqual({ data: { status: { ready: true } } });
  expect(await first(makeText, { name: 'Sales' })).toEqual({ data: { createDashboard: { name: 'Sales' } } });
});

test('watches, and goes on by itself after a broken connection', async () => {
  const amounts = new AmountInbox();
  const leave = client.subscribe<Amounts>(
    { query: amountsText },
    {
      next: ({ data }) => data && amounts.add(data),
      error: (error) => amounts.fail(error),
      complete: () => amounts.end(),
    },
  );
  await sellAcrossCut(shop, amounts);
  leave();
  await shop.server.subscriptions(0);
});

test('hears why a subscription is refused', async () => {
  await expect(first(refusedText)).rejects.toMatchObject([{ extensions: { code: refusedCode } }]);
});
