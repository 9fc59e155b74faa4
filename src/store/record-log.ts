// The records of one stream in memory.
import type { NewRecord, RecordBounds, StoredRecord } from './store.ts';

export class RecordLog {
  // By revision, rising.
  #records: StoredRecord[] = [];
  readonly #newestOf = new Map<string, number>();
  #newest = 0;
  #trimmed = 0;

  get bounds(): RecordBounds {
    return { newest: this.#newest, trimmed: this.#trimmed };
  }

  /** Gives the record's revision. */
  add({ stream, key, at, body }: NewRecord): number {
    this.#newest += 1;
    this.#records.push({ stream, key, at, body: structuredClone(body), revision: this.#newest });
    this.#newestOf.set(key, this.#newest);
    return this.#newest;
  }

  after(revision: number, limit: number): StoredRecord[] {
    return this.#records.filter((record) => record.revision > revision).slice(0, limit);
  }

  latest(): StoredRecord[] {
    return this.#records.filter((record) => this.#isState(record) && record.body !== null);
  }

  trim(before: number, most: number): void {
    this.#records = this.#records.filter((record) => {
      const isRecent = record.at >= before && record.revision > this.#newest - most;
      if (isRecent || record.revision === this.#newest) return true;
      if (this.#isState(record) && record.body !== null) return true;
      this.#trimmed = Math.max(this.#trimmed, record.revision);
      if (this.#isState(record)) this.#newestOf.delete(record.key);
      return false;
    });
  }

  #isState({ key, revision }: StoredRecord): boolean {
    return this.#newestOf.get(key) === revision;
  }
}
