// A server as a place for points to go: NDJSON to /ingest over HTTP.
import { badUserInput, PulseError } from '../base/errors.ts';
import { isJsonObject, shown } from '../base/json.ts';
import type { Sink } from '../sources/sink.ts';

export interface Sums {
  accepted: number;
  duplicates: number;
  rejected: number;
  /** Why the first of the rejected were: at most ten. */
  readonly reasons: string[];
}

const maxReasons = 10;

/** Sends to `url`, which is the server's address; adds what became of the points to `sums`. */
export function httpSink(url: string, sums: Sums): Sink {
  const endpoint = endpointOf(url);
  return {
    send: async (points) => {
      const body = points.map((point) => JSON.stringify(point)).join('\n');
      const response = await post(endpoint, body);
      const answer = await readAnswer(response, endpoint);
      if (answer.error !== undefined)
        throw new PulseError('STORAGE_FAILED', `${endpoint.href}: ${answer.error.message}`);
      const before = sums.accepted + sums.duplicates + sums.rejected;
      sums.accepted += answer.accepted ?? 0;
      sums.duplicates += answer.duplicates ?? 0;
      sums.rejected += answer.rejectedCount ?? 0;
      const room = maxReasons - sums.reasons.length;
      const reasons = (answer.rejected ?? []).slice(0, room);
      sums.reasons.push(...reasons.map(({ index, message }) => `point ${before + index + 1}: ${message}`));
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
  readonly error?: { readonly message: string };
}

async function readAnswer(response: Response, endpoint: URL): Promise<Answer> {
  const text = await response.text();
  const answer = parsed(text);
  if (isJsonObject(answer) && ('accepted' in answer || isJsonObject(answer['error']))) return answer as Answer;
  const what = `${response.status} and ${shown(text)}`;
  throw new PulseError('STOPPED', `${endpoint.href} does not answer as PulseQL does, but with ${what}`);
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

async function post(endpoint: URL, body: string): Promise<Response> {
  try {
    return await fetch(endpoint, { method: 'POST', body, headers: { 'content-type': 'application/x-ndjson' } });
  } catch (error) {
    const why = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new PulseError(
      'STOPPED',
      `nobody answers at ${endpoint.origin} (${why}): start it with pulseql serve, or name it with --url`,
    );
  }
}
