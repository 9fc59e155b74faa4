// GraphQL over HTTP at /graphql: queries and mutations as JSON, subscriptions as SSE or multipart, and GraphiQL for a browser.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { type DocumentNode, execute, GraphQLError, getOperationAST } from 'graphql';
import { createYoga, type Plugin, type YogaServerInstance } from 'graphql-yoga';
import { AnswerBudget } from '../base/answer-budget.ts';
import type { Engine } from '../engine/engine.ts';
import { schema } from '../schema/schema.ts';
import { authenticate, credentialsOf } from './authenticate.ts';
import { clientLeft } from './client-left.ts';
import { GraphiqlPage } from './graphiql-page.ts';
import { refusalStatus } from './http-status.ts';
import { JsonAnswers } from './json-answers.ts';
import { unreadableParameter } from './json-parameters.ts';
import { answerTypeOf, graphqlJson, mediaTypeIssue } from './media-type.ts';
import type { OperationReader } from './operation.ts';
import { badRequest, sendJson } from './send-json.ts';
import type { StreamDoor } from './stream-door.ts';
import { streamFormatOf } from './stream-formats.ts';
import { streamRequest } from './subscription-stream.ts';

export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

interface ServerContext {
  readonly req: IncomingMessage;
  readonly signal: AbortSignal;
  readonly answer: AnswerBudget;
  /** Why the operation was not run; empty: it was, or Yoga says why not. */
  readonly refusals: GraphQLError[];
}

export function graphqlHttp(door: StreamDoor): HttpHandler {
  const { engine, limits, operations } = door;
  const yoga = yogaFor(engine, operations, limits.isDevelopment);
  const answerJson = new JsonAnswers(door);
  const page = new GraphiqlPage();
  return (request, response) => {
    if (page.isWanted(request)) {
      if (limits.isDevelopment) return page.send(request, response);
      const message = 'there is no page here, for the server was not started for development (--development true)';
      return sendJson(response, 404, { error: { code: 'NOT_FOUND', message } });
    }
    const issue = mediaTypeIssue(request);
    if (issue !== undefined) return sendJson(response, 415, { errors: [badRequest(issue)] });
    // An answer of many parts is not Yoga's, for it knows neither cursors as event ids nor slow readers.
    const format = streamFormatOf(request.headers.accept);
    if (format === null) return answer(yoga, answerJson, door, request, response);
    return streamRequest(door, request, response, format);
  };
}

function yogaFor(engine: Engine, operations: OperationReader, isDevelopment: boolean) {
  const { formatError } = operations;
  return createYoga<ServerContext>({
    schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    graphiql: false,
    cors: false,
    batching: false,
    multipart: false,
    logging: false,
    parserAndValidationCache: false,
    plugins: [checkedOperations(operations, isDevelopment)],
    maskedErrors: { maskError: (error) => formatError(error) },
    context: ({ req, signal, answer }) => ({ engine, viewer: authenticate(credentialsOf(req)), signal, answer }),
  });
}

/** Documents are read, checked and remembered as for every other transport. */
function checkedOperations(operations: OperationReader, isDevelopment: boolean): Plugin<object, ServerContext> {
  const checked = new WeakMap<object, DocumentNode>();
  return {
    onParams({ params, setResult, context }) {
      const { query, operationName, variables } = params;
      // What is not even a request is for Yoga to refuse.
      if (typeof query !== 'string') return;
      const document = operations.document({ query, operationName, variables });
      if ('length' in document) {
        context.refusals.push(...document);
        setResult({ errors: document });
      } else if (getOperationAST(document, operationName)?.operation === 'subscription') setResult(needsStream);
      else checked.set(params, document);
    },
    onParse({ context, setParsedDocument }) {
      const document = checked.get((context as { params: object }).params);
      if (document !== undefined) setParsedDocument(document);
    },
    onValidate({ setResult }) {
      setResult([]);
    },
    onExecute({ setExecuteFn }) {
      setExecuteFn(async (args) => {
        const result = await execute({ ...args, hideSuggestions: !isDevelopment });
        // Without data nothing was run: the variables do not fit.
        if (!('data' in result)) (args.contextValue as ServerContext).refusals.push(...(result.errors ?? []));
        return result;
      });
    },
  };
}

// Without this it would be answered by nothing, or without an end.
const needsStream = {
  errors: [
    new GraphQLError(
      'a subscription has many results: ask for it with accept: text/event-stream, ' +
        'with accept: multipart/mixed;subscriptionSpec=1.0, or over WebSocket',
      { extensions: { code: 'BAD_USER_INPUT', http: { status: 406 } } },
    ),
  ],
};

async function answer(
  yoga: YogaServerInstance<ServerContext, object>,
  answerJson: JsonAnswers,
  door: StreamDoor,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const type = answerTypeOf(request);
  // Before anything is carried out: what a mutation has done must be said.
  if (type === undefined) return sendJson(response, 406, { errors: [badRequest(notServed)] });
  const signal = clientLeft(response);
  const unreadable = request.method === 'POST' ? undefined : unreadableParameter(request);
  if (unreadable !== undefined) return sendJson(response, 400, { errors: [badRequest(unreadable)] });
  if (request.method !== 'POST') return answerByYoga(yoga, door, request, response, { body: null, type, signal });
  const body = await door.bodies.read(request, response);
  if (await answerJson.answers(request, response, { body, type, signal })) return;
  return answerByYoga(yoga, door, request, response, { body, type, signal });
}

const notServed = 'accept names no type that is served here: application/json or application/graphql-response+json';

async function answerByYoga(
  yoga: YogaServerInstance<ServerContext, object>,
  { answers, limits }: StreamDoor,
  request: IncomingMessage,
  response: ServerResponse,
  { body, type, signal }: { readonly body: string | null; readonly type: string; readonly signal: AbortSignal },
): Promise<void> {
  const { method = 'GET', url = '/', headers } = request;
  const refusals: GraphQLError[] = [];
  // That the body is JSON is known by now, under whichever of its names.
  const types: Record<string, string> = {
    accept: type,
    ...(body === null ? {} : { 'content-type': 'application/json' }),
  };
  const answer = await yoga.fetch(
    new URL(url, 'http://localhost'),
    { method, headers: { ...(headers as Record<string, string>), ...types }, body, signal },
    { req: request, signal, answer: new AnswerBudget(limits.maxAnswerBytes), refusals },
  );
  const status = refusals.length === 0 ? answer.status : refusalStatus(refusals, type === graphqlJson);
  // How long it is, is known here.
  for (const [name, value] of answer.headers) if (name !== 'transfer-encoding') response.setHeader(name, value);
  response.setHeader('cache-control', 'no-store');
  const text = await answer.text();
  if (response.destroyed) return;
  if (method !== 'HEAD') return answers.send(response, status, text);
  response.writeHead(status, { 'content-length': Buffer.byteLength(text) });
  response.end();
}
