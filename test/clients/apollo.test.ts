// Apollo Client: queries and mutations over HTTP, subscriptions over WebSocket and as multipart answers.
import { ApolloClient, type ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { RetryLink } from '@apollo/client/link/retry';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient } from 'graphql-ws';
import { describe, expect, onTestFinished, test } from 'vitest';
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
  sellAcrossCut,
  statusText,
} from './shop.ts';

const possibleTypes = { UserError: ['InvalidInputError', 'LimitExceededError'] };

function clientOf(link: ApolloLink): ApolloClient {
  const client = new ApolloClient({ link, cache: new InMemoryCache({ possibleTypes }) });
  onTestFinished(() => client.stop());
  return client;
}

function webSocketLink({ ws }: Shop): ApolloLink {
  const client = createClient({ url: ws, webSocketImpl: WebSocket, retryWait: async () => undefined });
  onTestFinished(() => client.dispose());
  return new GraphQLWsLink(client);
}

/** HttpLink itself asks once: that it asks again is RetryLink's. */
function multipartLink({ http }: Shop): ApolloLink {
  const again = new RetryLink({ delay: { initial: 10, jitter: false }, attempts: { max: 50 } });
  return again.concat(new HttpLink({ uri: http }));
}

test('asks and changes over HTTP', async () => {
  const client = clientOf(new HttpLink({ uri: (await openShop()).http }));
  const { data: status } = await client.query<Status>({ query: gql(statusText) });
  expect(status).toMatchObject({ status: { ready: true } });
  const { data: made } = await client.mutate<Made>({ mutation: gql(makeText), variables: { name: 'Sales' } });
  expect(made).toMatchObject({ createDashboard: { name: 'Sales' } });
});

describe.each([
  ['WebSocket', webSocketLink],
  ['multipart answers', multipartLink],
])('over %s', (_, linkOf) => {
  test('watches, and goes on by itself after a broken connection', async () => {
    const shop = await openShop();
    const amounts = new AmountInbox();
    const subscription = clientOf(linkOf(shop))
      .subscribe<Amounts>({ query: gql(amountsText) })
      .subscribe({
        next: ({ data, error }) => (error === undefined ? data && amounts.add(data) : amounts.fail(error)),
        error: (error) => amounts.fail(error),
      });
    await sellAcrossCut(shop, amounts);
    subscription.unsubscribe();
    await shop.server.subscriptions(0);
  });

  test('hears why a subscription is refused', async () => {
    const client = clientOf(linkOf(await openShop()));
    const refused = Promise.withResolvers<unknown>();
    client
      .subscribe({ query: gql(refusedText) })
      .subscribe({ next: ({ error }) => refused.resolve(error), error: refused.resolve });
    const error = await refused.promise;
    expect(CombinedGraphQLErrors.is(error)).toBe(true);
    expect(error).toMatchObject({ errors: [{ extensions: { code: refusedCode } }] });
  });
});
