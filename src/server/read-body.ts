// The body of a request, up to a size and within a time.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../base/clock.ts';
import { badUserInput, limitExceeded, PulseError } from '../base/errors.ts';
import type { UnfinishedRequests } from './unfinished-requests.ts';

export interface BodyLimits {
  readonly maxBodyBytes: number;
  /** How long a body may take; at /ingest, how long nothing of it may come. */
  readonly bodyTimeoutMs: number;
}

export class BodyReader {
  readonly #clock: Clock;
  readonly #limits: BodyLimits;
  readonly #unfinished: UnfinishedRequests;

  constructor(clock: Clock, limits: BodyLimits, unfinished: UnfinishedRequests) {
    this.#clock = clock;
    this.#limits = limits;
    this.#unfinished = unfinished;
  }

  /**
   * The whole body, which counts as memory in use until `answered` has been sent (null: until it has been read). Errors: LIMIT_EXCEEDED, TIMEOUT, BAD_USER_INPUT where it
   * breaks off; what is left of the body is then not read.
   */
  async read(request: IncomingMessage, answered: ServerResponse | null): Promise<string> {
    const { maxBodyBytes, bodyTimeoutMs } = this.#limits;
    if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLong(maxBodyBytes);
    const body = this.#unfinished.open();
    answered?.once('close', () => body.close());
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const refuse = () => reject(body.refused.reason);
    const breakOff = () => reject(badUserInput('the body broke off'));
    const timer = this.#clock.after(bodyTimeoutMs, () => reject(tooSlow(bodyTimeoutMs)));
    const chunks: Buffer[] = [];
    let length = 0;
    const take = (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBodyBytes) return reject(tooLong(maxBodyBytes));
      chunks.push(chunk);
      body.set(length);
    };
    body.refused.addEventListener('abort', refuse, { once: true });
    request.on('data', take).once('end', resolve).once('error', breakOff);
    try {
      await promise;
      if (answered === null) body.close();
      else body.noteWhole();
      return Buffer.concat(chunks).toString();
    } catch (error) {
      body.close();
      request.pause();
      throw error;
    } finally {
      timer.cancel();
      body.refused.removeEventListener('abort', refuse);
      request.off('data', take).off('end', resolve);
    }
  }
}

function tooLong(limit: number): PulseError {
  return limitExceeded(`the body is longer than ${limit} bytes; send points to /ingest`, limit);
}

export function tooSlow(timeoutMs: number): PulseError {
  return new PulseError('TIMEOUT', `the body did not come within ${timeoutMs / 1000} s`);
}
