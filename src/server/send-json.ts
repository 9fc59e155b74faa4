// A JSON answer.
import type { ServerResponse } from 'node:http';

export const jsonHeaders = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' } as const;

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent || response.destroyed) return;
  const text = JSON.stringify(body);
  response.writeHead(status, { ...jsonHeaders, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** An error of GraphQL over HTTP: the request is none, or not sent as it should be. */
export function badRequest(message: string) {
  return { message, extensions: { code: 'BAD_REQUEST' } };
}
