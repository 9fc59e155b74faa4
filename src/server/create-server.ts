// The server: one port with all its doors, and the way to shut them in order.
import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Engine } from '../engine/engine.ts';
import { Fanout } from '../fanout/fanout.ts';
import { AnswersInFlight } from './answers-in-flight.ts';
import type { FormatError } from './format-error.ts';
import { graphqlHttp, type HttpHandler } from './graphql-http.ts';
import { live, ready } from './health.ts';
import { Hosts } from './hosts.ts';
import { HttpConnections } from './http-connections.ts';
import { type IngestLimits, ingestEndpoint } from './ingest-endpoint.ts';
import { OperationReader } from './operation.ts';
import { Origins } from './origins.ts';
import { prometheus } from './prometheus.ts';
import { BodyReader } from './read-body.ts';
import { RequestGate } from './request-gate.ts';
import { type RateLimits, RequestRates } from './request-rates.ts';
import { resultJson } from './result-json.ts';
import { type Routes, router } from './routes.ts';
import { type SharedStreamLimits, sharedStreams } from './shared-streams.ts';
import { OpenStreams, type StreamDoor } from './stream-door.ts';
import { UnfinishedRequests } from './unfinished-requests.ts';
import { WebSocketDoor, type WebSocketLimits } from './websocket.ts';

export interface ServerLimits extends WebSocketLimits, SharedStreamLimits, IngestLimits, RateLimits {
  /** Host names under which it answers, beside addresses, localhost and the one it listens on; separated by commas, * for all. */
  readonly allowedHosts: string;
  /** Origins whose pages may ask, beside the server's own, separated by commas; * for all. */
  readonly allowedOrigins: string;
  /** HTTP connections at a time. */
  readonly maxHttpConnections: number;
  /** Of bodies of requests that are not answered yet, all together. */
  readonly maxUnfinishedBytes: number;
  /** From the opening of a connection, or the end of the request before, to the end of a request's headers. */
  readonly headerTimeoutMs: number;
  /** How long a connection stays open for another request. */
  readonly keepAliveMs: number;
}

export interface PulseServer {
  /** Listens; port 0 takes a free one. Gives the address, such as http://127.0.0.1:4000. */
  listen(port: number, host: string): Promise<string>;
  /** Stops accepting, lets requests finish, closes sockets with 1001. The engine is left running. */
  stop(): Promise<void>;
}

export const drainMs = 5000;
const idleCheckMs = 50;
const timeoutCheckMs = 500;

export function createServer({ engine, limits }: { engine: Engine; limits: ServerLimits }): PulseServer {
  const closing = new AbortController();
  const operations = new OperationReader(engine, limits);
  const hosts = new Hosts(limits.allowedHosts);
  const origins = new Origins({ ...limits, allowsLocal: limits.isDevelopment, logger: engine.logger });
  const rates = new RequestRates(limits);
  const fanout = fanoutOf(engine, operations.formatError);
  const unfinished = new UnfinishedRequests(limits.maxUnfinishedBytes);
  const bodies = new BodyReader(engine.clock, limits, unfinished);
  const answers = new AnswersInFlight(engine.clock, limits);
  const routes = routesOf({ engine, limits, operations, fanout, bodies, answers, closing: closing.signal }, unfinished);
  const http = httpServer(limits, router(engine, new RequestGate(hosts, origins, rates), routes));
  const connections = new HttpConnections(http, limits.maxHttpConnections);
  const sockets = new WebSocketDoor({ engine, limits, operations, fanout, hosts, origins, rates });
  sockets.attach(http);
  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        hosts.add(host);
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
      connections.closeSilent();
      const idle = engine.clock.every(idleCheckMs, () => http.closeIdleConnections());
      const late = engine.clock.after(drainMs, () => http.closeAllConnections());
      await sockets.stop();
      await closed;
      idle.cancel();
      late.cancel();
    },
  };
}

function fanoutOf({ counters, clock }: Engine, formatError: FormatError): Fanout {
  return new Fanout({
    after: (ms, run) => clock.after(ms, run),
    toJson: (result) => resultJson(result, formatError),
    onDelivered: (more) => {
      counters.delivered += more;
    },
    onShared: (count) => {
      counters.shared = count;
    },
  });
}

function httpServer({ headerTimeoutMs, keepAliveMs }: ServerLimits, handler: HttpHandler): Server {
  const timeouts = {
    headersTimeout: headerTimeoutMs,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: timeoutCheckMs,
    // A stream of points to /ingest may go on for ever; what reads a body bounds its time.
    requestTimeout: 0,
    // A client may offer other protocols: they are passed over (RFC 9110, 7.8).
    shouldUpgradeCallback: ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket',
  };
  return createHttpServer(timeouts, (request, response) => void handler(request, response));
}

function routesOf(
  shared: Omit<StreamDoor, 'streams'> & { readonly limits: ServerLimits },
  unfinished: UnfinishedRequests,
): Routes {
  const { engine, limits } = shared;
  const door = { ...shared, streams: new OpenStreams(limits.maxConnections) };
  return new Map<string, HttpHandler>([
    ['/', (_request, response) => response.writeHead(302, { location: '/graphql' }).end()],
    ['/graphql', graphqlHttp(door)],
    ['/graphql/stream', sharedStreams(door)],
    ['/ingest', ingestEndpoint(engine, limits, unfinished)],
    ['/health/live', live],
    ['/health/ready', ready(engine)],
    ['/metrics', prometheus(engine)],
  ]);
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
