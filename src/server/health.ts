// Health: live while the process answers, ready while the engine takes points, else 503 with the reason.
import type { Engine } from '../engine/engine.ts';
import type { HttpHandler } from './graphql-http.ts';
import { sendJson } from './send-json.ts';

export const live: HttpHandler = (_request, response) => sendJson(response, 200, { status: 'ok' });

export function ready(engine: Engine): HttpHandler {
  return (_request, response) => {
    const { notReady } = engine;
    if (notReady === null) sendJson(response, 200, { status: 'ok' });
    else sendJson(response, 503, { status: 'not ready', ...notReady });
  };
}
