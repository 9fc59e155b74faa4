// GraphQL over WebSocket (graphql-transport-ws) on graphql-ws's makeServer, with a socket adapter of our own: messages of
// one socket one at a time, nothing more read while it is behind, every error a message and not a closed socket.

import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { execute, GraphQLError, subscribe } from 'graphql';
import { makeServer } from 'graphql-ws';
import { WebSocket, WebSocketServer } from 'ws';
import type { Clock, Timer } from '../base/clock.ts';
import { randomId } from '../base/ids.ts';
import type { Engine } from '../engine/engine.ts';
import type { Viewer } from '../engine/viewer.ts';
import { schema } from '../schema/schema.ts';
import { authenticate } from './authenticate.ts';
import { clipReason, closeReasons } from './close-codes.ts';
import type { DocumentLimits } from './document-limits.ts';
import { errorFormatter, type FormatError, reportUnforeseen } from './format-error.ts';
import { kindOf, readOperation } from './operation.ts';
import { failingIterable, OperationFailed } from './operation-failed.ts';
import { SocketOutbox } from './socket-outbox.ts';

export interface WebSocketLimits extends DocumentLimits {
  readonly maxConnections: number;
  readonly maxSubscriptions: number;
  readonly maxMessageBytes: number;
  readonly maxQueuedBytes: number;
  readonly initTimeoutMs: number;
  readonly heartbeatMs: number;
}

interface Extra {
  readonly connectionId: string;
  readonly request: IncomingMessage;
  viewer: Viewer;
}

type Protocol = ReturnType<typeof makeServer<Record<string, unknown>, Extra>>;

const subprotocol = 'graphql-transport-ws';
const terminateAfterMs = 1000;

export class WebSocketDoor {
  readonly #engine: Engine;
  readonly #limits: WebSocketLimits;
  readonly #clock: Clock;
  readonly #server: WebSocketServer;
  readonly #protocol: Protocol;
  readonly #heartbeat: Timer;
  // Without those that were refused, which take a while to close.
  #served = 0;
  // Sockets that have not answered the last ping.
  readonly #silent = new WeakSet<WebSocket>();

  constructor(engine: Engine, limits: WebSocketLimits) {
    this.#engine = engine;
    this.#limits = limits;
    this.#clock = engine.clock;
    this.#protocol = protocolFor(engine, limits);
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: true,
      perMessageDeflate: false,
      maxPayload: limits.maxMessageBytes,
      handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
    });
    this.#heartbeat = this.#clock.every(limits.heartbeatMs, () => this.#beat());
  }

  /** Takes the upgrade requests of a server to /graphql. */
  attach(http: HttpServer): void {
    http.on('upgrade', (request, socket: Duplex, head) => {
      const path = (request.url ?? '').split('?', 1)[0];
      if (path !== '/graphql') {
        socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n');
        return;
      }
      this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#open(webSocket, request));
    });
  }

  /** Closes every socket with 1001, and what does not close by itself. */
  async stop(): Promise<void> {
    this.#heartbeat.cancel();
    const closed = [...this.#server.clients].map((socket) => this.#close(socket, closeReasons.shutdown));
    await Promise.all(closed);
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #open(socket: WebSocket, request: IncomingMessage): void {
    // ws tells of broken frames and connections here; the close event follows and is what counts.
    socket.on('error', (error) => this.#engine.logger.info({ err: error }, 'a socket failed'));
    if (this.#served >= this.#limits.maxConnections) {
      this.#close(socket, closeReasons.tooManyConnections);
      return;
    }
    const extra: Extra = { connectionId: randomId('conn'), request, viewer: authenticate(request.headers) };
    this.#served += 1;
    this.#engine.counters.connections += 1;
    socket.on('pong', () => this.#silent.delete(socket));
    const outbox = new SocketOutbox(socket, this.#limits.maxQueuedBytes);
    const closed = this.#protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => outbox.send(text),
        close: (code, reason) => this.#close(socket, { code: code ?? 1000, reason: reason ?? '' }),
        onMessage: (take) => this.#oneAtATime(socket, take),
      },
      extra,
    );
    socket.once('close', (code, reason) => {
      this.#served -= 1;
      this.#engine.counters.connections -= 1;
      this.#engine.events.emit('connection:closed', { connectionId: extra.connectionId, code });
      closed(code, reason.toString()).catch((error) => reportUnforeseen(this.#engine, error));
    });
  }

  // A subscription's message settles only when the subscription ends, so a turn is over at the first pause; what is
  // ordered is the beginning of each message. A socket whose queue is full is not read from.
  #oneAtATime(socket: WebSocket, take: (text: string) => Promise<void>): void {
    socket.on('message', (data) => {
      take(String(data)).catch((error) => {
        reportUnforeseen(this.#engine, error);
        this.#close(socket, closeReasons.internal);
      });
      if (socket.bufferedAmount > this.#limits.maxQueuedBytes) this.#pauseUntilDrained(socket);
    });
  }

  #pauseUntilDrained(socket: WebSocket): void {
    if (socket.isPaused) return;
    socket.pause();
    const timer = this.#clock.every(20, () => {
      if (socket.readyState === WebSocket.OPEN && socket.bufferedAmount > this.#limits.maxQueuedBytes) return;
      timer.cancel();
      socket.resume();
    });
  }

  #close(socket: WebSocket, { code, reason }: { code: number; reason: string }): Promise<void> {
    if (socket.readyState === WebSocket.CLOSED) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#clock.after(terminateAfterMs, () => socket.terminate());
      socket.once('close', () => {
        timer.cancel();
        resolve();
      });
      if (socket.isPaused) socket.resume();
      socket.close(code, clipReason(reason));
    });
  }

  #beat(): void {
    for (const socket of this.#server.clients) {
      if (this.#silent.has(socket)) {
        socket.terminate();
        continue;
      }
      this.#silent.add(socket);
      socket.ping();
    }
  }
}

