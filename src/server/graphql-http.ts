// GraphQL over HTTP at /graphql: queries and mutations by Yoga, subscriptions as SSE or multipart, and GraphiQL for a browser,
// all from this machine.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import type { ExecutionArgs, GraphQLError } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { Engine } from '../engine/engine.ts';
import { schema } from '../schema/schema.ts';
import { authenticate } from './authenticate.ts';
import { type DocumentLimits, limitIssue } from './document-limits.ts';
import { errorFormatter } from './format-error.ts';
import { graphiqlTabs } from './graphiql-tabs.ts';
import { streamFormatOf } from './stream-formats.ts';
import { type StreamLimits, streamRequest } from './subscription-stream.ts';
import { depthIssue } from './variables-depth.ts';

export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

interface ServerContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

/** `closing`: the server stops. */
export function graphqlHttp(engine: Engine, limits: StreamLimits, closing: AbortSignal): HttpHandler {
  const formatError = errorFormatter(engine);
  const yoga = createYoga<ServerContext>({
    schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    batching: false,
    multipart: false,
    logging: false,
    plugins: [documentLimits(limits)],
    maskedErrors: { maskError: (error) => formatError(error) },
    context: ({ req }) => ({ engine, viewer: authenticate(req.headers) }),
    renderGraphiQL,
    graphiql: {
      title: 'PulseQL',
      subscriptionsProtocol: 'WS',
      defaultTabs: graphiqlTabs.map(({ query }) => ({ query })),
    },
  });
  return (request, response) => {
    // An answer of many parts is not Yoga's, for it knows neither cursors as event ids nor slow readers.
    const format = streamFormatOf(request.headers.accept);
    if (format === null) return yoga(request, response, { req: request, res: response });
    return streamRequest(engine, request, response, { format, limits, closing });
  };
}

/** The limits on documents as a plugin of Yoga's. */
function documentLimits(limits: DocumentLimits): Plugin {
  const check = (args: ExecutionArgs, stop: (result: { errors: GraphQLError[] }) => void) => {
    const { document, operationName, variableValues: variables } = args;
    const issue = limitIssue({ schema, document, operationName, variables }, limits);
    if (issue !== undefined) stop({ errors: [issue] });
  };
  return {
    onParams({ params, setResult }) {
      const issue = depthIssue(params.variables);
      if (issue !== undefined) setResult({ errors: [issue] });
    },
    onParse({ params, parseFn, setParseFn }) {
      setParseFn((source: string) => parseFn(source, { ...params.options, maxTokens: limits.maxTokens }));
    },
    onExecute: ({ args, setResultAndStopExecution }) => check(args, setResultAndStopExecution),
  };
}
