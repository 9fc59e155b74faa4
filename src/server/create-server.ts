// The server: one port, each path a door, and the way to shut them in order.
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Engine } from '../engine/engine.ts';
import { reportUnforeseen } from './format-error.ts';
import { graphqlHttp, type HttpHandler } from './graphql-http.ts';
import { live, ready } from './health.ts';
import { ingestEndpoint } from './ingest-endpoint.ts';
import { prometheus } from './prometheus.ts';
import { sendJson } from './send-json.ts';
import { type SharedStreamLimits, sharedStreams } from './shared-streams.ts';
import { WebSocketDoor, type WebSocketLimits } from './websocket.ts';

export interface ServerLimits extends WebSocketLimits, SharedStreamLimits {
  readonly maxLineBytes: number;
}

export interface PulseServer {
  /** Listens; port 0 takes a free one. Gives the address, such as http://127.0.0.1:4000. */
  listen(port: number, host: string): Promise<string>;
  /** Stops accepting, lets requests finish, closes sockets with 1001. The engine is left running. */
  stop(): Promise<void>;
}

const drainMs = 5000;
const idleCheckMs = 50;

export function createServer({ engine, limits }: { engine: Engine; limits: ServerLimits }): PulseServer {
  const closing = new AbortController();
  const routes = routesOf(engine, limits, closing.signal);
  const http = createHttpServer((request, response) => answer(engine, routes, request, response));
  const silent = silentConnections(http);
  const sockets = new WebSocketDoor(engine, limits);
  sockets.attach(http);
  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        http.once('error', reject);
        http.listen(port, host, () => {
          http.off('error', reject);
          const url = urlOf(http.address() as AddressInfo);
          engine.events.emit('server:started', { url });
          resolve(url);
        });
      }),
    stop: async () => {
      const closed = new Promise<void>((resolve) => http.close(() => resolve()));
      closing.abort();
      // Streams break off, requests end with their answer: then their connections are idle.
      for (const connection of silent) connection.destroy();
      const idle = engine.clock.every(idleCheckMs, () => http.closeIdleConnections());
      const late = engine.clock.after(drainMs, () => http.closeAllConnections());
      await sockets.stop();
      await closed;
      idle.cancel();
      late.cancel();
    },
  };
}

/** Connections that have not asked anything yet: browsers open them ahead, and Node.js does not take them for idle. */
function silentConnections(http: Server): ReadonlySet<Socket> {
  const silent = new Set<Socket>();
  http.on('connection', (socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  for (const event of ['request', 'upgrade']) http.on(event, ({ socket }: IncomingMessage) => silent.delete(socket));
  return silent;
}

function routesOf(engine: Engine, limits: ServerLimits, closing: AbortSignal): Map<string, HttpHandler> {
  const { maxBodyBytes, maxLineBytes } = limits;
  return new Map<string, HttpHandler>([
    ['/', (_request, response) => response.writeHead(302, { location: '/graphql' }).end()],
    ['/graphql', bounded(graphqlHttp(engine, limits, closing), maxBodyBytes)],
    ['/graphql/stream', bounded(sharedStreams(engine, limits, closing), maxBodyBytes)],
    ['/ingest', ingestEndpoint(engine, maxLineBytes)],
    ['/health/live', live],
    ['/health/ready', ready(engine)],
    ['/metrics', prometheus(engine)],
  ]);
}

async function answer(
  engine: Engine,
  routes: ReadonlyMap<string, HttpHandler>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const handler = routes.get(path);
  if (handler === undefined) {
    const message = `there is nothing at ${path.slice(0, 200)}; paths are ${[...routes.keys()].join(', ')}`;
    sendJson(response, 404, { error: { code: 'NOT_FOUND', message } });
    return;
  }
  try {
    await handler(request, response);
  } catch (error) {
    const id = reportUnforeseen(engine, error);
    sendJson(response, 500, { error: { code: 'INTERNAL_SERVER_ERROR', message: 'unexpected error', id } });
  }
}

/** Refuses bodies that are too long, or of a length that is not told, before they are read. */
function bounded(handler: HttpHandler, maxBytes: number): HttpHandler {
  return (request, response) => {
    const length = request.headers['content-length'];
    if (Number(length ?? 0) > maxBytes) {
      const message = `the body has ${length} bytes, at most ${maxBytes} are taken; send points to /ingest`;
      return sendJson(response, 413, { error: { code: 'LIMIT_EXCEEDED', message, limit: maxBytes } });
    }
    if (request.headers['transfer-encoding'] !== undefined) {
      return sendJson(response, 411, {
        error: { code: 'BAD_USER_INPUT', message: 'the header content-length is needed' },
      });
    }
    return handler(request, response);
  };
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
