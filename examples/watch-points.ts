// Points of an entity type as they come, typed by codegen, over graphql-ws: node examples/watch-points.ts orders
import { print } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { PointsDocument, type PointsSubscription } from './generated/graphql.ts';

const [entityType = 'orders', url = 'ws://127.0.0.1:4000/graphql', count = 'Infinity'] = process.argv.slice(2);
const client = createClient({ url, webSocketImpl: WebSocket });

let left = Number(count);
for await (const { data } of client.iterate<PointsSubscription>({
  query: print(PointsDocument),
  variables: { entityType },
})) {
  for (const { timestamp, serviceId, data: fields } of data?.dataUpdates.points ?? []) {
    console.log(timestamp, serviceId, JSON.stringify(fields));
    left -= 1;
  }
  if (left <= 0) break;
}
await client.dispose();
