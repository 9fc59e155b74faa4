// /graphql/stream: server-sent events in both modes of graphql-over-sse. A request for events without a token has a stream
// of its own; with the token of a reservation it opens the one stream that the results of many other requests go to:
//
//   PUT ─▶ reserved ── GET with the token ──▶ open ── client leaves ──▶ gone
//             └────── nobody comes in time ──────────────────────────────▲
//
// POST with the token starts an operation, DELETE ends one. Reservations, streams and their operations are bounded.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { GraphQLError } from 'graphql';
import type { Timer } from '../base/clock.ts';
import { randomId } from '../base/ids.ts';
import { isJsonObject } from '../base/json.ts';
import type { Viewer } from '../engine/viewer.ts';
import { authenticate, credentialsOf } from './authenticate.ts';
import type { HttpHandler } from './graphql-http.ts';
import { mediaTypeIssue } from './media-type.ts';
import { kindOf, type OperationRequest } from './operation.ts';
import { readRequest } from './read-request.ts';
import { badRequest, sendJson } from './send-json.ts';
import { SharedStream } from './shared-stream.ts';
import type { StreamDoor, StreamLimits } from './stream-door.ts';
import { eventStream } from './stream-formats.ts';
import { streamRequest } from './subscription-stream.ts';

export interface SharedStreamLimits extends StreamLimits {
  /** Operations of one stream. */
  readonly maxSubscriptions: number;
  /** How long a reservation waits for its stream. */
  readonly initTimeoutMs: number;
}

interface SharedStreamDoor extends StreamDoor {
  readonly limits: SharedStreamLimits;
}

export function sharedStreams(door: SharedStreamDoor): HttpHandler {
  const streams = new SharedStreams(door);
  door.closing.addEventListener('abort', () => streams.end());
  return (request, response) => {
    const issue = mediaTypeIssue(request);
    if (issue !== undefined) return refuse(response, 415, issue);
    const token = tokenOf(request);
    const wantsEvents = request.headers.accept?.includes('text/event-stream') === true;
    if (request.method === 'PUT') return streams.reserve(response);
    if (wantsEvents && token === null) return streamRequest(door, request, response, eventStream);
    return streams.use(request, response, { token: token ?? '', wantsEvents });
  };
}

function tokenOf(request: IncomingMessage): string | null {
  const header = request.headers['x-graphql-event-stream-token'];
  return typeof header === 'string' ? header : parameterOf(request, 'token');
}

function parameterOf({ url }: IncomingMessage, name: string): string | null {
  return new URL(url ?? '/', 'http://localhost').searchParams.get(name);
}

interface Reserved {
  readonly stream: SharedStream;
  readonly expiry: Timer;
}

class SharedStreams {
  readonly #door: SharedStreamDoor;
  // By token.
  readonly #streams = new Map<string, Reserved>();

  constructor(door: SharedStreamDoor) {
    this.#door = door;
  }

  reserve(response: ServerResponse): void {
    const { engine, limits } = this.#door;
    const { maxConnections, initTimeoutMs } = limits;
    if (this.#streams.size >= maxConnections) {
      response.setHeader('retry-after', '1');
      refuse(response, 503, `there are ${maxConnections} streams already; try again later`);
      return;
    }
    const token = randomId('stream');
    const expiry = engine.clock.after(initTimeoutMs, () => this.#drop(token));
    this.#streams.set(token, { stream: new SharedStream(this.#door), expiry });
    response.writeHead(201, { 'content-type': 'text/plain; charset=utf-8' }).end(token);
  }

  use(
    request: IncomingMessage,
    response: ServerResponse,
    { token, wantsEvents }: { readonly token: string; readonly wantsEvents: boolean },
  ): void | Promise<void> {
    const reserved = this.#streams.get(token);
    if (reserved === undefined) return refuse(response, 404, 'there is no stream of that token; reserve one by PUT');
    const { stream } = reserved;
    if (wantsEvents) return this.#open(token, reserved, request, response);
    if (request.method === 'DELETE') {
      stream.complete(parameterOf(request, 'operationId') ?? '');
      response.writeHead(200).end();
      return;
    }
    if (request.method !== 'GET' && request.method !== 'POST') {
      response.setHeader('allow', 'GET, POST, PUT, DELETE');
      return refuse(response, 405, 'an operation is sent by GET or POST');
    }
    return this.#run(stream, request, response);
  }

  /** Ends every stream: its client finds it broken off and comes back. */
  end(): void {
    for (const token of [...this.#streams.keys()]) this.#drop(token);
  }

  #open(token: string, { stream, expiry }: Reserved, request: IncomingMessage, response: ServerResponse): void {
    if (stream.isOpen) {
      refuse(response, 409, 'the stream is open already');
      return;
    }
    expiry.cancel();
    stream.open(response, authenticate(credentialsOf(request)), () => this.#drop(token));
  }

  async #run(stream: SharedStream, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readRequest(request, this.#door.bodies);
    if (typeof body === 'string') return refuse(response, 400, body);
    const { extensions } = body;
    const id = isJsonObject(extensions) ? extensions['operationId'] : undefined;
    if (typeof id !== 'string' || id === '') return refuse(response, 400, 'extensions.operationId must be a text');
    if (stream.has(id)) return refuse(response, 409, 'there is an operation of that id already');
    const viewer = authenticate(credentialsOf(request));
    const operation = this.#read(stream, viewer, body);
    if ('document' in operation && kindOf(operation) === 'mutation' && request.method !== 'POST') {
      response.setHeader('allow', 'POST');
      return refuse(response, 405, 'a mutation is sent by POST');
    }
    response.writeHead(202).end();
    await stream.run(id, { operation, viewer });
  }

  /** What can be run, or its errors as the only result. */
  #read(stream: SharedStream, viewer: Viewer, body: OperationRequest) {
    const { limits, operations } = this.#door;
    const { maxSubscriptions } = limits;
    if (stream.operations >= maxSubscriptions) return { errors: [tooMany(maxSubscriptions)] };
    const operation = operations.read(body, viewer);
    return 'length' in operation ? { errors: operation } : operation;
  }

  #drop(token: string): void {
    const reserved = this.#streams.get(token);
    if (reserved === undefined) return;
    this.#streams.delete(token);
    reserved.expiry.cancel();
    reserved.stream.end();
  }
}

function tooMany(limit: number): GraphQLError {
  const text = `a stream has at most ${limit} operations; end one, or open another stream`;
  return new GraphQLError(text, { extensions: { code: 'LIMIT_EXCEEDED', limit } });
}

function refuse(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, { errors: [badRequest(message)] });
}
