// Answers over HTTP on their way to their clients: written piece by piece, so that a client that does not read is seen and
// cut, and bounded all together.
import type { ServerResponse } from 'node:http';
import { ByteBudget } from '../base/byte-budget.ts';
import type { Clock } from '../base/clock.ts';
import { pieceBytes, type StallLimits, StallWatch } from './stall-watch.ts';

export interface AnswerLimits extends StallLimits {
  /** Of one answer. */
  readonly maxAnswerBytes: number;
  /** Of all answers that have not left yet. */
  readonly maxTotalAnswerBytes: number;
}

// Shorter answers fit into the buffers of any connection.
const watchedFrom = 4096;

export class AnswersInFlight {
  readonly #clock: Clock;
  readonly #limits: AnswerLimits;
  readonly #budget: ByteBudget;

  constructor(clock: Clock, limits: AnswerLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#budget = new ByteBudget(limits.maxTotalAnswerBytes);
  }

  /**
   * Sends an answer whose headers but its length are set. A short one leaves in one write. `isRefusable`: past the total it may be refused instead,
   * for asking again does no harm.
   */
  send(response: ServerResponse, status: number, text: string, isRefusable = true): void {
    if (response.destroyed) return;
    if (text.length < pieceBytes) {
      const bytes = Buffer.byteLength(text);
      response.writeHead(status, { 'content-length': bytes });
      // The same bytes where all is ASCII, and Node.js writes them with less work.
      response.end(text, bytes === text.length ? 'latin1' : 'utf8');
      if (text.length > watchedFrom) this.#watch(response);
      return;
    }
    const account = this.#budget.open();
    const bytes = Buffer.from(text);
    account.set(bytes.length);
    response.once('close', () => account.close());
    if (isRefusable && this.#budget.isOver) {
      this.#refuse(response);
      return;
    }
    response.writeHead(status, { 'content-length': bytes.length });
    this.#write(response, bytes);
  }

  #write(response: ServerResponse, bytes: Buffer): void {
    const stall = this.#watch(response);
    let at = 0;
    const next = () => {
      stall.noteProgress();
      if (response.destroyed) return;
      const piece = bytes.subarray(at, at + pieceBytes);
      at += piece.length;
      if (at < bytes.length) response.write(piece, next);
      else response.end(piece);
    };
    next();
  }

  /** Cuts the client once nothing has left for too long. */
  #watch(response: ServerResponse): StallWatch {
    const stall = new StallWatch(
      this.#clock,
      this.#limits,
      () => false,
      () => response.destroy(),
    );
    response.once('close', () => stall.end());
    stall.begin();
    return stall;
  }

  #refuse(response: ServerResponse): void {
    const { maxBytes: limit } = this.#budget;
    const message = `answers that have not been read yet would hold more than ${limit} bytes; try again later`;
    const extensions = { code: 'LIMIT_EXCEEDED', limit, retryAfterSeconds: 1 };
    const text = JSON.stringify({ errors: [{ message, extensions }] });
    response.setHeader('retry-after', '1');
    response.setHeader('content-type', 'application/json; charset=utf-8');
    response.writeHead(503, { 'content-length': Buffer.byteLength(text) });
    response.end(text);
  }
}
