// Documents in memory and their change feed: compare-and-set on version, a revision for every change.
import { LiveIterator } from '../base/live-iterator.ts';
import type { DocumentKind, PutResult, Versioned } from './store.ts';

/** What a put would do: the row to store, or the version that stands in its way. */
export function decidePut(
  current: Versioned | undefined,
  change: { kind: DocumentKind; id: string; expected: number | null; body: unknown },
  revision: number,
): { readonly row: Versioned } | { readonly conflict: number } {
  const version = current === undefined || current.body === null ? 0 : current.version;
  if (version !== (change.expected ?? 0)) return { conflict: version };
  if (change.body === null && version === 0) return { conflict: 0 };
  // A deleted document's version goes on when it is made again, so that no version ever names two contents.
  const row = { kind: change.kind, id: change.id, version: (current?.version ?? 0) + 1, revision, body: change.body };
  return { row };
}

export function putResult(decision: ReturnType<typeof decidePut>): PutResult {
  return 'conflict' in decision
    ? { conflict: decision.conflict }
    : { version: decision.row.version, revision: decision.row.revision };
}

/** The latest state of every document, with its feed. */
export class Documents {
  readonly #rows = new Map<string, Versioned>();
  readonly #feeds = new Set<() => void>();

  set(row: Versioned): void {
    this.#rows.set(keyOf(row.kind, row.id), row);
    for (const wake of this.#feeds) wake();
  }

  /** The row, also that of a deleted document. */
  row(kind: DocumentKind, id: string): Versioned | undefined {
    return this.#rows.get(keyOf(kind, id));
  }

  get(kind: DocumentKind, id: string): Versioned | undefined {
    const row = this.row(kind, id);
    return row === undefined || row.body === null ? undefined : row;
  }

  list(kind: DocumentKind): Versioned[] {
    return [...this.#rows.values()].filter((row) => row.kind === kind && row.body !== null);
  }

  changes(kind: DocumentKind, after: number): AsyncIterableIterator<Versioned> {
    let seen = after;
    const iterator = new LiveIterator<Versioned>({
      take: () => {
        const next = this.#nextAfter(kind, seen);
        if (next !== undefined) seen = next.revision;
        return next;
      },
      close: () => this.#feeds.delete(wake),
    });
    const wake = () => iterator.wake();
    this.#feeds.add(wake);
    return iterator;
  }

  #nextAfter(kind: DocumentKind, revision: number): Versioned | undefined {
    let next: Versioned | undefined;
    for (const row of this.#rows.values()) {
      if (row.kind === kind && row.revision > revision && (next === undefined || row.revision < next.revision))
        next = row;
    }
    return next;
  }
}

function keyOf(kind: DocumentKind, id: string): string {
  return `${kind}/${id}`;
}
