// The client of graphql-sse in both of its modes, with its own retries: one stream an operation, or one for all.
import { createClient, type ExecutionResult } from 'graphql-sse';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  AmountInbox,
  type Amounts,
  amountsText,
  makeText,
  openShop,
  refusedCode,
  refusedText,
  sellAcrossCut,
  statusText,
} from './shop.ts';

const modes = [
  { mode: 'distinct connections at /graphql', path: '', singleConnection: false },
  { mode: 'distinct connections at /graphql/stream', path: '/stream', singleConnection: false },
  { mode: 'a single connection', path: '/stream', singleConnection: true },
];

describe.each(modes)('$mode', ({ path, singleConnection }) => {
  async function open() {
    const shop = await openShop();
    const client = createClient<boolean>({
      url: shop.http + path,
      singleConnection,
      retry: async () => undefined,
      retryAttempts: 50,
    });
    onTestFinished(() => client.dispose());
    return { shop, client };
  }

  async function first(query: string, variables: Record<string, unknown> = {}): Promise<ExecutionResult> {
    const { client } = await open();
    const { value } = await client.iterate({ query, variables }).next();
    return value as ExecutionResult;
  }

  function watch(client: Awaited<ReturnType<typeof open>>['client']): AmountInbox & { leave(): void } {
    const amounts = new AmountInbox();
    const leave = client.subscribe<Amounts>(
      { query: amountsText },
      {
        next: ({ data }) => data && amounts.add(data),
        error: (error) => amounts.fail(error),
        complete: () => amounts.end(),
      },
    );
    return Object.assign(amounts, { leave });
  }

  test('asks and changes', async () => {
    expect(await first(statusText)).toEqual({ data: { status: { ready: true } } });
    expect(await first(makeText, { name: 'Sales' })).toEqual({ data: { createDashboard: { name: 'Sales' } } });
  });

  test('watches, and goes on by itself after a broken connection', async () => {
    const { shop, client } = await open();
    const amounts = watch(client);
    await sellAcrossCut(shop, amounts);
    amounts.leave();
    await shop.server.subscriptions(0);
  });

  test('hears why a subscription is refused', async () => {
    const { errors } = await first(refusedText);
    expect(errors).toMatchObject([{ extensions: { code: refusedCode } }]);
  });
});
