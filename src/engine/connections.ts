// Who is connected: each door that keeps a connection open tells of it when it is asked.

export type Transport = 'WEBSOCKET' | 'EVENT_STREAM' | 'MULTIPART';

export interface ConnectionView {
  readonly id: string;
  readonly transport: Transport;
  /** Null: he has not said yet who he is. */
  readonly viewerId: string | null;
  /** Milliseconds since 1970. */
  readonly openedAt: number;
  /** Bytes that wait because they are not read. */
  readonly queuedBytes: number;
  /** Operations that are open, by name; those without one under the empty name. */
  readonly operations: ReadonlyMap<string, number>;
}

export class Connections {
  readonly #all = new Set<() => ConnectionView>();

  /** Gives back how to take it out. */
  add(tell: () => ConnectionView): () => void {
    this.#all.add(tell);
    return () => void this.#all.delete(tell);
  }

  /** Oldest first. */
  list(): ConnectionView[] {
    return Array.from(this.#all, (tell) => tell()).sort((a, b) => a.openedAt - b.openedAt);
  }
}

/** How many there are of each name. */
export function countByName(operations: Iterable<{ readonly name: string }>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { name } of operations) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
