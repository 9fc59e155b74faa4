// Who asks: an id, and what it may read and do. It goes through every read, feed and window.
import { PulseError } from '../base/errors.ts';

export interface Viewer {
  readonly id: string;
  readonly rights: Rights;
}

export interface Rights {
  /** Entity types that may be read; null: all. */
  readonly read: readonly string[] | null;
  readonly ingest: boolean;
  /** Make and change dashboards. */
  readonly edit: boolean;
  /** Decide about the server itself; left out: no. */
  readonly administer?: boolean;
}

export const allRights: Rights = { read: null, ingest: true, edit: true };

export function mayRead({ rights }: Viewer, entityType: string): boolean {
  return rights.read === null || rights.read.includes(entityType);
}

// Errors do not name the viewer: those who share a subscription get the same.

export function assertMayRead({ rights }: Viewer, entityType: string): void {
  if (rights.read === null || rights.read.includes(entityType)) return;
  throw new PulseError('FORBIDDEN', `you may not read ${JSON.stringify(entityType)}`);
}

/** Errors: FORBIDDEN. */
export function assertMayAdminister({ rights }: Viewer): void {
  if (rights.administer === true) return;
  const remedy = "only clients on the server's own machine may: connect to it over 127.0.0.1, without a proxy";
  throw new PulseError('FORBIDDEN', `you may not administer this server; ${remedy}`);
}

export function assertMay({ rights }: Viewer, right: 'ingest' | 'edit'): void {
  if (rights[right]) return;
  throw new PulseError('FORBIDDEN', `you may not ${right === 'ingest' ? 'send points' : 'change dashboards'}`);
}
