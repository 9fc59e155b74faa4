// Health: live while the process answers, ready while the engine takes points.
import type { Engine } from '../engine/engine.ts';
import type { HttpHandler } from './graphql-http.ts';
import { sendJson } from './send-json.ts';

export const live: HttpHandler = (_request, response) => sendJson(response, 200, { status: 'ok' });

export function ready(engine: Engine): HttpHandler {
  return (_request, response) => {
    const { isReady } = engine;
    sendJson(response, isReady ? 200 : 503, { status: isReady ? 'ok' : 'stopping' });
  };
}
