// POST /ingest: NDJSON, a JSON array or one JSON object, streamed in batches of lines. A batch is read only while few are
// on their way, so that a fast producer waits for the disk.
import type { ServerResponse } from 'node:http';
import { isPulseError } from '../base/errors.ts';
import type { Engine } from '../engine/engine.ts';
import { BytesInFlight } from './bytes-in-flight.ts';
import { ClientLeft, clientLeft } from './client-left.ts';
import { contentEncodingOf } from './content-encoding.ts';
import { reportUnforeseen } from './format-error.ts';
import type { HttpHandler } from './graphql-http.ts';
import { statusWithRetry } from './http-status.ts';
import { IngestBody, type IngestBodyLimits } from './ingest-body.ts';
import { sendJson } from './send-json.ts';
import type { UnfinishedRequests } from './unfinished-requests.ts';
import { type Encoding, encodings, type UnpackLimits, unpackBody } from './unpack-body.ts';

export interface IngestLimits extends UnpackLimits, IngestBodyLimits {}

// Of batches that are being appended: a batch has about 1 MiB at most.
const maxBytesInFlight = 32 * 1024 * 1024;

export function ingestEndpoint(engine: Engine, limits: IngestLimits, requests: UnfinishedRequests): HttpHandler {
  const { clock } = engine;
  const inFlight = new BytesInFlight(maxBytesInFlight);
  return async (request, response) => {
    if (request.method !== 'POST') {
      response.setHeader('allow', 'POST');
      return sendJson(response, 405, { error: { code: 'BAD_USER_INPUT', message: 'send points by POST' } });
    }
    const encoding = contentEncodingOf(request);
    if (!isKnown(encoding)) {
      const message = `content-encoding ${encoding.slice(0, 80)} is not taken; known are ${encodings.join(', ')}`;
      response.setHeader('accept-encoding', encodings.join(', '));
      return sendJson(response, 415, { error: { code: 'BAD_USER_INPUT', message } });
    }
    const stop = new AbortController();
    const unfinished = requests.open(stop);
    const signal = clientLeft(response, stop);
    let body: IngestBody | undefined;
    try {
      body = new IngestBody(request, { engine, clock, limits, unfinished, inFlight, signal });
      await body.read(unpackBody(request, encoding, { clock, limits, guard: body.guard, signal }));
      sendJson(response, body.status, body.result);
    } catch (error) {
      answerFailure(engine, response, body?.result ?? {}, error);
    } finally {
      unfinished.close();
    }
  };
}

function isKnown(encoding: string): encoding is Encoding {
  return (encodings as readonly string[]).includes(encoding);
}

function answerFailure(engine: Engine, response: ServerResponse, result: object, error: unknown): void {
  if (response.destroyed || error instanceof ClientLeft) return;
  if (!isPulseError(error)) {
    const id = reportUnforeseen(engine, error);
    sendJson(response, 500, { ...result, error: { code: 'INTERNAL_SERVER_ERROR', message: 'unexpected error', id } });
    return;
  }
  const status = statusWithRetry(response, error);
  // What came before is kept: the sums say how much.
  sendJson(response, status, { ...result, error: { code: error.code, message: error.message, ...error.details } });
}
