// What a change log keeps of each thing: its state, with the place of its last change.
import type { StoredRecord } from '../store/store.ts';

export interface ChangeBody {
  readonly id: string;
  /** Whether this change is one for those who watch: not what its owner notes for itself. */
  readonly isTold: boolean;
}

/** With its place in the change log. */
export type Stored<Body> = Body & { readonly revision: number };

/** Of a record that is no tombstone. */
export function storedOf<Body>({ body, revision }: StoredRecord): Stored<Body> {
  return { ...(body as Body), revision };
}

export function bodyOf<Body>(stored: Stored<Body>): Body {
  const { revision: _, ...body } = stored;
  // What is left of a generic type is beyond the compiler.
  return body as unknown as Body;
}
