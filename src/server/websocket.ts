// GraphQL over WebSocket (graphql-transport-ws) at /graphql: who may connect, how many, and whether they still live.
import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Timer } from '../base/clock.ts';
import { randomId } from '../base/ids.ts';
import type { Engine } from '../engine/engine.ts';
import { authenticate } from './authenticate.ts';
import { closeReasons } from './close-codes.ts';
import { Connection, type ConnectionLimits, closeSocket } from './connection.ts';
import { reportUnforeseen } from './format-error.ts';
import type { OperationReader } from './operation.ts';
import type { Origins } from './origins.ts';
import type { RequestRates } from './request-rates.ts';
import { type Protocol, protocolFor } from './websocket-protocol.ts';

export interface WebSocketLimits extends ConnectionLimits {
  readonly maxConnections: number;
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
  readonly origins: Origins;
  readonly rates: RequestRates;
}

const subprotocol = 'graphql-transport-ws';
// Pieces in which one frame may come: whoever sends a frame byte by byte would take a hundred times its length.
const maxBufferedChunks = 4096;

export class WebSocketDoor {
  readonly #engine: Engine;
  readonly #limits: WebSocketLimits;
  readonly #origins: Origins;
  readonly #server: WebSocketServer;
  readonly #protocol: Protocol;
  readonly #heartbeat: Timer;
  // Without those that were refused, which take a while to close.
  #served = 0;
  // Sockets that have not answered the last ping.
  readonly #silent = new WeakSet<WebSocket>();

  constructor({ engine, limits, operations, origins, rates }: WebSocketDoorOptions) {
    this.#engine = engine;
    this.#limits = limits;
    this.#origins = origins;
    this.#protocol = protocolFor({ engine, operations, rates, maxSubscriptions: limits.maxSubscriptions });
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
      if (path !== '/graphql') return refuse(socket, '404 Not Found');
      if (!this.#origins.allows(request)) return refuse(socket, '403 Forbidden');
      this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#open(webSocket, request));
    });
  }

  /** Closes every socket with 1001, and what does not close by itself. */
  async stop(): Promise<void> {
    this.#heartbeat.cancel();
    const { clock } = this.#engine;
    await Promise.all([...this.#server.clients].map((socket) => closeSocket(socket, clock, closeReasons.shutdown)));
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #open(socket: WebSocket, request: IncomingMessage): void {
    // ws tells of broken frames and connections here; the close event follows and is what counts.
    socket.on('error', (error) => {
      this.#engine.logger.info({ err: error }, 'a socket failed');
      // The client was told why; one that goes on sending is not waited for.
      void closeSocket(socket, this.#engine.clock, { code: 1002, reason: '' });
    });
    if (this.#served >= this.#limits.maxConnections) {
      void closeSocket(socket, this.#engine.clock, closeReasons.tooManyConnections);
      return;
    }
    this.#serve(socket, request);
  }

  #serve(socket: WebSocket, request: IncomingMessage): void {
    this.#served += 1;
    this.#engine.counters.connections += 1;
    socket.on('pong', () => this.#silent.delete(socket));
    const made = { id: randomId('conn'), request, viewer: authenticate(request.headers) };
    const connection = new Connection(this.#engine, socket, this.#limits, made);
    const closed = this.#protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => connection.send(text),
        close: (code = 1000, reason = '') => connection.close({ code, reason }),
        onMessage: (take) => connection.onMessage(take),
      },
      connection,
    );
    socket.once('close', (code, reason) => {
      this.#served -= 1;
      this.#engine.counters.connections -= 1;
      this.#engine.events.emit('connection:closed', { connectionId: connection.id, code });
      closed(code, reason.toString()).catch((error) => reportUnforeseen(this.#engine, error));
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

function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
