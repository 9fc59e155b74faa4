// Which web pages may speak to the server: those of its own host, and those of the origins that it is told. A browser says in
// `Origin` whose page it is; programs do not, and need no leave.
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';

export class Origins {
  readonly #listed: ReadonlySet<string>;

  /** Origins such as https://app.example.com, separated by commas; * for every one. */
  constructor(list: string) {
    this.#listed = new Set(list.split(',').map((origin) => origin.trim().toLowerCase()));
  }

  allows({ headers }: IncomingMessage): boolean {
    const { origin, host } = headers;
    if (origin === undefined || this.#isListed(origin)) return true;
    return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
  }

  /** What lets a page of another origin read the answer (the Fetch standard's CORS protocol). */
  headersFor({ headers }: IncomingMessage): OutgoingHttpHeaders {
    const { origin } = headers;
    if (origin === undefined || !this.#isListed(origin)) return { vary: 'Origin' };
    return {
      vary: 'Origin',
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'Retry-After',
    };
  }

  #isListed(origin: string): boolean {
    return this.#listed.has('*') || this.#listed.has(origin.toLowerCase());
  }
}

/** What a browser is told that asks, before it sends, what it may. */
export const preflightHeaders: OutgoingHttpHeaders = {
  'access-control-allow-methods': 'GET, POST, PUT, DELETE',
  'access-control-allow-headers':
    'accept, authorization, content-encoding, content-type, idempotency-key, last-event-id, x-client-id, x-graphql-event-stream-token',
  'access-control-max-age': '600',
};
