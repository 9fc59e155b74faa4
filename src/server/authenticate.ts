// Who is there: the same for HTTP, SSE and WebSocket. Without authentication everybody may do everything.
import type { IncomingHttpHeaders } from 'node:http';
import { randomId } from '../base/ids.ts';
import { allRights, type Viewer } from '../engine/viewer.ts';

export const maxIdLength = 256;

/** By `clientId` of the connection's parameters, or the header x-client-id, or a made-up id. */
export function authenticate(headers: IncomingHttpHeaders, parameters?: Readonly<Record<string, unknown>>): Viewer {
  const given = parameters?.['clientId'] ?? headers['x-client-id'];
  const isName = typeof given === 'string' && given !== '' && given.length <= maxIdLength;
  return { id: isName ? given : randomId('client'), rights: allRights };
}
