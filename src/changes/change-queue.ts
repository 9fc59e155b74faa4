// Changes that wait for a reader: each of them while they are few; past that the latest of each thing.
import type { ChangeBody, Stored } from './stored.ts';

const mostChanges = 1000;

export class ChangeQueue<Body extends ChangeBody> {
  // By revision, in their order; and by id the revision that waits last.
  readonly #changes = new Map<number, Stored<Body>>();
  readonly #latest = new Map<string, number>();

  get isEmpty(): boolean {
    return this.#changes.size === 0;
  }

  push(stored: Stored<Body>): void {
    const before = this.#latest.get(stored.id);
    if (before !== undefined && this.#changes.size >= mostChanges) this.#changes.delete(before);
    this.#changes.set(stored.revision, stored);
    this.#latest.set(stored.id, stored.revision);
  }

  shift(): Stored<Body> | undefined {
    for (const [revision, stored] of this.#changes) {
      this.#changes.delete(revision);
      if (this.#latest.get(stored.id) === revision) this.#latest.delete(stored.id);
      return stored;
    }
    return undefined;
  }
}
