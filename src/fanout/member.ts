// One who is subscribed: his place among those who share a stream, and what he has missed since he stopped reading.
import type { Payload } from './payload.ts';
import type { Sink } from './sink.ts';

export class Member {
  readonly sink: Sink;
  /** Number of the update of the stream that he joined behind. */
  joinedAt = 0;
  /** Parts of the next updates that he has had, or does not want. */
  left = 0;
  /** Parts that he was passed over with. */
  missed = 0;
  /** He has missed what cannot be told by its latest state: he begins anew once there is room. */
  isLost = false;
  // The latest of each thing that he has missed.
  readonly #latest = new Map<string, Payload>();

  constructor(sink: Sink) {
    this.sink = sink;
  }

  /** Of a thing that he is passed over with, only its latest state is for later. */
  keep(key: string, payload: Payload): void {
    this.#latest.delete(key);
    this.#latest.set(key, payload);
  }

  get hasKept(): boolean {
    return this.#latest.size > 0;
  }

  /** Sends what was kept for him, as far as there is room. */
  sendKept(): void {
    for (const [key, payload] of this.#latest) {
      if (this.sink.isFull) return;
      this.#latest.delete(key);
      this.sink.send(payload);
    }
  }
}
