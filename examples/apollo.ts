// What was sent, then orders by country as they change, by Apollo Client: node examples/apollo.ts [address] [updates]
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient } from 'graphql-ws';
import { take } from 'rxjs';
import { KpiDocument, type KpiQueryInput, SeriesDocument } from './generated/graphql.ts';

const [address = 'http://127.0.0.1:4000', count = '5'] = process.argv.slice(2);
const socket = createClient({ url: `${address.replace(/^http/, 'ws')}/graphql` });
const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: ApolloLink.split(
    ({ operationType }) => operationType === 'subscription',
    new GraphQLWsLink(socket),
    new HttpLink({ uri: `${address}/graphql` }),
  ),
});

const { data } = await client.query({ query: SeriesDocument });
for (const { entityType, serviceId, pointCount } of data?.series ?? []) {
  console.log(`${entityType} of ${serviceId}: ${pointCount}`);
}

const query: KpiQueryInput = {
  entityType: 'demo_orders',
  aggregation: { function: 'COUNT' },
  timeWindow: { size: 5, unit: 'MINUTE' },
  groupBy: ['country'],
};
await client
  .subscribe({ query: KpiDocument, variables: { query } })
  .pipe(take(Number(count)))
  .forEach(({ data: update, error }) => {
    if (error !== undefined) throw error;
    const groups = update?.kpi.value.groups ?? [];
    console.log(groups.map(({ key, value }) => `${key[0]?.value ?? 'others'} ${value}`).join(', ') || 'no orders yet');
  });

client.stop();
await socket.dispose();
