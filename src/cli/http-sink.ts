// A server as a place for points to go: NDJSON to /ingest over HTTP.
import { badUserInput } from '../base/errors.ts';
import { isJsonObject, shown } from '../base/json.ts';
import type { PointInput } from '../points/point.ts';
import type { Sink } from '../sources/sink.ts';

export interface Sums {
  accepted: number;
  duplicates: number;
  rejected: number;
  /** Why the first of the rejected were: at most ten. */
  readonly reasons: string[];
}

/** The server has refused points, is not PulseQL, or cannot be reached; for a refusal the code and message are the server's own. */
export class SendError extends Error {
  override readonly name = 'SendError';
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

const maxReasons = 10;

/**
 * Sends to `url`, which is the server's address; adds what became of the points to `sums`, also where it refuses the rest. `placeOf` says where a point came
 * from, in words. Errors: SendError.
 */
export function httpSink(
  url: string,
  sums: Sums,
  placeOf: (point: PointInput) => string | undefined = () => undefined,
): Sink {
  const endpoint = endpointOf(url);
  return {
    send: async (points) => {
      const body = points.map((point) => JSON.stringify(point)).join('\n');
      const answer = readAnswer(await post(endpoint, body), endpoint);
      const before = sums.accepted + sums.duplicates + sums.rejected;
      sums.accepted += answer.accepted ?? 0;
      sums.duplicates += answer.duplicates ?? 0;
      sums.rejected += answer.rejectedCount ?? 0;
      const room = maxReasons - sums.reasons.length;
      const reasons = (answer.rejected ?? []).slice(0, room);
      const nameOf = (index: number) => placeOf(points[index] as PointInput) ?? `point ${before + index + 1}`;
      sums.reasons.push(...reasons.map(({ index, message }) => `${nameOf(index)}: ${message}`));
      if (answer.error !== undefined) throw refusal(endpoint, answer.error, before);
    },
  };
}

/** Errors: BAD_USER_INPUT. */
function endpointOf(url: string): URL {
  if (!/^https?:/.test(url) || !URL.canParse(url)) {
    throw badUserInput(`--url must be the address of a server, such as http://127.0.0.1:4000, not ${shown(url)}`);
  }
  return new URL('/ingest', url);
}

interface Answer {
  readonly accepted?: number;
  readonly duplicates?: number;
  readonly rejectedCount?: number;
  readonly rejected?: readonly { readonly index: number; readonly message: string }[];
  readonly error?: ServerError;
}

interface ServerError {
  readonly code?: unknown;
  readonly message?: unknown;
  /** Where the server stopped reading, counted from 1 in the request. */
  readonly line?: unknown;
}

/** `before`: points of requests before this one; a line of ours is a point. */
function refusal({ origin }: URL, { code, message, line }: ServerError, before: number): SendError {
  const where = typeof line === 'number' ? ` (point ${before + line} of the input)` : '';
  const name = typeof code === 'string' ? code : 'an error without a code';
  return new SendError(name, `${origin} answers ${name}: ${String(message)}${where}`);
}

function readAnswer({ status, text }: { status: number; text: string }, endpoint: URL): Answer {
  const answer = parsed(text);
  if (isJsonObject(answer) && ('accepted' in answer || isJsonObject(answer['error']))) return answer as Answer;
  const what = `${status} and ${shown(text)}`;
  throw new SendError('UNKNOWN_ANSWER', `${endpoint.href} does not answer as PulseQL does, but with ${what}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function newSums(): Sums {
  return { accepted: 0, duplicates: 0, rejected: 0, reasons: [] };
}

const notConnected = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
];

async function post(endpoint: URL, body: string): Promise<{ status: number; text: string }> {
  try {
    const headers = { 'content-type': 'application/x-ndjson' };
    const response = await fetch(endpoint, { method: 'POST', body, headers });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = cause instanceof Error ? cause.message : String(cause);
    const isConnected = !notConnected.includes(String((cause as { code?: unknown }).code));
    const message = isConnected
      ? `the connection to ${endpoint.origin} broke (${why}); what was sent last may be stored or not`
      : `cannot connect to ${endpoint.origin} (${why}): start the server with pulseql serve, or name it with --url`;
    throw new SendError('CONNECTION_FAILED', message, error);
  }
}
