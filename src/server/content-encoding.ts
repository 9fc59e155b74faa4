// In which encoding a request's body comes, by RFC 9110, 8.4.1: names in any case, and x-gzip for gzip.
import type { IncomingMessage } from 'node:http';

/** The name as it is registered, or in small letters what is none. */
export function contentEncodingOf({ headers }: IncomingMessage): string {
  const name = (headers['content-encoding'] ?? 'identity').toLowerCase();
  return name === 'x-gzip' ? 'gzip' : name;
}
