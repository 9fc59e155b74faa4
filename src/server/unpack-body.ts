// The bytes of a body piece by piece, unpacked where they came packed: never more of them than are allowed, and never
// waited for longer than is allowed.
import type { IncomingMessage } from 'node:http';
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import type { Clock } from '../base/clock.ts';
import { badUserInput, limitExceeded } from '../base/errors.ts';
import type { LineGuard } from '../points/line-guard.ts';
import { tooSlow } from './read-body.ts';
import { unpackParts } from './unpack-parts.ts';

export interface UnpackLimits {
  /** Of a packed body, unpacked. */
  readonly maxInflatedBytes: number;
  /** How long nothing of the body may come. */
  readonly bodyTimeoutMs: number;
}

export const encodings = ['identity', 'gzip', 'zstd'] as const;
export type Encoding = (typeof encodings)[number];

// 8 MB: what every level of the zstd program needs but its --ultra ones.
export const maxWindowLog = 23;
const chunkSize = 65_536;
const newDecoder = {
  gzip: () => createGunzip({ chunkSize }),
  zstd: () => createZstdDecompress({ chunkSize, params: { [constants.ZSTD_d_windowLogMax]: maxWindowLog } }),
};

export interface UnpackOptions {
  readonly clock: Clock;
  readonly limits: UnpackLimits;
  /** Is told of bytes received and of parts; stops the unpacking of parts without lines. */
  readonly guard: LineGuard;
  /** Ends the reading with its reason. */
  readonly signal: AbortSignal;
}

/**
 * Errors: BAD_USER_INPUT where the body is not of that encoding or breaks off, LIMIT_EXCEEDED, TIMEOUT, the reason of the signal; the
 * connection is left open, so that an error can be sent.
 */
export async function* unpackBody(
  request: IncomingMessage,
  encoding: Encoding,
  options: UnpackOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const { limits, guard } = options;
  const received = counted(request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>, guard);
  const unpacked = encoding === 'identity' ? received : unpackParts(received, newDecoder[encoding], () => guard.part());
  const reader = new PatientReader(options);
  let length = 0;
  try {
    for (;;) {
      const { value, done } = await reader.next(unpacked);
      if (done) return;
      length += value.length;
      if (encoding !== 'identity' && length > limits.maxInflatedBytes) throw tooMuch(limits.maxInflatedBytes);
      yield value;
    }
  } catch (error) {
    throw isOfBody(error) ? badUserInput(`the body is not whole, or not ${encoding}: ${error.message}`) : error;
  } finally {
    reader.close();
    // Where it waits for bytes that do not come, this waits too.
    for (const chunks of [unpacked, received]) chunks.return?.()?.catch(() => undefined);
  }
}

function counted(chunks: AsyncIterator<Buffer>, guard: LineGuard): AsyncIterator<Buffer> {
  const next = async () => {
    const result = await chunks.next();
    if (!result.done) guard.received(result.value.length);
    return result;
  };
  return { next, return: async () => (await chunks.return?.()) ?? { done: true, value: undefined } };
}

/** Waits for one chunk after the other, each for so long at most and only until the signal is aborted. */
class PatientReader {
  readonly #options: UnpackOptions;
  // Ends the wait that is going on.
  #fail: (error: unknown) => void = () => undefined;
  readonly #abort = () => this.#fail(this.#options.signal.reason);

  constructor(options: UnpackOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', this.#abort, { once: true });
  }

  /** Errors: TIMEOUT, the reason of the signal, and those of the chunks. */
  async next(chunks: AsyncIterator<Buffer>): Promise<IteratorResult<Buffer>> {
    const { clock, limits, signal } = this.#options;
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<Buffer>>();
    this.#fail = reject;
    const timer = clock.after(limits.bodyTimeoutMs, () => reject(tooSlow(limits.bodyTimeoutMs)));
    // Where it is late it may still fail, when nobody waits for it any more.
    chunks.next().then(resolve, reject);
    try {
      return await promise;
    } finally {
      timer.cancel();
    }
  }

  close(): void {
    this.#options.signal.removeEventListener('abort', this.#abort);
  }
}

// What zlib finds wrong, or that the client has gone in the middle.
function isOfBody(error: unknown): error is NodeJS.ErrnoException {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return /^(Z_|ZSTD_|ERR_ZSTD|ERR_ZLIB|ECONNRESET)/.test(code);
}

function tooMuch(limit: number) {
  return limitExceeded(`the body is longer than ${limit} bytes once it is unpacked; send it in parts`, limit);
}
