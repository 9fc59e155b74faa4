// Mercurius with its WebSocket subscriptions, as its documentation shows them: publishes a point as often as it is told.
import Fastify from 'fastify';
import mercurius from 'mercurius';

const app = Fastify();
const schema = `
  scalar JSONObject
  type Query { hello: String }
  type DataPoint { serviceId: String! timestamp: String! data: JSONObject! }
  type DataUpdate { points: [DataPoint!]! skipped: Float! cursor: String! }
  type Subscription { dataUpdates: DataUpdate! }
`;
const resolvers = {
  Subscription: {
    dataUpdates: { subscribe: async (_root, _args, { pubsub }) => await pubsub.subscribe('points') },
  },
};
await app.register(mercurius, { schema, resolvers, subscription: true });
await app.listen({ port: 0, host: '127.0.0.1' });
console.log(`listening on ws://127.0.0.1:${app.server.address().port}/graphql\n`);

let number = 0;
process.on('message', ({ point, times }) => {
  for (let i = 0; i < times; i += 1) {
    number += 1;
    const dataUpdates = { points: [point], skipped: 0, cursor: `c${number}` };
    app.graphql.pubsub.publish({ topic: 'points', payload: { dataUpdates } });
  }
});
process.on('SIGTERM', () => process.exit(0));
