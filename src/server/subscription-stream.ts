// Subscriptions in one HTTP answer, as SSE or multipart. A result is asked for once the one before has left, so that a slow
// reader costs its own updates; on SSE an update's id is its cursor, and Last-Event-ID is where it goes on. Where the server
// stops, a stream breaks off without its end, so that its client comes back.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ExecutionArgs, type ExecutionResult, execute, type GraphQLError, subscribe } from 'graphql';
import { resumable } from '../client/resumable.ts';
import type { Engine } from '../engine/engine.ts';
import { authenticate } from './authenticate.ts';
import type { DocumentLimits } from './document-limits.ts';
import { errorFormatter, type FormatError } from './format-error.ts';
import { failureAsResult } from './last-result.ts';
import { kindOf, type OperationRequest, readOperation } from './operation.ts';
import { readRequest } from './read-request.ts';
import { sendJson } from './send-json.ts';
import { eventStream, type StreamFormat } from './stream-formats.ts';

export interface StreamLimits extends DocumentLimits {
  readonly heartbeatMs: number;
  readonly maxBodyBytes: number;
}

export interface StreamOptions {
  readonly format: StreamFormat;
  readonly limits: StreamLimits;
  /** The server stops. */
  readonly closing: AbortSignal;
}

interface Stream extends StreamOptions {
  readonly engine: Engine;
  readonly response: ServerResponse;
  readonly formatError: FormatError;
}

/** Runs a request's operation and answers with its results, one after the other, until it ends or the client leaves. */
export async function streamRequest(
  engine: Engine,
  request: IncomingMessage,
  response: ServerResponse,
  options: StreamOptions,
): Promise<void> {
  const { format, limits } = options;
  const body = await readRequest(request, limits.maxBodyBytes);
  if (typeof body === 'string') return sendJson(response, 400, { errors: [{ message: body }] });
  const viewer = authenticate(request.headers);
  const formatError = errorFormatter(engine);
  const stream: Stream = { ...options, engine, response, formatError };
  const cursorOf = format === eventStream ? resumeFrom(body, request.headers['last-event-id']) : null;
  const operation = readOperation(cursorOf?.body ?? body, { engine, viewer, limits });
  if ('length' in operation) {
    // A reader of events sees no body of another type: for him the errors are an event.
    if (format === eventStream) refuse(stream, operation);
    else sendJson(response, 400, { errors: operation.map((error) => formatError(error)) });
    return;
  }
  const kind = kindOf(operation);
  if (kind === 'mutation' && request.method !== 'POST') {
    response.setHeader('allow', 'POST');
    sendJson(response, 405, { errors: [{ message: 'a mutation is sent by POST' }] });
    return;
  }
  if (kind !== 'subscription') return answerOnce(stream, operation);
  const result = await subscribe(operation);
  if (Symbol.asyncIterator in result) await pump(stream, failureAsResult(result), cursorOf);
  else refuse(stream, result.errors ?? []);
}

/** How an update's cursor is found and taken out again, where the client did not ask for it. */
interface CursorSource {
  readonly body: OperationRequest;
  take(data: Record<string, unknown> | null | undefined): string | null;
}

function resumeFrom(body: OperationRequest, lastEventId: string | string[] | undefined): CursorSource | null {
  const forms = typeof body.query === 'string' ? formsOf(body.query) : null;
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

// A document that cannot be parsed is for the reader of operations to refuse.
function formsOf(query: string): ReturnType<typeof resumable> {
  try {
    return resumable(query);
  } catch {
    return null;
  }
}

async function answerOnce({ response, format, formatError }: Stream, operation: ExecutionArgs): Promise<void> {
  const result = (await execute(operation)) as ExecutionResult;
  const json = toJson(result, formatError);
  if (format !== eventStream) return sendJson(response, 200, JSON.parse(json));
  response.writeHead(200, format.headers);
  response.end(format.result(json, null) + format.end);
}

function refuse({ response, format, formatError }: Stream, errors: readonly GraphQLError[]): void {
  response.writeHead(200, format.headers);
  response.end(format.result(toJson({ errors }, formatError), null) + format.end);
}

async function pump(
  stream: Stream,
  results: AsyncIterableIterator<ExecutionResult>,
  cursors: CursorSource | null,
): Promise<void> {
  const { engine, response, format, formatError, limits, closing } = stream;
  const left = new Promise<void>((resolve) => response.once('close', resolve));
  const leave = () => void results.return?.();
  response.once('close', leave);
  closing.addEventListener('abort', leave);
  response.writeHead(200, format.headers);
  response.write(format.heartbeat);
  const heartbeat = engine.clock.every(limits.heartbeatMs, () => {
    if (!response.writableNeedDrain) response.write(format.heartbeat);
  });
  try {
    for await (const result of results) {
      const id = cursors?.take(result.data as Record<string, unknown> | null) ?? null;
      await written(response, format.result(toJson(result, formatError), id), left);
    }
    response.end(closing.aborted ? '' : format.end);
  } finally {
    closing.removeEventListener('abort', leave);
    heartbeat.cancel();
  }
}

/** Settles when there is room for more, or the client has left. */
async function written(response: ServerResponse, text: string, left: Promise<void>): Promise<void> {
  if (response.destroyed || response.write(text)) return;
  await Promise.race([new Promise<void>((resolve) => response.once('drain', resolve)), left]);
}

export function toJson(result: ExecutionResult, formatError: FormatError): string {
  if (result.errors === undefined) return JSON.stringify(result);
  return JSON.stringify({ ...result, errors: result.errors.map((error) => formatError(error)) });
}
