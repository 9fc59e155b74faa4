// POST /ingest: NDJSON, a JSON array or one JSON object, streamed in batches of lines. A batch is read only while few are
// on their way, so that a fast producer waits for the disk.
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { badUserInput, isPulseError } from '../base/errors.ts';
import type { Engine } from '../engine/engine.ts';
import { type IngestResult, linesPerBatch, maxBatchIdLength } from '../engine/ingest.ts';
import { firstOf, JsonValueSplitter, withoutMark } from '../points/json-values.ts';
import { LineBatcher } from '../points/read-lines.ts';
import type { Rejection } from '../points/read-points.ts';
import { authenticate } from './authenticate.ts';
import { reportUnforeseen } from './format-error.ts';
import type { HttpHandler } from './graphql-http.ts';
import { httpStatusOf } from './http-status.ts';
import { sendJson } from './send-json.ts';
import { type Encoding, encodings, type UnpackLimits, unpackBody } from './unpack-body.ts';

const batchesInFlight = 4;
// Of a slash and the number of a batch, in characters.
const numberRoom = 16;
export const rejectionsListed = 1000;

export interface IngestLimits extends UnpackLimits {
  readonly maxLineBytes: number;
}

export function ingestEndpoint(engine: Engine, limits: IngestLimits): HttpHandler {
  return async (request, response) => {
    if (request.method !== 'POST') {
      response.setHeader('allow', 'POST');
      return sendJson(response, 405, { error: { code: 'BAD_USER_INPUT', message: 'send points by POST' } });
    }
    const encoding = request.headers['content-encoding'] ?? 'identity';
    if (!isKnown(encoding)) {
      const message = `content-encoding ${encoding.slice(0, 80)} is not taken; known are ${encodings.join(', ')}`;
      response.setHeader('accept-encoding', encodings.join(', '));
      return sendJson(response, 415, { error: { code: 'BAD_USER_INPUT', message } });
    }
    let body: IngestBody | undefined;
    try {
      body = new IngestBody(engine, request, limits.maxLineBytes);
      await body.read(unpackBody(request, encoding, { clock: engine.clock, limits }));
      sendJson(response, body.status, body.result);
    } catch (error) {
      answerFailure(engine, response, body?.result ?? {}, error);
    }
  };
}

function isKnown(encoding: string): encoding is Encoding {
  return (encodings as readonly string[]).includes(encoding);
}

function answerFailure(engine: Engine, response: ServerResponse, result: object, error: unknown): void {
  if (response.destroyed) return;
  if (!isPulseError(error)) {
    const id = reportUnforeseen(engine, error);
    sendJson(response, 500, { ...result, error: { code: 'INTERNAL_SERVER_ERROR', message: 'unexpected error', id } });
    return;
  }
  const status = httpStatusOf(error.code);
  if (status === 503) response.setHeader('retry-after', '1');
  // What came before is kept: the sums say how much.
  sendJson(response, status, { ...result, error: { code: error.code, message: error.message, ...error.details } });
}

/** The beginning of every batch's id; null where there is no key. Errors: BAD_USER_INPUT for one that is too long. */
function batchKeyOf({ headers }: IncomingMessage): string | null {
  const key = headers['idempotency-key'];
  if (typeof key !== 'string' || key === '') return null;
  if (key.length > maxBatchIdLength) {
    throw badUserInput(`the header idempotency-key has at most ${maxBatchIdLength} characters, not ${key.length}`);
  }
  // With the number of the batch behind it, it must fit too.
  return key.length <= maxBatchIdLength - numberRoom ? key : createHash('sha256').update(key).digest('base64url');
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
    this.#batchKey = batchKeyOf(request);
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

  async read(chunks: AsyncIterable<Buffer>): Promise<void> {
    try {
      for await (const chunk of chunks) await this.#take(chunk);
    } catch (error) {
      // The sums are told with the error: they wait for what is on its way.
      await Promise.all(this.#inFlight);
      throw error;
    }
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
    const first = firstOf(chunk);
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
