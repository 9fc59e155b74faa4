// Subscriptions that are open, whatever opened them: counted, reported once a program reads them, and ended with the engine.
import type { LiveIterator } from '../base/live-iterator.ts';
import type { Counters } from './counters.ts';
import type { Events } from './events.ts';
import type { Viewer } from './viewer.ts';

export class OpenSubscriptions {
  readonly #counters: Counters;
  readonly #events: Events;
  readonly #open = new Set<LiveIterator<unknown>>();
  #isEnding = false;

  constructor(counters: Counters, events: Events) {
    this.#counters = counters;
    this.#events = events;
  }

  get size(): number {
    return this.#open.size;
  }

  /** A transport consumes the iterator, and reports the subscription itself; only a program reads it. */
  add<T>(iterator: LiveIterator<T>, field: string, viewer: Viewer | null = null): LiveIterator<T> {
    if (this.#isEnding) void iterator.return();
    this.#open.add(iterator);
    const origin = { connectionId: null, transport: null, clientId: viewer?.id ?? null };
    iterator.observe({
      read: () => this.#events.emit('subscription:created', { ...origin, field, operationName: null }),
      delivered: () => {
        this.#counters.delivered += 1;
      },
      closed: () => this.#open.delete(iterator),
    });
    return iterator;
  }

  /** Ends each once what waits has been taken; what is added from now on is over. */
  end(): void {
    this.#isEnding = true;
    for (const iterator of this.#open) iterator.end();
  }

  /** Closes those that still have values no reader has taken: they hold timers. */
  close(): void {
    for (const iterator of this.#open) void iterator.return();
  }
}
