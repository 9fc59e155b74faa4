// A signal that is aborted when a client leaves before its answer is complete: what was asked for it stops.
import type { ServerResponse } from 'node:http';

/** Aborted when the connection closes before the answer has been sent whole; `left` may be aborted for other reasons too. */
export function clientLeft(response: ServerResponse, left = new AbortController()): AbortSignal {
  if (response.destroyed) left.abort(new ClientLeft());
  response.once('close', () => {
    if (!response.writableFinished) left.abort(new ClientLeft());
  });
  return left.signal;
}

/** Why work was stopped: nobody is there to answer. It is neither logged nor sent. */
export class ClientLeft extends Error {
  override readonly name = 'ClientLeft';

  constructor() {
    super('the client has left');
  }
}
