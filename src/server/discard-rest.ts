// The rest of a body whose answer is known already is taken off the line for a while: whoever is still sending would not
// read the answer if his connection were cut at once.
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../base/clock.ts';

export const discardMs = 2000;

export function discardRest(clock: Clock, request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  const timer = clock.after(discardMs, () => request.destroy());
  request.once('close', () => timer.cancel());
  request.resume();
}
