// Which web pages may speak to the server: those of its own host, and those of the origins that it is told. A browser says in
// `Origin` whose page it is; programs do not, and need no leave.
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Logger } from '../base/logger.ts';

// More refused origins than that are not told apart.
const mostLogged = 100;

export interface OriginsOptions {
  /** Origins such as https://app.example.com, separated by commas; * for every one. */
  readonly allowedOrigins: string;
  /** Whether pages of this machine, such as a development server's, may ask too. */
  readonly allowsLocal: boolean;
  readonly logger: Logger;
}

export class Origins {
  readonly #listed: ReadonlySet<string>;
  readonly #allowsLocal: boolean;
  readonly #logger: Logger;
  readonly #refused = new Set<string>();

  constructor({ allowedOrigins, allowsLocal, logger }: OriginsOptions) {
    this.#listed = new Set(allowedOrigins.split(',').map((origin) => origin.trim().toLowerCase()));
    this.#allowsLocal = allowsLocal;
    this.#logger = logger;
  }

  allows(request: IncomingMessage): boolean {
    const { origin } = request.headers;
    return origin === undefined || isOwn(request, origin) || this.#isForeignAllowed(origin);
  }

  /** Why a page of the request's origin may not ask, for its developer: logged once for each origin. */
  refusal({ headers }: IncomingMessage): string {
    const origin = (headers.origin ?? '').slice(0, 200);
    const message = `pages of ${JSON.stringify(origin)} may not ask here; start the server with this origin in --allowed-origins (or PULSEQL_ALLOWED_ORIGINS)`;
    if (!this.#refused.has(origin) && this.#refused.size < mostLogged) {
      this.#refused.add(origin);
      this.#logger.warn({ origin }, message);
    }
    return message;
  }

  /** What lets a page of another origin read the answer (the Fetch standard's CORS protocol). */
  headersFor(request: IncomingMessage): OutgoingHttpHeaders {
    const { origin } = request.headers;
    if (origin === undefined || isOwn(request, origin) || !this.#isForeignAllowed(origin)) return { vary: 'Origin' };
    return readableBy(origin);
  }

  #isForeignAllowed(origin: string): boolean {
    if (this.#listed.has('*') || this.#listed.has(origin.toLowerCase())) return true;
    return this.#allowsLocal && isLocal(origin);
  }
}

/** For the answer to a page of another origin. */
export function readableBy(origin: string): OutgoingHttpHeaders {
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'Retry-After',
  };
}

function isOwn({ headers }: IncomingMessage, origin: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === headers.host?.toLowerCase();
}

function isLocal(origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { hostname } = new URL(origin);
  return /^(?:.*\.)?localhost$|^127(?:\.\d+){3}$|^\[::1\]$/.test(hostname);
}

/** What a browser is told that asks, before it sends, what it may. */
export const preflightHeaders: OutgoingHttpHeaders = {
  'access-control-allow-methods': 'GET, POST, PUT, DELETE',
  'access-control-allow-headers':
    'accept, authorization, content-encoding, content-type, idempotency-key, last-event-id, x-client-id, x-graphql-event-stream-token',
  'access-control-max-age': '600',
};
