// GraphQL over WebSocket (graphql-transport-ws) at /graphql: who may connect, how many, and whether they still live.
import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Timer } from '../base/clock.ts';
import type { Engine } from '../engine/engine.ts';
import type { Fanout } from '../fanout/fanout.ts';
import { closeReasons } from './close-codes.ts';
import {
  Connection,
  type ConnectionLimits,
  type ConnectionOptions,
  closeSocket,
  terminateAfterMs,
} from './connection.ts';
import { Flushes } from './flushes.ts';
import { type Hosts, hostIssue } from './hosts.ts';
import type { OperationReader } from './operation.ts';
import type { Origins } from './origins.ts';
import type { RequestRates } from './request-rates.ts';

export interface WebSocketLimits extends ConnectionLimits {
  readonly maxConnections: number;
  /** Of one answer. */
  readonly maxAnswerBytes: number;
  /** Of one socket. */
  readonly maxSubscriptions: number;
  /** Frames of one message. */
  readonly maxFragments: number;
  readonly heartbeatMs: number;
  readonly compressesFrames: boolean;
}

export interface WebSocketDoorOptions {
  readonly engine: Engine;
  readonly limits: WebSocketLimits;
  readonly operations: OperationReader;
  readonly fanout: Fanout;
  readonly hosts: Hosts;
  readonly origins: Origins;
  readonly rates: RequestRates;
}

const subprotocol = 'graphql-transport-ws';
// Pieces in which one frame may come: whoever sends a frame byte by byte would take a hundred times its length.
export const maxBufferedChunks = 4096;

export class WebSocketDoor {
  readonly #options: WebSocketDoorOptions;
  readonly #server: WebSocketServer;
  readonly #heartbeat: Timer;
  readonly #ofConnections: ConnectionOptions;
  readonly #connections = new Set<Connection>();
  // Without those that were refused, which take a while to close.
  #served = 0;
  // Sockets that have not answered the last ping.
  readonly #silent = new WeakSet<WebSocket>();

  constructor(options: WebSocketDoorOptions) {
    const { engine, limits } = options;
    this.#options = options;
    const { maxSubscriptions, maxAnswerBytes } = limits;
    this.#ofConnections = { ...options, maxSubscriptions, maxAnswerBytes, flushes: new Flushes() };
    // Not in the types of ws.
    const pieces = { maxFragments: limits.maxFragments, maxBufferedChunks };
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: true,
      perMessageDeflate: limits.compressesFrames,
      maxPayload: limits.maxMessageBytes,
      handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
      ...pieces,
    });
    this.#heartbeat = engine.clock.every(limits.heartbeatMs, () => this.#beat());
  }

  /** Takes the upgrade requests of a server. */
  attach(http: HttpServer): void {
    http.on('upgrade', (request, socket: Duplex, head) => {
      const path = (request.url ?? '').split('?', 1)[0];
      if (path !== '/graphql') return this.#refuse(socket, '404 Not Found');
      if (!this.#options.hosts.allows(request)) {
        return this.#refuse(socket, '421 Misdirected Request', hostIssue(request));
      }
      const { origins } = this.#options;
      if (!origins.allows(request)) return this.#refuse(socket, '403 Forbidden', origins.refusal(request));
      this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#open(webSocket, request, socket));
    });
  }

  /** Closes every socket with 1001, and what does not close by itself. */
  async stop(): Promise<void> {
    this.#heartbeat.cancel();
    const { clock } = this.#options.engine;
    for (const connection of this.#connections) connection.close(closeReasons.shutdown);
    await Promise.all([...this.#server.clients].map((socket) => closeSocket(socket, clock, closeReasons.shutdown)));
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  // Node.js has let go of it: nobody else ends it where its client does not.
  #refuse(socket: Duplex, status: string, message = ''): void {
    const destroy = () => socket.destroy();
    const late = this.#options.engine.clock.after(terminateAfterMs, destroy);
    socket.once('close', () => late.cancel());
    socket.on('error', destroy);
    socket.once('finish', destroy);
    const type = message === '' ? '' : 'content-type: text/plain; charset=utf-8\r\n';
    const length = `content-length: ${Buffer.byteLength(message)}\r\n`;
    socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n${type}${length}\r\n${message}`);
  }

  #open(socket: WebSocket, request: IncomingMessage, wire: Duplex): void {
    const { engine, limits } = this.#options;
    // ws tells of broken frames and connections here; the close event follows and is what counts.
    socket.on('error', (error) => {
      engine.logger.info({ error }, 'a socket failed');
      // The client was told why; one that goes on sending is not waited for.
      void closeSocket(socket, engine.clock, { code: 1002, reason: '' });
    });
    if (socket.protocol !== subprotocol) void closeSocket(socket, engine.clock, closeReasons.otherSubprotocol);
    else if (this.#served >= limits.maxConnections) {
      void closeSocket(socket, engine.clock, closeReasons.tooManyConnections);
    } else this.#serve(socket, request, wire);
  }

  #serve(socket: WebSocket, request: IncomingMessage, wire: Duplex): void {
    const { engine } = this.#options;
    this.#served += 1;
    engine.counters.connections += 1;
    socket.on('pong', () => this.#silent.delete(socket));
    const connection = new Connection(socket, { request, wire }, this.#ofConnections);
    const { id: connectionId } = connection;
    this.#connections.add(connection);
    socket.once('close', (code) => {
      this.#connections.delete(connection);
      this.#served -= 1;
      engine.counters.connections -= 1;
      engine.events.emit('connection:closed', { connectionId, code });
    });
  }

  #beat(): void {
    for (const socket of this.#server.clients) {
      // Nothing is read from it at the moment, so its answer cannot have come.
      if (socket.isPaused) continue;
      if (this.#silent.has(socket)) {
        socket.terminate();
        continue;
      }
      this.#silent.add(socket);
      socket.ping();
    }
  }
}
