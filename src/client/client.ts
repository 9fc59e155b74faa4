// A client on graphql-ws that goes on where it was: after a broken connection a subscription to points resumes from the
// cursor of the last update, so that none is missed and none comes twice. Runs in browsers and in Node.js.
import { type Client, type ClientOptions, createClient, type SubscribePayload } from 'graphql-ws';
import { resumable } from './resumable.ts';

export interface PulseClientOptions {
  /** For example ws://127.0.0.1:4000/graphql. */
  readonly url: string;
  /** Asked for at every connection, so that a new one is sent once the old one has expired. */
  readonly token?: () => string | Promise<string>;
  /** Who this is, where the server knows nobody by token. */
  readonly clientId?: string;
  /** The class to connect with where there is none in the environment: `ws` in Node.js before 22. */
  readonly webSocketImpl?: unknown;
  /** Milliseconds before the given attempt (from 0) to connect again; by default 1 s, doubling up to 30 s, with chance. */
  readonly retryDelay?: (attempt: number) => number;
  /** Anything else that graphql-ws takes. */
  readonly options?: Partial<ClientOptions>;
}

export interface PulseClient {
  /** Updates until the server completes, the loop is left, or an error of the operation, which is thrown. */
  subscribe<Data>(query: string, variables?: Record<string, unknown>): AsyncIterableIterator<Data>;
  dispose(): void | Promise<void>;
}

/** An operation that the server refused, or that failed; `errors` are as the server sent them. */
export class OperationError extends Error {
  readonly errors: readonly { readonly message: string; readonly extensions?: Record<string, unknown> }[];

  constructor(errors: OperationError['errors']) {
    super(errors.map(({ message }) => message).join('; '));
    this.errors = errors;
  }
}

/** What the server sends for one update. */
interface Result {
  readonly data?: unknown;
  readonly errors?: unknown;
}

const firstDelayMs = 1000;
const longestDelayMs = 30_000;

export function createPulseClient(options: PulseClientOptions): PulseClient {
  const client = createClient({
    url: options.url,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: (attempt) => wait((options.retryDelay ?? defaultDelay)(attempt)),
    connectionParams: () => parametersOf(options),
    ...(options.webSocketImpl === undefined ? {} : { webSocketImpl: options.webSocketImpl }),
    ...options.options,
  });
  return {
    subscribe: (query, variables = {}) => subscribe(client, query, variables),
    dispose: () => client.dispose(),
  };
}

async function parametersOf({ token, clientId }: PulseClientOptions): Promise<Record<string, unknown>> {
  return {
    ...(token === undefined ? {} : { token: await token() }),
    ...(clientId === undefined ? {} : { clientId }),
  };
}

function subscribe<Data>(
  client: Client,
  query: string,
  variables: Record<string, unknown>,
): AsyncIterableIterator<Data> {
  let results: AsyncIterableIterator<Result> | undefined;
  const updates = updatesOf<Data>(query, variables, (payload) => {
    results = client.iterate(payload);
    return results;
  });
  return {
    next: () => updates.next(),
    async return() {
      // The generator may be waiting for an update, and would not hear of it before that: the end comes from its source.
      await results?.return?.();
      return updates.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* updatesOf<Data>(
  query: string,
  variables: Record<string, unknown>,
  open: (payload: SubscribePayload) => AsyncIterable<Result>,
): AsyncGenerator<Data, undefined> {
  const forms = resumable(query);
  // graphql-ws sends this very object again when it has connected anew: what is changed here goes out then.
  const payload: { -readonly [Key in keyof SubscribePayload]: SubscribePayload[Key] } = {
    query: forms?.first ?? query,
    variables,
  };
  for await (const { data, errors } of withErrors(open(payload))) {
    if (errors !== undefined) throw new OperationError(errors as OperationError['errors']);
    const update = data as Record<string, Record<string, unknown>>;
    const cursor = forms === null ? undefined : update[forms.field]?.[forms.cursor];
    if (forms !== null && cursor !== undefined) {
      payload.query = forms.resumed;
      payload.variables = { ...variables, [forms.variable]: cursor };
    }
    if (forms?.cursorWasAdded === true) delete update[forms.field]?.[forms.cursor];
    yield data as Data;
  }
  return undefined;
}

/** As graphql-ws's own, with errors of the operation as an Error. */
async function* withErrors(results: AsyncIterable<Result>): AsyncGenerator<Result> {
  try {
    yield* results;
  } catch (error) {
    throw Array.isArray(error) ? new OperationError(error as OperationError['errors']) : error;
  }
}

function defaultDelay(attempt: number): number {
  const delay = Math.min(longestDelayMs, firstDelayMs * 2 ** attempt);
  // All clients of a server that was restarted must not come back at the same moment.
  return delay * (0.5 + chance() / 2);
}

function chance(): number {
  return crypto.getRandomValues(new Uint32Array(1)).reduce((_, value) => value / 2 ** 32, 0);
}

function wait(delayMs: number): Promise<void> {
  return new Promise((resolve) => globalThis.setTimeout(resolve, delayMs));
}
