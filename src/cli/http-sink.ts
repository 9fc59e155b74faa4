// A server as a place for points to go: NDJSON to /ingest over HTTP.
import { PulseError } from '../base/errors.ts';
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
  const endpoint = new URL('/ingest', url);
  return {
    send: async (points) => {
      const body = points.map((point) => JSON.stringify(point)).join('\n');
      const response = await post(endpoint, body);
      const answer = (await response.json()) as {
        accepted?: number;
        duplicates?: number;
        rejectedCount?: number;
        rejected?: { index: number; message: string }[];
        error?: { message: string };
      };
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
