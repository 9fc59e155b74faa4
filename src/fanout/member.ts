// One who is subscribed: his place among those who share a stream, and what he has missed since he stopped reading.
import type { Payload } from './payload.ts';
import type { Sink } from './sink.ts';

/** The newest update that somebody was passed over with, and how many of its first parts he does not want. */
export interface NewestMissed {
  readonly update: unknown;
  readonly left: number;
}

export class Member {
  readonly sink: Sink;
  /** Number of the update of the stream that he joined behind. */
  joinedAt = 0;
  /** Parts of the next updates that he has had, or does not want. */
  left = 0;
  /** He is waited for a moment where he is full: not again before all has left that was sent to him. */
  hasGrace = true;
  /** Parts that he was passed over with. */
  missed = 0;
  newest: NewestMissed | null = null;
  /** He has missed what cannot be told by its latest state: he begins anew once there is room. */
  isLost = false;
  // The latest of each thing that he has missed.
  readonly #latest = new Map<string, Payload>();

  constructor(sink: Sink) {
    this.sink = sink;
  }

  /** He is the first of a stream, which has told nothing yet. */
  startAnew(): void {
    this.joinedAt = 0;
    this.left = 0;
  }

  /** Whether he is to be told of what he missed, first of all. */
  get isBehind(): boolean {
    return this.isLost || this.newest !== null || this.#latest.size > 0;
  }

  /** Of a thing that he is passed over with, only its latest state is for later. */
  keep(key: string, payload: Payload): void {
    this.#latest.delete(key);
    this.#latest.set(key, payload);
  }

  /** Sends what was kept for him, as far as there is room; gives how many. */
  sendKept(): number {
    let sent = 0;
    for (const [key, payload] of this.#latest) {
      if (this.sink.isFull) break;
      this.#latest.delete(key);
      this.sink.send(payload);
      sent += 1;
    }
    return sent;
  }
}
