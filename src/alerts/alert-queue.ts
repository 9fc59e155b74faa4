// Changes of alerts that wait for a reader: each of them while they are few; past that the latest of each alert.
import type { StoredAlert } from './alert.ts';

const mostChanges = 1000;

export class AlertQueue {
  // By revision, in their order; and by alert the revision that waits last.
  readonly #changes = new Map<number, StoredAlert>();
  readonly #latest = new Map<string, number>();

  push(alert: StoredAlert): void {
    const before = this.#latest.get(alert.id);
    if (before !== undefined && this.#changes.size >= mostChanges) this.#changes.delete(before);
    this.#changes.set(alert.revision, alert);
    this.#latest.set(alert.id, alert.revision);
  }

  shift(): StoredAlert | undefined {
    for (const [revision, alert] of this.#changes) {
      this.#changes.delete(revision);
      if (this.#latest.get(alert.id) === revision) this.#latest.delete(alert.id);
      return alert;
    }
    return undefined;
  }
}
