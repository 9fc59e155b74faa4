// Under which host names the server answers: a page whose own name resolves to this machine (DNS rebinding) names itself in
// `Host`, and a browser takes its requests for the page's own. Addresses cannot be rebound.
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { shown } from '../base/json.ts';

export class Hosts {
  readonly #names: Set<string>;

  /** Host names without port, separated by commas; * for every one. */
  constructor(list: string) {
    const listed = list.split(',').filter((name) => name.trim() !== '');
    this.#names = new Set(['localhost', ...listed].map(normalized));
  }

  /** Allows one more name; an address is always allowed. */
  add(name: string): void {
    this.#names.add(normalized(name));
  }

  /** A request of HTTP/1.0 may come without a host; no browser sends one. */
  allows({ headers: { host } }: IncomingMessage): boolean {
    if (host === undefined || host === '' || this.#names.has('*')) return true;
    const name = nameOf(host);
    return this.#names.has(name) || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
  }
}

/** What a client is told whose host is not allowed. */
export function hostIssue({ headers: { host } }: IncomingMessage): string {
  return (
    `the host ${shown(host)} is not served here; add ${shown(nameOf(host))} to the setting --allowed-hosts ` +
    '(or PULSEQL_ALLOWED_HOSTS) and start the server again, or ask it as localhost or by its IP address'
  );
}

function nameOf(host = ''): string {
  return normalized(host.replace(/:\d*$/, ''));
}

// A name may end with the root's dot.
function normalized(name: string): string {
  return name.trim().toLowerCase().replace(/\.$/, '');
}
