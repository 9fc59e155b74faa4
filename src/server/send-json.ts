// A JSON answer.
import type { ServerResponse } from 'node:http';

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent || response.destroyed) return;
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(text);
}

/** An error of GraphQL over HTTP: the request is none, or not sent as it should be. */
export function badRequest(message: string) {
  return { message, extensions: { code: 'BAD_REQUEST' } };
}
