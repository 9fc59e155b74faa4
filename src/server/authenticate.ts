// Who is there: the same for HTTP, SSE and WebSocket. Without authentication everybody may do everything, but administer:
// that takes a connection from the server's own machine.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { randomId } from '../base/ids.ts';
import { allRights, type Rights, type Viewer } from '../engine/viewer.ts';

export const maxIdLength = 256;

const administratorRights: Rights = { ...allRights, administer: true };
const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

/** What a request tells about who sent it; `remoteAddress` is the socket's. */
export interface Credentials {
  readonly headers: IncomingHttpHeaders;
  readonly remoteAddress: string | undefined;
}

export function credentialsOf(request: Pick<IncomingMessage, 'headers' | 'socket'>): Credentials {
  return { headers: request.headers, remoteAddress: request.socket.remoteAddress };
}

/** By `clientId` of the connection's parameters, or the header x-client-id, or a made-up id. */
export function authenticate(
  { headers, remoteAddress }: Credentials,
  parameters?: Readonly<Record<string, unknown>>,
): Viewer {
  const given = parameters?.['clientId'] ?? headers['x-client-id'];
  const isName = typeof given === 'string' && given !== '' && given.length <= maxIdLength;
  return {
    id: isName ? given : randomId('client'),
    rights: isLocal(headers, remoteAddress) ? administratorRights : allRights,
  };
}

// A proxy on this machine connects over loopback, too, and says whom it speaks for.
function isLocal(headers: IncomingHttpHeaders, address: string | undefined): boolean {
  if (address === undefined || headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined)
    return false;
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address;
  const version = isIP(plain);
  return version !== 0 && loopback.check(plain, version === 6 ? 'ipv6' : 'ipv4');
}
