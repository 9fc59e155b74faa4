// What happens in the engine, for outsiders who want to hear of it; nothing in src listens.
import type { Logger } from '../base/logger.ts';
import type { Transport } from './connections.ts';

export interface EngineEvents {
  'server:started': { readonly url: string };
  'connection:new': { readonly connectionId: string; readonly clientId: string };
  'connection:closed': { readonly connectionId: string; readonly code: number };
  /** A subscription over a transport begins, or a program first reads an iterator of the engine's. */
  'subscription:created': {
    /** Null: opened by a program in this process. */
    readonly connectionId: string | null;
    readonly transport: Transport | null;
    /** Of the viewer; null where the program did not name one. */
    readonly clientId: string | null;
    /** Such as dataUpdates. */
    readonly field: string;
    /** Null: it has none. */
    readonly operationName: string | null;
  };
  'dashboard:created': { readonly id: string; readonly owner: string };
  'alert:changed': {
    readonly id: string;
    readonly state: string;
    readonly dashboardId: string;
    readonly widgetId: string;
  };
  'insight:generated': {
    readonly id: string;
    readonly type: string;
    readonly severity: string;
    readonly entityType: string;
    readonly serviceId: string | null;
  };
  'server:error': { readonly error: unknown; readonly id: string };
}
export type EngineEventName = keyof EngineEvents;

export class Events {
  readonly #listeners = new Map<EngineEventName, Set<(event: never) => void>>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Calls `listener` at each event of that name; gives back how to stop it. */
  on<Name extends EngineEventName>(name: Name, listener: (event: EngineEvents[Name]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  emit<Name extends EngineEventName>(name: Name, event: EngineEvents[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        (listener as (event: EngineEvents[Name]) => void)(event);
      } catch (error) {
        this.#logger.error({ error, event: name }, 'a listener of an event failed');
      }
    }
  }
}
