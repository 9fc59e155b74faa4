// Every order as it comes, over a WebSocket: node examples/graphql-ws.ts [address] [points]
import { print } from 'graphql';
import { createClient } from 'graphql-ws';
import { PointsDocument, type PointsSubscription, type PointsSubscriptionVariables } from './generated/graphql.ts';

const [address = 'http://127.0.0.1:4000', count = '10'] = process.argv.slice(2);
const client = createClient({ url: `${address.replace(/^http/, 'ws')}/graphql` });

const orders = client.iterate<PointsSubscription>({
  query: print(PointsDocument),
  variables: { entityType: 'demo_orders' } satisfies PointsSubscriptionVariables,
});
let left = Number(count);
for await (const { data } of orders) {
  for (const { timestamp, serviceId, data: fields } of data?.dataUpdates.points ?? []) {
    console.log(timestamp, serviceId, JSON.stringify(fields));
    left -= 1;
  }
  if (left <= 0) break;
}
await client.dispose();
