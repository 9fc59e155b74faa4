// Subscriptions in one HTTP answer, as SSE or multipart, shared by all who ask the same; on SSE an update's id is its cursor, and Last-Event-ID is where it goes on. Where the server
// stops, a stream breaks off without its end, so that its client comes back.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ExecutionArgs, type ExecutionResult, execute, GraphQLError } from 'graphql';
import type { Timer } from '../base/clock.ts';
import { randomId } from '../base/ids.ts';
import { resumable } from '../client/resumable.ts';
import type { SubscribeInput } from '../fanout/fanout.ts';
import type { Payload } from '../fanout/payload.ts';
import type { Sink } from '../fanout/sink.ts';
import { authenticate, credentialsOf } from './authenticate.ts';
import { clientLeft } from './client-left.ts';
import type { FormatError } from './format-error.ts';
import { refusalStatus } from './http-status.ts';
import { forAnswer, kindOf, nameOf, type OperationRequest } from './operation.ts';
import { readRequest } from './read-request.ts';
import { ResponseOutbox } from './response-outbox.ts';
import { answerJson, resultJson } from './result-json.ts';
import { badRequest, jsonHeaders, sendJson } from './send-json.ts';
import type { StreamDoor } from './stream-door.ts';
import { eventStream, type StreamFormat, takesJson } from './stream-formats.ts';
import { emitCreated } from './subscription-created.ts';

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
  const { operations } = door;
  if (request.method !== 'GET' && request.method !== 'POST') {
    response.setHeader('allow', 'GET, POST');
    return sendJson(response, 405, { errors: [badRequest('an operation is sent by GET or POST')] });
  }
  const body = await readRequest(request, door.bodies);
  if (typeof body === 'string') return sendJson(response, 400, { errors: [badRequest(body)] });
  const { formatError } = operations;
  const stream: Stream = { door, response, format, formatError };
  const isForEventsAlone = format === eventStream && !takesJson(request.headers.accept);
  const viewer = authenticate(credentialsOf(request));
  const operation = operations.read(body, viewer);
  if ('length' in operation) {
    // A reader of events alone sees no body of another type: for him the errors are an event.
    if (isForEventsAlone) refuse(stream, operation);
    else
      sendJson(
        response,
        refusalStatus(operation, request.headers.accept?.includes('graphql-response+json') === true),
        errorsOf(operation, formatError),
      );
    return;
  }
  const kind = kindOf(operation);
  if (kind === 'mutation' && request.method !== 'POST') {
    response.setHeader('allow', 'POST');
    sendJson(response, 405, { errors: [badRequest('a mutation is sent by POST')] });
    return;
  }
  if (kind !== 'subscription') {
    return answerOnce(stream, forAnswer(operation, clientLeft(response), door.limits.maxAnswerBytes), isForEventsAlone);
  }
  // Only what has passed every limit is looked at for a place to go on from.
  const cursors = format === eventStream ? resumeFrom(body, request.headers['last-event-id']) : null;
  const withCursor = cursors === null ? operation : operations.read(cursors.body, viewer);
  if ('length' in withCursor) return refuse(stream, withCursor);
  return answerAsLongAsThereIsRoom(stream, { args: withCursor, viewer }, cursors);
}

async function answerAsLongAsThereIsRoom(
  stream: Stream,
  input: Pick<SubscribeInput, 'args' | 'viewer'>,
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
    await follow(stream, input, cursors);
  } finally {
    streams.leave();
  }
}

/** How an update's cursor is found and taken out again, where the client did not ask for it. */
interface CursorSource {
  readonly body: OperationRequest;
  /** Of the form, where there are several of a result. */
  readonly name: string;
  of(result: ExecutionResult): { readonly id: string | null; readonly result: ExecutionResult };
}

function resumeFrom(body: OperationRequest, lastEventId: string | string[] | undefined): CursorSource | null {
  const forms = resumable(body.query as string);
  if (forms === null) return null;
  const { field, cursor: cursorField, cursorWasAdded } = forms;
  const resumes = typeof lastEventId === 'string' && lastEventId !== '';
  const variables = resumes ? { ...(body.variables as object), [forms.variable]: lastEventId } : body.variables;
  return {
    body: { ...body, query: resumes ? forms.resumed : forms.first, variables },
    name: cursorWasAdded ? `event without ${cursorField}` : `event with ${cursorField}`,
    of: (result) => {
      const update = result.data?.[field] as Record<string, unknown> | null | undefined;
      const { [cursorField]: cursor, ...rest } = update ?? {};
      const id = typeof cursor === 'string' ? cursor : null;
      // Others get the same result as it is.
      const isLeftOut = cursorWasAdded && update != null;
      return { id, result: isLeftOut ? { ...result, data: { ...result.data, [field]: rest } } : result };
    },
  };
}

function errorsOf(errors: readonly GraphQLError[], formatError: FormatError) {
  return { errors: errors.map((error) => formatError(error)) };
}

