// Cursors into the change logs of alerts and of insights: the place of a change, and from where on somebody wants to hear of them.
import { decodeCursor, encodeCursor } from '../store/cursor.ts';
import type { Log, Store } from '../store/store.ts';

type CursorStream = 'alerts' | 'insights';

/** Place of the change that has that revision. */
export function changeCursor(log: Log, kind: CursorStream, revision: number): string {
  return encodeCursor(log.id, kind, { partition: 0, offset: revision });
}

/**
 * The revision that a cursor names; null: retention has taken what came since, and what is known now is all that is left to say.
 * Errors: BAD_USER_INPUT for a cursor that is none.
 */
export async function revisionOf(
  { store, log }: { readonly store: Store; readonly log: Log },
  kind: CursorStream,
  cursor: string,
): Promise<number | null> {
  const { newest, trimmed } = await store.recordBounds(kind);
  const { offset } = decodeCursor(cursor, { logId: log.id, kind, partition: 0, head: newest });
  return offset < trimmed ? null : offset;
}
