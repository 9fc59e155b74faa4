// GraphQL Yoga with graphql-ws and Yoga's PubSub, as their documentation shows it: publishes a point as often as it is told.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { useServer } from 'graphql-ws/use/ws';
import { createPubSub, createSchema, createYoga } from 'graphql-yoga';
import { WebSocketServer } from 'ws';

export interface PublishRequest {
  readonly point: object;
  readonly times: number;
}

const pubSub = createPubSub<{ points: [update: object] }>();
const schema = createSchema({
  typeDefs: `
    scalar JSONObject
    type Query { hello: String }
    type DataPoint { serviceId: String! timestamp: String! data: JSONObject! }
    type DataUpdate { points: [DataPoint!]! skipped: Float! cursor: String! }
    type Subscription { dataUpdates: DataUpdate! }
  `,
  resolvers: {
    Subscription: {
      dataUpdates: { subscribe: () => pubSub.subscribe('points'), resolve: (update: object) => update },
    },
  },
});
const yoga = createYoga({ schema });
const http = createServer(yoga);
const server = new WebSocketServer({ server: http, path: yoga.graphqlEndpoint });
useServer(
  {
    execute: (args) => (args as unknown as { rootValue: { execute: typeof execute } }).rootValue.execute(args),
    subscribe: (args) => (args as unknown as { rootValue: { subscribe: typeof execute } }).rootValue.subscribe(args),
    onSubscribe: async (context, _id, params) => {
      const {
        schema: own,
        execute,
        subscribe,
        contextFactory,
        parse,
        validate,
      } = yoga.getEnveloped({
        ...context,
        req: context.extra.request,
        socket: context.extra.socket,
        params,
      });
      const args = {
        schema: own,
        operationName: params.operationName,
        document: parse(params.query),
        variableValues: params.variables,
        contextValue: await contextFactory(),
        rootValue: { execute, subscribe },
      };
      const errors = validate(args.schema, args.document);
      return errors.length > 0 ? errors : args;
    },
  },
  server,
);
declare function execute(args: unknown): never;
http.listen(0, '127.0.0.1', () => {
  console.log(`listening on ws://127.0.0.1:${(http.address() as AddressInfo).port}/graphql\n`);
});

let number = 0;
process.on('message', ({ point, times }: PublishRequest) => {
  for (let i = 0; i < times; i += 1) {
    number += 1;
    pubSub.publish('points', { points: [point], skipped: 0, cursor: `c${number}` });
  }
});
process.on('SIGTERM', () => process.exit(0));