async function answerOnce(
  { door, response, format, formatError }: Stream,
  operation: ExecutionArgs,
  asEvent: boolean,
): Promise<void> {
  const result = (await execute(operation)) as ExecutionResult;
  const json = answerJson(result, formatError, door.limits.maxAnswerBytes);
  const headers = asEvent ? format.headers : jsonHeaders;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value as string);
  // Without data nothing was run: the variables do not fit.
  const status = asEvent || 'data' in result ? 200 : 400;
  const text = asEvent ? format.start + format.result(json, null) + format.end : json;
  door.answers.send(response, status, text, kindOf(operation) === 'query');
}

function refuse({ response, format, formatError }: Stream, errors: readonly GraphQLError[]): void {
  response.writeHead(200, format.headers);
  response.end(format.start + format.result(resultJson({ errors }, formatError), null) + format.end);
}

/** Sends the results of a subscription until it ends, or the client leaves. */
async function follow(
  stream: Stream,
  { args, viewer }: Pick<SubscribeInput, 'args' | 'viewer'>,
  cursors: CursorSource | null,
): Promise<void> {
  const { door, response, format } = stream;
  const sink = new StreamSink(stream, cursors);
  const connectionId = randomId('conn');
  const forget = tellOf(stream, sink, connectionId, { args, viewer });
  const onCreated = () => emitCreated(door.engine, { connectionId, transport: format.transport, args, viewer });
  const { begun, end } = door.fanout.subscribe({ args, viewer, sink, onCreated });
  const leave = () => {
    end();
    sink.leave();
  };
  response.once('close', leave);
  door.closing.addEventListener('abort', leave);
  try {
    await begun;
    // It may have left before there was anything to leave.
    if (response.destroyed || door.closing.aborted) leave();
    sink.open();
    await sink.over;
    end();
    sink.end(door.closing.aborted ? '' : format.end);
  } finally {
    door.closing.removeEventListener('abort', leave);
    sink.close();
    forget();
  }
}

function tellOf(
  { door: { engine }, format }: Stream,
  sink: StreamSink,
  id: string,
  { args, viewer }: Pick<SubscribeInput, 'args' | 'viewer'>,
): () => void {
  const [openedAt, operations] = [engine.now(), new Map([[nameOf(args), 1]])];
  const { id: viewerId } = viewer;
  const { transport } = format;
  return engine.connections.add(() => ({
    id,
    transport,
    viewerId,
    openedAt,
    queuedBytes: sink.queuedBytes,
    operations,
  }));
}

/** One subscription in an answer: it has no other word for an error than a last result. */
class StreamSink implements Sink {
  readonly over: Promise<void>;
  readonly #stream: Stream;
  readonly #cursors: CursorSource | null;
  readonly #outbox: ResponseOutbox;
  readonly #isOver = Promise.withResolvers<void>();
  #heartbeat: Timer | null = null;
  #isOpen = false;

  constructor(stream: Stream, cursors: CursorSource | null) {
    const { door, response } = stream;
    this.#stream = stream;
    this.#cursors = cursors;
    this.#outbox = new ResponseOutbox(response, door.engine.clock, door.limits);
    this.over = this.#isOver.promise;
  }

  /** Begins the answer, unless it has begun. */
  open(): void {
    if (this.#isOpen) return;
    this.#begin();
    const { door, format } = this.#stream;
    this.#outbox.beat(format.heartbeat);
    this.#heartbeat = door.engine.clock.every(door.limits.heartbeatMs, () => this.#outbox.beat(format.heartbeat));
  }

  get isFull(): boolean {
    return this.#outbox.isFull;
  }

  get queuedBytes(): number {
    return this.#outbox.queuedBytes;
  }

  get isDrained(): boolean {
    return this.#outbox.isDrained;
  }

  whenRoom(resume: () => void): void {
    this.#outbox.whenRoom(resume);
  }

  send(payload: Payload): void {
    this.open();
    this.#outbox.write(this.#textOf(payload));
  }

  complete(): void {
    this.leave();
  }

  fail(errors: readonly unknown[]): void {
    const { format, formatError } = this.#stream;
    // What could not begin has no heartbeat.
    if (!this.#isOpen) this.#begin();
    const shown = errors as readonly GraphQLError[];
    this.#outbox.write(format.result(resultJson({ errors: shown }, formatError), null));
    this.leave();
  }

  /** Ends the answer. */
  end(text: string): void {
    this.#outbox.end(text);
  }

  /** Nothing more is to come. */
  leave(): void {
    this.#isOver.resolve();
  }

  close(): void {
    this.#heartbeat?.cancel();
  }

  #begin(): void {
    this.#isOpen = true;
    const { response, format } = this.#stream;
    response.writeHead(200, format.headers);
    if (format.start !== '') this.#outbox.write(format.start);
  }

  #textOf(payload: Payload): string {
    const { format, formatError } = this.#stream;
    if (this.#cursors === null) return payload.as(format.name, () => format.result(payload.json, null));
    const { name, of } = this.#cursors;
    return payload.as(name, () => {
      const { id, result } = of(payload.result);
      return format.result(resultJson(result, formatError), id);
    });
  }
}
