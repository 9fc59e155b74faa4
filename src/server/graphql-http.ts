// GraphQL over HTTP at /graphql: queries and mutations by Yoga, subscriptions as SSE or multipart, and GraphiQL for a browser,
// all from this machine.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import type { ExecutionArgs, GraphQLError } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import { isJsonObject } from '../base/json.ts';
import type { Engine } from '../engine/engine.ts';
import { schema } from '../schema/schema.ts';
import { authenticate } from './authenticate.ts';
import { limitIssue } from './document-limits.ts';
import { errorFormatter } from './format-error.ts';
import { graphiqlTabs } from './graphiql-tabs.ts';
import type { OperationRequest } from './operation.ts';
import { readBody } from './read-body.ts';
import { sendJson } from './send-json.ts';
import { type StreamFormat, streamFormatOf } from './stream-formats.ts';
import { type StreamLimits, streamOperation } from './subscription-stream.ts';
import { depthIssue } from './variables-depth.ts';

export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

interface ServerContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

export interface HttpLimits extends StreamLimits {
  readonly maxBodyBytes: number;
}

export function graphqlHttp(engine: Engine, limits: HttpLimits): HttpHandler {
  const format = errorFormatter(engine);
  const yoga = createYoga<ServerContext>({
    schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    batching: false,
    multipart: false,
    logging: false,
    plugins: [documentLimits(limits)],
    maskedErrors: { maskError: (error) => format(error) },
    context: ({ req }) => ({ engine, viewer: authenticate(req.headers) }),
    renderGraphiQL,
    graphiql: {
      title: 'PulseQL',
      subscriptionsProtocol: 'WS',
      defaultTabs: graphiqlTabs.map(({ query }) => ({ query })),
    },
  });
  return (request, response) => {
    const streamed = streamFormatOf(request.headers.accept);
    if (streamed === null) return yoga(request, response, { req: request, res: response });
    return stream(engine, request, response, { format: streamed, limits });
  };
}

/** An answer of many parts: not Yoga's, for it knows neither cursors as event ids nor slow readers. */
async function stream(
  engine: Engine,
  request: IncomingMessage,
  response: ServerResponse,
  { format, limits }: { readonly format: StreamFormat; readonly limits: HttpLimits },
): Promise<void> {
  const body = await readRequest(request, limits.maxBodyBytes);
  if (typeof body === 'string') return sendJson(response, 400, { errors: [{ message: body }] });
  return streamOperation(engine, request, response, { body, format, limits });
}

/** The operation in a request's query or body, or what is wrong with it. */
async function readRequest(request: IncomingMessage, maxBytes: number): Promise<OperationRequest | string> {
  try {
    if (request.method === 'POST') {
      const body: unknown = JSON.parse((await readBody(request, maxBytes)).toString());
      return isJsonObject(body) ? body : 'the body must be a JSON object with query, operationName and variables';
    }
    const given = new URL(request.url ?? '/', 'http://localhost').searchParams;
    const variables: unknown = JSON.parse(given.get('variables') ?? 'null');
    return { query: given.get('query'), operationName: given.get('operationName'), variables };
  } catch (error) {
    if (error instanceof SyntaxError) return `not JSON: ${error.message}`;
    throw error;
  }
}

/** The limits on documents as a plugin of Yoga's. */
function documentLimits(limits: HttpLimits): Plugin {
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