function protocolFor(engine: Engine, limits: WebSocketLimits): Protocol {
  const format = errorFormatter(engine);
  return makeServer<Record<string, unknown>, Extra>({
    schema,
    connectionInitWaitTimeout: limits.initTimeoutMs,
    onConnect: ({ extra, connectionParams }) => {
      extra.viewer = authenticate(extra.request.headers, connectionParams);
      const { connectionId, viewer } = extra;
      engine.events.emit('connection:new', { connectionId, clientId: viewer.id });
      return { connectionId, clientId: viewer.id, serverTime: new Date(engine.now()).toISOString() };
    },
    onSubscribe: ({ extra, subscriptions }, _id, { query, operationName, variables }) => {
      if (Object.keys(subscriptions).length > limits.maxSubscriptions) return [tooManySubscriptions(limits)];
      return readOperation({ query, operationName, variables }, { engine, viewer: extra.viewer, limits });
    },
    execute,
    subscribe,
    onOperation: (_context, _id, _payload, args, result) => {
      // A subscription that could not begin is an error of the operation, not a result of it.
      if (kindOf(args) !== 'subscription' || !('errors' in result) || result.errors === undefined) return undefined;
      return failingIterable(new OperationFailed(result.errors));
    },
    onNext: (_context, _id, _payload, _args, { data = null, errors }) =>
      errors === undefined ? undefined : { data, errors: errors.map((error) => format(error).toJSON()) },
    onError: (_context, _id, _payload, errors) => errors.flatMap((error) => formatted(error, format)),
  });
}

function formatted(error: GraphQLError | { message: string }, format: FormatError) {
  const cause = error instanceof GraphQLError ? (error.cause ?? error.originalError) : undefined;
  if (cause instanceof OperationFailed) return cause.errors.map((one) => format(one).toJSON());
  return [format(error).toJSON()];
}

function tooManySubscriptions({ maxSubscriptions }: WebSocketLimits): GraphQLError {
  const text = `a socket has at most ${maxSubscriptions} subscriptions; complete one, or open another socket`;
  return new GraphQLError(text, { extensions: { code: 'LIMIT_EXCEEDED', limit: maxSubscriptions } });
}
