// POST /ingest: NDJSON, a JSON array or one JSON object, streamed in batches of lines. A batch is read only while few are
// on their way, so that a fast producer waits for the disk.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isPulseError, type PulseErrorCode } from '../base/errors.ts';
import type { Engine } from '../engine/engine.ts';
import { type IngestResult, linesPerBatch } from '../engine/ingest.ts';
import { JsonValueSplitter } from '../points/json-values.ts';
import { LineBatcher } from '../points/read-lines.ts';
import type { Rejection } from '../points/read-points.ts';
import { authenticate } from './authenticate.ts';
import { reportUnforeseen } from './format-error.ts';
import type { HttpHandler } from './graphql-http.ts';
import { sendJson } from './send-json.ts';

const batchesInFlight = 4;
const rejectionsListed = 1000;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);
// How long the rest of a body is still taken off the line once the answer is known.
const discardMs = 2000;

const statusOf: Partial<Record<PulseErrorCode, number>> = {
  CONFLICT: 409,
  LIMIT_EXCEEDED: 413,
  FORBIDDEN: 403,
  BAD_USER_INPUT: 400,
  STOPPED: 503,
  STORAGE_FULL: 507,
  STORAGE_FAILED: 503,
  STORAGE_READ_ONLY: 503,
};

export function ingestEndpoint(engine: Engine, maxLineBytes: number): HttpHandler {
  return async (request, response) => {
    if (request.method !== 'POST') {
      response.setHeader('allow', 'POST');
      sendJson(response, 405, { error: { code: 'BAD_USER_INPUT', message: 'send points by POST' } });
      return;
    }
    const encoding = request.headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity') {
      const message = `content-encoding ${encoding} is not taken; send the body as it is`;
      sendJson(response, 415, { error: { code: 'BAD_USER_INPUT', message } });
      discardRest(engine, request);
      return;
    }
    const body = new IngestBody(engine, request, maxLineBytes);
    try {
      await body.read();
      sendJson(response, body.status, body.result);
    } catch (error) {
      answerFailure(engine, response, body.result, error);
      discardRest(engine, request);
    }
  };
}

function answerFailure(engine: Engine, response: ServerResponse, result: object, error: unknown): void {
  if (response.destroyed) return;
  if (!isPulseError(error)) {
    const id = reportUnforeseen(engine, error);
    sendJson(response, 500, { ...result, error: { code: 'INTERNAL_SERVER_ERROR', message: 'unexpected error', id } });
    return;
  }
  const status = statusOf[error.code] ?? 500;
  if (status === 503) response.setHeader('retry-after', '1');
  // What came before is kept: the sums say how much.
  sendJson(response, status, { ...result, error: { code: error.code, message: error.message, ...error.details } });
}

// Whoever is still sending would not read the answer if his connection were cut at once.
function discardRest({ clock }: Engine, request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  const timer = clock.after(discardMs, () => request.destroy());
  request.once('close', () => timer.cancel());
  request.resume();
}

class IngestBody {
  readonly #engine: Engine;
  readonly #request: IncomingMessage;
  readonly #batcher: LineBatcher;
  readonly #batchKey: string | null;
  readonly #viewer: ReturnType<typeof authenticate>;
  // JSON values over any number of lines, or null for NDJSON; known from the first byte that is no space.
  #splitter: JsonValueSplitter | null | undefined;
  #batches = 0;
  #inFlight: Promise<void>[] = [];
  #failure: { readonly error: unknown } | undefined;
  // Sums over the batches; results come in order, since each waits for the one before.
  #accepted = 0;
  #duplicates = 0;
  #rejectedCount = 0;
  #points = 0;
  readonly #rejected: Rejection[] = [];
  #cursor: string | null = null;

  constructor(engine: Engine, request: IncomingMessage, maxLineBytes: number) {
    this.#engine = engine;
    this.#request = request;
    this.#batcher = new LineBatcher(linesPerBatch, maxLineBytes);
    this.#viewer = authenticate(request.headers);
    const key = request.headers['idempotency-key'];
    this.#batchKey = typeof key === 'string' && key !== '' ? key : null;
  }

  get result() {
    return {
      accepted: this.#accepted,
      duplicates: this.#duplicates,
      rejected: this.#rejected,
      rejectedCount: this.#rejectedCount,
      cursor: this.#cursor,
    };
  }

  get status(): number {
    if (this.#rejectedCount === 0) return 200;
    return this.#accepted + this.#duplicates === 0 ? 400 : 207;
  }

  async read(): Promise<void> {
    // Not destroyed where reading stops early: the answer goes out on the same connection.
    for await (const chunk of this.#request.iterator({ destroyOnReturn: false })) await this.#take(chunk as Buffer);
    const last = this.#batcher.finish();
    if (last !== undefined) await this.#send(last.bytes);
    await Promise.all(this.#inFlight);
    if (this.#failure !== undefined) throw this.#failure.error;
    const unfinished = this.#splitter?.finish();
    if (unfinished !== undefined) this.#addRejected([{ index: this.#points, message: unfinished }]);
  }

  async #take(received: Buffer): Promise<void> {
    const chunk = this.#splitter === undefined ? withoutMark(received) : received;
    if (this.#splitter === undefined) this.#splitter = this.#isJson(chunk);
    const lines = this.#splitter == null ? chunk : this.#splitter.push(chunk);
    for (const { bytes } of this.#batcher.push(lines)) await this.#send(bytes);
  }

  /** Undefined while only blanks have come. */
  #isJson(chunk: Buffer): JsonValueSplitter | null | undefined {
    const first = chunk.toString('latin1', 0, 1024).trimStart()[0];
    if (first === undefined) return undefined;
    const type = this.#request.headers['content-type'] ?? '';
    return first === '[' || type.startsWith('application/json') ? new JsonValueSplitter() : null;
  }

  async #send(bytes: Buffer): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    const id = this.#batchKey === null ? null : `${this.#batchKey}/${this.#batches}`;
    this.#batches += 1;
    const before = this.#inFlight.at(-1);
    const sent = this.#engine.ingestLines(this.#viewer, bytes, id);
    this.#inFlight.push(this.#collect(sent, before));
    if (this.#inFlight.length >= batchesInFlight) await this.#inFlight.shift();
  }

  async #collect(sent: Promise<IngestResult>, before: Promise<void> | undefined): Promise<void> {
    const [result] = await Promise.allSettled([sent, before]);
    if (result.status === 'rejected') {
      this.#failure ??= { error: result.reason };
      return;
    }
    const { accepted, duplicates, rejected, cursor, lines } = result.value;
    this.#accepted += accepted;
    this.#duplicates += duplicates;
    this.#addRejected(rejected.map(({ index, message }) => ({ index: this.#points + index, message })));
    this.#points += lines;
    if (cursor !== null) this.#cursor = cursor;
  }

  #addRejected(rejected: readonly Rejection[]): void {
    this.#rejectedCount += rejected.length;
    const room = rejectionsListed - this.#rejected.length;
    this.#rejected.push(...rejected.slice(0, room));
  }
}

/** Without a byte order mark, which some programs put in front of UTF-8. */
function withoutMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, 3).equals(byteOrderMark) ? bytes.subarray(3) : bytes;
}
