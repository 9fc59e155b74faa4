// Each path a door, and what is answered where there is none or where it fails.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isPulseError, type PulseError } from '../base/errors.ts';
import type { Engine } from '../engine/engine.ts';
import { ClientLeft } from './client-left.ts';
import { discardRest } from './discard-rest.ts';
import { reportUnforeseen } from './format-error.ts';
import type { HttpHandler } from './graphql-http.ts';
import { statusWithRetry } from './http-status.ts';
import type { RequestGate } from './request-gate.ts';
import { sendJson } from './send-json.ts';

export type Routes = ReadonlyMap<string, HttpHandler>;

/** Answers requests: each goes through the gate and then to the door of its path. */
export function router(engine: Engine, gate: RequestGate, routes: Routes): HttpHandler {
  return async (request, response) => {
    try {
      const path = pathOf(request);
      if (await gate.admits(path, request, response)) await (routes.get(path) ?? notFound(routes))(request, response);
    } catch (error) {
      answerFailure(engine, request, response, error);
    }
    discardRest(engine.clock, request);
  };
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '/';
}

function notFound(routes: Routes): HttpHandler {
  return (request, response) => {
    const message = `there is nothing at ${pathOf(request).slice(0, 200)}; paths are ${[...routes.keys()].join(', ')}`;
    sendJson(response, 404, { error: { code: 'NOT_FOUND', message } });
  };
}

function answerFailure(engine: Engine, request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (error instanceof ClientLeft) return;
  if (isPulseError(error)) {
    sendJson(response, statusWithRetry(response, error), bodyOf(request, error));
    return;
  }
  const id = reportUnforeseen(engine, error);
  sendJson(response, 500, { error: { code: 'INTERNAL_SERVER_ERROR', message: 'unexpected error', id } });
}

// As the clients of either kind of door look for it.
function bodyOf({ url }: IncomingMessage, { code, message, details }: PulseError) {
  if (url?.startsWith('/graphql')) return { errors: [{ message, extensions: { code, ...details } }] };
  return { error: { code, message, ...details } };
}
