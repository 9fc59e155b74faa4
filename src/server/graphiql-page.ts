// The page to try the API out, whole and from this machine: made once, sent packed, and told by its Content-Security-Policy
// to load nothing from elsewhere.
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants, gzipSync } from 'node:zlib';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { graphiqlTabs } from './graphiql-tabs.ts';

interface Page {
  readonly html: Buffer;
  readonly packed: Buffer;
  readonly tag: string;
  readonly policy: string;
}

export class GraphiqlPage {
  #page: Page | undefined;

  /** Whether the request is a browser's that wants a page rather than an answer. */
  isWanted({ method, headers, url }: IncomingMessage): boolean {
    if (method !== 'GET' && method !== 'HEAD') return false;
    if (!headers.accept?.includes('text/html')) return false;
    return !new URL(url ?? '/', 'http://localhost').searchParams.has('query');
  }

  send(request: IncomingMessage, response: ServerResponse): void {
    // Nine megabytes of it, which a server that nobody looks at need not have.
    this.#page ??= makePage();
    const { html, packed, tag, policy } = this.#page;
    response.setHeader('content-security-policy', policy);
    response.setHeader('cache-control', 'no-cache');
    response.setHeader('etag', tag);
    response.appendHeader('vary', 'Accept, Accept-Encoding');
    if (request.headers['if-none-match']?.includes(tag)) {
      response.writeHead(304).end();
      return;
    }
    const isPacked = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
    const body = isPacked ? packed : html;
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-length': body.length,
      ...(isPacked ? { 'content-encoding': 'gzip' } : {}),
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  }
}

function makePage(): Page {
  const text = renderGraphiQL({
    title: 'PulseQL',
    subscriptionsProtocol: 'WS',
    defaultTabs: graphiqlTabs.map(({ query, variables = null }) => ({ query, variables })),
  });
  const html = Buffer.from(text.trimStart());
  const tag = `"${createHash('sha256').update(html).digest('base64url')}"`;
  return { html, packed: gzipSync(html, { level: constants.Z_BEST_SPEED }), tag, policy: policyFor(text) };
}

// Only the page's own scripts run. Monaco, its editor, sets styles by script and starts workers from blobs.
function policyFor(html: string): string {
  const scripts = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, script = '']) => script);
  const hashes = scripts.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  return [
    "default-src 'none'",
    `script-src ${hashes.join(' ')}`,
    "style-src 'unsafe-inline'",
    'worker-src blob:',
    "connect-src 'self'",
    "img-src 'self' data:",
    'font-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
