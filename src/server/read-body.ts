// The body of a request, up to a size and within a time.
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../base/clock.ts';
import { badUserInput, limitExceeded, PulseError } from '../base/errors.ts';

export interface BodyLimits {
  readonly maxBodyBytes: number;
  /** How long a body may take; at /ingest, how long nothing of it may come. */
  readonly bodyTimeoutMs: number;
}

/** Errors: LIMIT_EXCEEDED, TIMEOUT, BAD_USER_INPUT where it breaks off; what is left of the body is then not read. */
export function readBody(request: IncomingMessage, clock: Clock, limits: BodyLimits): Promise<string> {
  const { maxBodyBytes, bodyTimeoutMs } = limits;
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) return Promise.reject(tooLong(maxBodyBytes));
  const chunks: Buffer[] = [];
  let length = 0;
  return new Promise<string>((resolve, reject) => {
    const timer = clock.after(bodyTimeoutMs, () => fail(tooSlow(bodyTimeoutMs)));
    const fail = (error: unknown) => {
      timer.cancel();
      request.pause().removeListener('data', take);
      reject(error);
    };
    const take = (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBodyBytes) return fail(tooLong(maxBodyBytes));
      chunks.push(chunk);
    };
    request.on('data', take);
    request.once('end', () => {
      timer.cancel();
      resolve(Buffer.concat(chunks).toString());
    });
    request.once('error', () => fail(badUserInput('the body broke off')));
  });
}

function tooLong(limit: number): PulseError {
  return limitExceeded(`the body is longer than ${limit} bytes; send points to /ingest`, limit);
}

export function tooSlow(timeoutMs: number): PulseError {
  return new PulseError('TIMEOUT', `the body did not come within ${timeoutMs / 1000} s`);
}
