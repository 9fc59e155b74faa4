// What time alone moves: whoever watches is ticked once a second.

export interface Ticking {
  /** `now` is the log's clock. */
  tick(now: number): void;
}

/** Everybody who is ticked; one that throws is left to `onError` and does not keep the others from their turn. */
export class Tickers {
  readonly #members = new Set<Ticking>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  add(member: Ticking): () => void {
    this.#members.add(member);
    return () => this.#members.delete(member);
  }

  tick(now: number): void {
    for (const member of this.#members) {
      try {
        member.tick(now);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
