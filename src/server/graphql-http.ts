// GraphQL over HTTP at /graphql: queries and mutations by Yoga, subscriptions as SSE or multipart, and GraphiQL for a browser.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { type DocumentNode, execute, GraphQLError, getOperationAST } from 'graphql';
import { createYoga, type Plugin, type YogaServerInstance } from 'graphql-yoga';
import { AnswerBudget } from '../base/answer-budget.ts';
import type { Engine } from '../engine/engine.ts';
import { schema } from '../schema/schema.ts';
import { authenticate, credentialsOf } from './authenticate.ts';
import { clientLeft } from './client-left.ts';
import { placeOf } from './format-error.ts';
import { GraphiqlPage } from './graphiql-page.ts';
import { JsonAnswers } from './json-answers.ts';
import { unreadableParameter } from './json-parameters.ts';
import { mediaTypeIssue } from './media-type.ts';
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
function checkedOperations(operations: OperationReader, isDevelopment: boolean): Plugin {
  const checked = new WeakMap<object, DocumentNode>();
  return {
    onParams({ params, setResult }) {
      const { query, operationName, variables } = params;
      // What is not even a request is for Yoga to refuse.
      if (typeof query !== 'string') return;
      const document = operations.document({ query, operationName, variables });
      if ('length' in document) setResult({ errors: document.map(withStatus) });
      else if (getOperationAST(document, operationName)?.operation === 'subscription') setResult(needsStream);
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
        // Nothing was run: the variables do not fit.
        const { errors } = result;
        return 'data' in result || errors === undefined ? result : { errors: errors.map(withStatus) };
      });
    },
  };
}

// GraphQL over HTTP, 6.4.1: a client that takes application/json only has 200 for what the document is to blame for.
function withStatus(error: GraphQLError): GraphQLError {
  const isDocuments = String(error.extensions['code']).startsWith('GRAPHQL_');
  const http = isDocuments ? { spec: true, status: 400 } : { status: 400 };
  return new GraphQLError(error.message, { ...placeOf(error), extensions: { ...error.extensions, http } });
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
  const signal = clientLeft(response);
  const unreadable = request.method === 'POST' ? undefined : unreadableParameter(request);
  if (unreadable !== undefined) return sendJson(response, 400, { errors: [badRequest(unreadable)] });
  if (request.method !== 'POST') return answerByYoga(yoga, door, request, response, { body: null, signal });
  const body = await door.bodies.read(request, response);
  if (await answerJson.answers(request, response, body, signal)) return;
  return answerByYoga(yoga, door, request, response, { body, signal });
}

async function answerByYoga(
  yoga: YogaServerInstance<ServerContext, object>,
  { answers, limits }: StreamDoor,
  request: IncomingMessage,
  response: ServerResponse,
  { body, signal }: { readonly body: string | null; readonly signal: AbortSignal },
): Promise<void> {
  const { method = 'GET', url = '/', headers } = request;
  // That it is JSON is known by now, under whichever of its names.
  const type: Record<string, string> = body === null ? {} : { 'content-type': 'application/json' };
  const answer = await yoga.fetch(
    new URL(url, 'http://localhost'),
    { method, headers: { ...(headers as Record<string, string>), ...type }, body, signal },
    { req: request, signal, answer: new AnswerBudget(limits.maxAnswerBytes) },
  );
  // How long it is, is known here.
  for (const [name, value] of answer.headers) if (name !== 'transfer-encoding') response.setHeader(name, value);
  response.setHeader('cache-control', 'no-store');
  const text = await answer.text();
  if (response.destroyed) return;
  if (text === '' && answer.status === 406) {
    const message = 'accept names no type that is served here: application/json or application/graphql-response+json';
    return sendJson(response, 406, { errors: [badRequest(message)] });
  }
  if (method !== 'HEAD') return answers.send(response, answer.status, text);
  response.writeHead(answer.status, { 'content-length': Buffer.byteLength(text) });
  response.end();
}
