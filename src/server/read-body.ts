// The body of a request, up to a size.
import type { IncomingMessage } from 'node:http';
import { limitExceeded } from '../base/errors.ts';

/** Errors: LIMIT_EXCEEDED; what is left of the body is then not read. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes)
      throw limitExceeded(`the body is longer than ${maxBytes} bytes; send points to /ingest`, maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
