// One body of POST /ingest: cut into batches, which are appended while the next ones are read, and what became of them.
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../base/clock.ts';
import { badUserInput, conflict, isPulseError } from '../base/errors.ts';
import { shown } from '../base/json.ts';
import { TimeSlice } from '../base/time-slice.ts';
import type { Engine } from '../engine/engine.ts';
import { type IngestResult, linesPerBatch, maxBatchIdLength } from '../engine/ingest.ts';
import { firstOf, JsonValueSplitter, withoutMark } from '../points/json-values.ts';
import { LineGuard, maxRejectedRun } from '../points/line-guard.ts';
import { LineBatcher } from '../points/read-lines.ts';
import type { Rejection } from '../points/read-points.ts';
import { authenticate, credentialsOf } from './authenticate.ts';
import type { BytesInFlight } from './bytes-in-flight.ts';
import { LinePace, type PaceLimits } from './line-pace.ts';
import type { UnfinishedRequest } from './unfinished-requests.ts';

const batchesInFlight = 4;
// Of a slash and the number of a batch, in characters.
const numberRoom = 16;
export const rejectionsListed = 1000;

export interface IngestBodyLimits extends PaceLimits {
  readonly maxLineBytes: number;
}

export interface IngestBodyOptions {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly limits: IngestBodyLimits;
  /** Counts what is buffered. */
  readonly unfinished: UnfinishedRequest;
  readonly inFlight: BytesInFlight;
  /** Aborted when the body is refused, or its client has left. */
  readonly signal: AbortSignal;
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

export class IngestBody {
  /** Says when lines without a point end the reading. */
  readonly guard = new LineGuard();
  readonly #options: IngestBodyOptions;
  readonly #request: IncomingMessage;
  readonly #pace: LinePace;
  readonly #slice: TimeSlice;
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

  /** Errors: BAD_USER_INPUT for the idempotency key. */
  constructor(request: IncomingMessage, options: IngestBodyOptions) {
    const { clock, limits } = options;
    this.#options = options;
    this.#request = request;
    this.#pace = new LinePace(clock, limits);
    this.#slice = new TimeSlice(clock);
    this.#batcher = new LineBatcher(linesPerBatch, limits.maxLineBytes);
    this.#viewer = authenticate(credentialsOf(request));
    this.#batchKey = batchKeyOf(request);
  }

  get result() {
    return {
      accepted: this.#accepted,
      duplicates: this.#duplicates,
      rejected: this.#rejected,
      rejectedCount: this.#rejectedCount,
      cursor: this.#cursor,
      ...this.#stopped,
    };
  }

  /** Why the rest of the body was not read. */
  get #stopped() {
    const { stoppedAt } = this.guard;
    if (stoppedAt === null) return {};
    const why = `too many lines gave no point (${maxRejectedRun} in a row, or of a packed body more than two for each of its bytes)`;
    const message = `reading stopped at line ${stoppedAt}: ${why}; correct the lines and send the rest again, under another idempotency-key`;
    return { error: { code: 'LIMIT_EXCEEDED', message, limit: maxRejectedRun, line: stoppedAt } };
  }

  get status(): number {
    if (this.#rejectedCount === 0 && this.guard.stoppedAt === null) return 200;
    return this.#accepted + this.#duplicates === 0 ? 400 : 207;
  }

  /** Reads all of it, or up to where the guard stops. Errors: as Engine.ingestLines, and those of the chunks. */
  async read(chunks: AsyncIterable<Buffer>): Promise<void> {
    try {
      for await (const chunk of chunks) {
        await this.#take(chunk);
        if (this.guard.stoppedAt !== null) break;
      }
    } catch (error) {
      // The sums are told with the error: they wait for what is on its way.
      await Promise.all(this.#inFlight);
      throw error;
    }
    const last = this.guard.stoppedAt === null ? this.#batcher.finish() : undefined;
    if (last !== undefined) await this.#send(last.bytes);
    await Promise.all(this.#inFlight);
    if (this.#failure !== undefined) throw this.#failure.error;
    const unfinished = this.guard.stoppedAt === null ? this.#splitter?.finish() : undefined;
    if (unfinished !== undefined) this.#addRejected([{ index: this.#points, message: unfinished }]);
  }

  async #take(received: Buffer): Promise<void> {
    const chunk = this.#splitter === undefined ? withoutMark(received) : received;
    if (this.#splitter === undefined) this.#splitter = this.#isJson(chunk);
    const lines = this.#splitter == null ? chunk : this.#splitter.push(chunk);
    const { unfinished } = this.#options;
    const before = this.#batcher.unfinishedBytes;
    const batches = this.#batcher.push(lines);
    this.#pace.note(received.length, before > 0 && this.#batcher.unfinishedBytes > before);
    let waiting = batches.reduce((sum, { bytes }) => sum + bytes.length, this.#batcher.bufferedBytes);
    unfinished.set(waiting);
    for (const { bytes } of batches) {
      await this.#send(bytes);
      waiting -= bytes.length;
      unfinished.set(waiting);
      if (this.guard.stoppedAt !== null) return;
    }
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
    const { engine, inFlight, signal } = this.#options;
    const { length } = bytes;
    await inFlight.enter(length, signal);
    const sent = engine.ingestLines(this.#viewer, bytes, id, this.guard).finally(() => inFlight.leave(length));
    this.guard.endBatch();
    this.#inFlight.push(this.#collect(sent, before));
    if (this.#inFlight.length >= batchesInFlight) await this.#inFlight.shift();
    if (this.#slice.isOver) await this.#slice.pause();
  }

  async #collect(sent: Promise<IngestResult>, before: Promise<void> | undefined): Promise<void> {
    const [result] = await Promise.allSettled([sent, before]);
    if (result.status === 'rejected') {
      this.#failure ??= { error: this.#named(result.reason) };
      return;
    }
    const { accepted, duplicates, rejected, cursor, lines } = result.value;
    this.#accepted += accepted;
    this.#duplicates += duplicates;
    this.#addRejected(rejected.map(({ index, message }) => ({ index: this.#points + index, message })));
    this.#points += lines;
    if (cursor !== null) this.#cursor = cursor;
  }

  // The log names the id of a batch; its client has sent a key for them all.
  #named(error: unknown): unknown {
    const key = this.#request.headers['idempotency-key'];
    if (this.#batchKey === null || !isPulseError(error, 'CONFLICT')) return error;
    return conflict(
      `the idempotency-key ${shown(key)} was used for another body; send this one under a key of its own`,
    );
  }

  #addRejected(rejected: readonly Rejection[]): void {
    this.#rejectedCount += rejected.length;
    const room = rejectionsListed - this.#rejected.length;
    this.#rejected.push(...rejected.slice(0, room));
  }
}
