// The address of who asks, for limits that are per client.
import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';

/** By the connection, or by `header` where a proxy in front gives it there. */
export function clientAddress({ headers, socket }: IncomingMessage, header: string): string {
  const given = header === '' ? undefined : headers[header.toLowerCase()];
  // Each proxy adds at the end what it saw; only the last one is our own proxy's word.
  const last = String(given ?? '')
    .split(',')
    .at(-1)
    ?.trim();
  return networkOf(last === undefined || last === '' ? (socket.remoteAddress ?? '') : last);
}

// One client has a whole /64 of IPv6 addresses to ask from.
function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [front = '', back = ''] = address.split('::', 2);
  const groups = front.split(':').filter((group) => group !== '');
  const rest = back.split(':').filter((group) => group !== '');
  const zeros = Array.from({ length: 8 - groups.length - rest.length }, () => '0');
  return `${[...groups, ...zeros, ...rest].slice(0, 4).join(':')}::/64`;
}
