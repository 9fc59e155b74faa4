// Real clients of the API: queries over fetch, subscriptions over graphql-ws and graphql-sse, points by POST /ingest.
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient, type ExecutionResult } from 'graphql-ws';
import { onTestFinished } from 'vitest';
import WebSocket from 'ws';
import type { PointInput } from '../../src/points/point.ts';
import { Inbox } from './inbox.ts';

export interface ApiError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

export interface Answer<T> {
  readonly status: number;
  readonly data: T;
  readonly errors: readonly ApiError[];
}

type Variables = Readonly<Record<string, unknown>>;

/** A request by POST, whatever comes of it. */
export async function ask<T>(
  url: string,
  query: string,
  variables: Variables = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer<T>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const body = (await response.json()) as { data: T; errors?: readonly ApiError[] };
  return { status: response.status, data: body.data, errors: body.errors ?? [] };
}

/** A request that must not fail: its data. */
export async function query<T>(
  url: string,
  text: string,
  variables: Variables = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<T> {
  const { data, errors } = await ask<T>(url, text, variables, headers);
  if (errors.length > 0) throw new Error(`${errors.map(({ message }) => message).join('; ')} in ${text}`);
  return data;
}

/** Results of one subscription, as they come. */
export interface Watch<T> extends Inbox<T> {
  /** Settles when the client has left. */
  leave(): Promise<void>;
}

export interface WsOptions {
  readonly connectionParams?: Variables;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A connection of its own, over which any number of subscriptions run. Gone when the test has ended. */
export class WsConnection {
  readonly #client: ReturnType<typeof createWsClient>;
  readonly #closed = Promise.withResolvers<{ code: number; reason: string }>();
  readonly #acknowledged = Promise.withResolvers<Record<string, unknown>>();

  constructor(url: string, { connectionParams, headers = {} }: WsOptions = {}) {
    class Socket extends WebSocket {
      constructor(address: string, protocols: string | string[]) {
        super(address, protocols, { headers });
      }
    }
    this.#client = createWsClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: Socket,
      lazy: false,
      retryAttempts: 0,
      onNonLazyError: () => undefined,
      ...(connectionParams === undefined ? {} : { connectionParams }),
      on: {
        connected: (_socket, payload) => this.#acknowledged.resolve(payload ?? {}),
        closed: (event) => this.#closed.resolve(event as { code: number; reason: string }),
      },
    });
    onTestFinished(() => this.close());
  }

  /** The payload of connection_ack. */
  get acknowledged(): Promise<Record<string, unknown>> {
    return this.#acknowledged.promise;
  }

  /** With what the socket was closed. */
  get closed(): Promise<{ code: number; reason: string }> {
    return this.#closed.promise;
  }

  subscribe<T>(text: string, variables: Variables = {}): Watch<T> {
    return watched<T>(text, (sink) => this.#client.subscribe<T>({ query: text, variables }, sink));
  }

  async close(): Promise<void> {
    await this.#client.dispose();
  }

  /** Cuts the connection without a word. */
  terminate(): void {
    this.#client.terminate();
  }
}

/** What both clients tell of a subscription. */
interface Sink {
  next(result: unknown): void;
  error(error: unknown): void;
  complete(): void;
}

function watched<T>(text: string, subscribe: (sink: Sink) => () => void): Watch<T> {
  const inbox = new Inbox<T>(text.trim().split('\n')[0] ?? 'subscription');
  const done = Promise.withResolvers<void>();
  const leave = subscribe({
    next: (result) => take(inbox, result as ExecutionResult<T>),
    error: (error) => {
      inbox.fail(error);
      done.resolve();
    },
    complete: () => {
      inbox.end();
      done.resolve();
    },
  });
  return withLeave(inbox, async () => {
    leave();
    await done.promise;
  });
}

/** One subscription over a WebSocket of its own. */
export function watchWs<T>(url: string, text: string, variables: Variables = {}): Watch<T> {
  const connection = new WsConnection(url);
  const watch = connection.subscribe<T>(text, variables);
  return withLeave(watch, () => connection.close());
}

export interface SseOptions {
  readonly path?: '/graphql' | '/graphql/stream';
  readonly singleConnection?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A client of graphql-sse; in single connection mode its subscriptions share one stream. Gone when the test has ended. */
export class SseConnection {
  readonly #client: ReturnType<typeof createSseClient<boolean>>;

  constructor(url: string, { path = '/graphql/stream', singleConnection = false, headers = {} }: SseOptions = {}) {
    this.#client = createSseClient<boolean>({
      url: `${url}${path}`,
      singleConnection,
      retryAttempts: 0,
      // A fresh object each time, for the client writes its token into it.
      headers: () => ({ ...headers }),
    });
    onTestFinished(() => this.#client.dispose());
  }

  subscribe<T>(text: string, variables: Record<string, unknown> = {}): Watch<T> {
    return watched<T>(text, (sink) => this.#client.subscribe<T>({ query: text, variables }, sink));
  }
}

function take<T>(inbox: Inbox<T>, { data, errors }: ExecutionResult<T>): void {
  if (errors !== undefined) inbox.fail(errors);
  else inbox.push(data as T);
}

function withLeave<T>(inbox: Inbox<T>, leave: () => Promise<void>): Watch<T> {
  return Object.assign(inbox, { leave });
}

export interface IngestAnswer {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly { readonly index: number; readonly message: string }[];
  readonly rejectedCount: number;
  readonly cursor: string | null;
  readonly error?: { readonly code: string; readonly message: string; readonly limit?: number };
}

/** POST /ingest with a body as it stands. */
export async function post(
  url: string,
  body: BodyInit,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; answer: IngestAnswer }> {
  const init: RequestInit & { duplex?: 'half' } = { method: 'POST', body, headers: { ...headers } };
  if (body instanceof ReadableStream) init.duplex = 'half';
  const response = await fetch(`${url}/ingest`, init);
  return { status: response.status, answer: (await response.json()) as IngestAnswer };
}

export function ndjson(points: readonly PointInput[]): string {
  return points.map((point) => JSON.stringify(point)).join('\n');
}

/** Sends points, all of which must be taken. */
export async function ingest(url: string, points: readonly PointInput[]): Promise<IngestAnswer> {
  const { status, answer } = await post(url, ndjson(points), { 'content-type': 'application/x-ndjson' });
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(answer)}`);
  return answer;
}

export interface ReadPoint {
  readonly cursor: string;
  readonly entityType: string;
  readonly serviceId: string;
  readonly timestamp: string;
  readonly receivedAt: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: { readonly source: string | null; readonly confidence: number | null } | null;
}

const pointFields = 'cursor entityType serviceId timestamp receivedAt data metadata { source confidence }';
const pageOfPoints = `query ($entityType: String!, $after: String) {
  points(entityType: $entityType, first: 1000, after: $after) {
    edges { node { ${pointFields} } }
    pageInfo { hasNextPage endCursor }
  }
}`;

interface PointsPage {
  readonly points: {
    readonly edges: readonly { readonly node: ReadPoint }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

/** Every point of an entity type, in the order of the log, page by page. */
export async function readAll(url: string, entityType: string, from: string | null = null): Promise<ReadPoint[]> {
  const found: ReadPoint[] = [];
  for (let after = from; ; ) {
    const { points } = await query<PointsPage>(url, pageOfPoints, { entityType, after });
    found.push(...points.edges.map(({ node }) => node));
    if (!points.pageInfo.hasNextPage) return found;
    after = points.pageInfo.endCursor;
  }
}
