// GraphQL over HTTP at /graphql: queries, mutations, subscriptions by SSE, and GraphiQL for a browser, all from this machine.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { createYoga } from 'graphql-yoga';
import type { Engine } from '../engine/engine.ts';
import { schema } from '../schema/schema.ts';
import { authenticate } from './authenticate.ts';
import { errorFormatter } from './format-error.ts';
import { graphiqlTabs } from './graphiql-tabs.ts';

export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

interface ServerContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

export function graphqlHttp(engine: Engine): HttpHandler {
  const format = errorFormatter(engine);
  const yoga = createYoga<ServerContext>({
    schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    batching: false,
    multipart: false,
    logging: false,
    maskedErrors: { maskError: (error) => format(error) },
    context: ({ req }) => ({ engine, viewer: authenticate(req.headers) }),
    renderGraphiQL,
    graphiql: {
      title: 'PulseQL',
      subscriptionsProtocol: 'WS',
      defaultTabs: graphiqlTabs.map(({ query }) => ({ query })),
    },
  });
  return (request, response) => yoga(request, response, { req: request, res: response });
}
