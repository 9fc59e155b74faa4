// What every request passes before it comes to its door: the headers that protect a browser, under which host it asks, whose
// page it is, how many requests its client has made.
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { type Hosts, hostIssue } from './hosts.ts';
import { type Origins, preflightHeaders, readableBy } from './origins.ts';
import type { RequestRates } from './request-rates.ts';
import { sendJson } from './send-json.ts';

// A page says in its own policy what it needs beside nothing.
const protection: OutgoingHttpHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

// Those who watch over the server ask often, and must hear in any case.
const unlimited: readonly string[] = ['/health/live', '/health/ready', '/metrics'];

// A supervisor may ask by whatever name it has for the machine; the answers say nothing that a page could use.
const anyHost: readonly string[] = ['/health/live', '/health/ready'];

export class RequestGate {
  readonly #hosts: Hosts;
  readonly #origins: Origins;
  readonly #rates: RequestRates;

  constructor(hosts: Hosts, origins: Origins, rates: RequestRates) {
    this.#hosts = hosts;
    this.#origins = origins;
    this.#rates = rates;
  }

  /** Whether the request may go on to its door; one that may not is answered. */
  async admits(path: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    for (const [name, value] of Object.entries(protection)) response.setHeader(name, value as string);
    if (!anyHost.includes(path) && !this.#hosts.allows(request)) {
      sendJson(response, 421, { error: { code: 'FORBIDDEN', message: hostIssue(request) } });
      return false;
    }
    const { origin } = request.headers;
    const isAllowed = this.#origins.allows(request);
    // A refusal can be read by the page, too: it says which setting allows it. So its browser may send what it asks about.
    const headers = isAllowed ? this.#origins.headersFor(request) : readableBy(origin ?? '');
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value as string);
    if (request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined) {
      response.writeHead(204, preflightHeaders).end();
      return false;
    }
    if (!isAllowed) {
      sendJson(response, 403, { error: { code: 'FORBIDDEN', message: this.#origins.refusal(request) } });
      return false;
    }
    const refusal = unlimited.includes(path) ? null : await this.#rates.note(this.#rates.clientOf(request));
    if (refusal === null) return true;
    response.setHeader('retry-after', String(refusal.retryAfterSeconds));
    const { message, extensions } = refusal;
    sendJson(response, 429, { errors: [{ message, extensions }], error: { message, ...extensions } });
    return false;
  }
}
