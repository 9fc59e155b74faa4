// Subscriptions in one HTTP answer, as SSE or multipart. A result is asked for once the one before has left, so that a slow
// reader costs its own updates; on SSE an update's id is its cursor, and Last-Event-ID is where it goes on. Where the server
// stops, a stream breaks off without its end, so that its client comes back.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ExecutionArgs, type ExecutionResult, execute, GraphQLError, subscribe } from 'graphql';
import { resumable } from '../client/resumable.ts';
import { authenticate } from './authenticate.ts';
import { errorFormatter, type FormatError } from './format-error.ts';
import { failureAsResult } from './last-result.ts';
import { kindOf, type OperationRequest } from './operation.ts';
import { readRequest } from './read-request.ts';
import { ResponseOutbox } from './response-outbox.ts';
import { resultJson } from './result-json.ts';
import { badRequest, sendJson } from './send-json.ts';
import type { StreamDoor } from './stream-door.ts';
import { eventStream, type StreamFormat, takesJson } from './stream-formats.ts';

interface Stream {
  readonly door: StreamDoor;
  readonly response: ServerResponse;
  readonly format: StreamFormat;
  readonly formatError: FormatError;
}

/**
 * Runs a request's operation and answers with its results, one after the other, until it ends or the client leaves.
 * Errors: those of reading the body.
 */
export async function streamRequest(
  door: StreamDoor,
  request: IncomingMessage,
  response: ServerResponse,
  format: StreamFormat,
): Promise<void> {
  const { engine, limits, operations } = door;
  if (request.method !== 'GET' && request.method !== 'POST') {
    response.setHeader('allow', 'GET, POST');
    return sendJson(response, 405, { errors: [badRequest('an operation is sent by GET or POST')] });
  }
  const body = await readRequest(request, engine.clock, limits);
  if (typeof body === 'string') return sendJson(response, 400, { errors: [badRequest(body)] });
  const formatError = errorFormatter(engine);
  const stream: Stream = { door, response, format, formatError };
  const isForEventsAlone = format === eventStream && !takesJson(request.headers.accept);
  const viewer = authenticate(request.headers);
  const operation = operations.read(body, viewer);
  if ('length' in operation) {
    // A reader of events alone sees no body of another type: for him the errors are an event.
    if (isForEventsAlone) refuse(stream, operation);
    else sendJson(response, refusalStatus(operation, request.headers.accept), errorsOf(operation, formatError));
    return;
  }
  const kind = kindOf(operation);
  if (kind === 'mutation' && request.method !== 'POST') {
    response.setHeader('allow', 'POST');
    sendJson(response, 405, { errors: [badRequest('a mutation is sent by POST')] });
    return;
  }
  if (kind !== 'subscription') return answerOnce(stream, operation, isForEventsAlone);
  // Only what has passed every limit is looked at for a place to go on from.
  const cursors = format === eventStream ? resumeFrom(body, request.headers['last-event-id']) : null;
  const withCursor = cursors === null ? operation : operations.read(cursors.body, viewer);
  if ('length' in withCursor) return refuse(stream, withCursor);
  return answerAsLongAsThereIsRoom(stream, withCursor, cursors);
}

async function answerAsLongAsThereIsRoom(
  stream: Stream,
  operation: ExecutionArgs,
  cursors: CursorSource | null,
): Promise<void> {
  const { streams, limits } = stream.door;
  if (!streams.enter()) {
    const { maxConnections: limit } = limits;
    stream.response.setHeader('retry-after', '1');
    const message = `there are ${limit} streams already; try again later`;
    const error = new GraphQLError(message, { extensions: { code: 'LIMIT_EXCEEDED', limit } });
    return sendJson(stream.response, 503, { errors: [error] });
  }
  try {
    const result = await subscribe(operation);
    if (Symbol.asyncIterator in result) await pump(stream, failureAsResult(result), cursors);
    else refuse(stream, result.errors ?? []);
  } finally {
    streams.leave();
  }
}

/** How an update's cursor is found and taken out again, where the client did not ask for it. */
interface CursorSource {
  readonly body: OperationRequest;
  take(data: Record<string, unknown> | null | undefined): string | null;
}

function resumeFrom(body: OperationRequest, lastEventId: string | string[] | undefined): CursorSource | null {
  const forms = resumable(body.query as string);
  if (forms === null) return null;
  const resumes = typeof lastEventId === 'string' && lastEventId !== '';
  const variables = resumes ? { ...(body.variables as object), [forms.variable]: lastEventId } : body.variables;
  return {
    body: { ...body, query: resumes ? forms.resumed : forms.first, variables },
    take: (data) => {
      const update = data?.[forms.field] as Record<string, unknown> | undefined;
      const cursor = update?.[forms.cursor];
      if (forms.cursorWasAdded && update !== undefined) delete update[forms.cursor];
      return typeof cursor === 'string' ? cursor : null;
    },
  };
}

// GraphQL over HTTP, 6.4.1: as for a request that takes JSON alone.
function refusalStatus(errors: readonly GraphQLError[], accept: string | undefined): number {
  const isDocuments = errors.every(({ extensions }) => String(extensions['code']).startsWith('GRAPHQL_'));
  return isDocuments && accept?.includes('graphql-response+json') !== true ? 200 : 400;
}

function errorsOf(errors: readonly GraphQLError[], formatError: FormatError) {
  return { errors: errors.map((error) => formatError(error)) };
}

async function answerOnce(
  { response, format, formatError }: Stream,
  operation: ExecutionArgs,
  asEvent: boolean,
): Promise<void> {
  const result = (await execute(operation)) as ExecutionResult;
  const json = resultJson(result, formatError);
  // Without data nothing was run: the variables do not fit.
  if (!asEvent) return sendJson(response, 'data' in result ? 200 : 400, JSON.parse(json));
  response.writeHead(200, format.headers);
  response.end(format.start + format.result(json, null) + format.end);
}

function refuse({ response, format, formatError }: Stream, errors: readonly GraphQLError[]): void {
  response.writeHead(200, format.headers);
  response.end(format.start + format.result(resultJson({ errors }, formatError), null) + format.end);
}

async function pump(
  { door, response, format, formatError }: Stream,
  results: AsyncIterableIterator<ExecutionResult>,
  cursors: CursorSource | null,
): Promise<void> {
  const { engine, limits, closing } = door;
  const leave = () => void results.return?.();
  response.once('close', leave);
  closing.addEventListener('abort', leave);
  response.writeHead(200, format.headers);
  const outbox = new ResponseOutbox(response, engine.clock, limits);
  outbox.beat(format.start + format.heartbeat);
  const heartbeat = engine.clock.every(limits.heartbeatMs, () => outbox.beat(format.heartbeat));
  try {
    // It may have left before there was anything to leave.
    if (response.destroyed) leave();
    for await (const result of results) {
      const id = cursors?.take(result.data as Record<string, unknown> | null) ?? null;
      await outbox.write(format.result(resultJson(result, formatError), id));
    }
    response.end(closing.aborted ? '' : format.end);
  } finally {
    closing.removeEventListener('abort', leave);
    heartbeat.cancel();
  }
}
