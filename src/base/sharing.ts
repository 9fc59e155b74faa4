// How several who watch the same go on together: one of them is asked for each update, the others get what it got.

/** Of one who watches. */
export type Sharing<T> = Common & (Counted<T> | Latest<T> | Anew);

interface Common {
  /** It has all there was when it began, and nothing waits for it alone. */
  isCaughtUp(): boolean;
}

/** Updates are made of parts in an order, such as points: what a slow one misses is counted. */
interface Counted<T> {
  readonly kind: 'COUNTED';
  /** Parts that wait for the next updates: whoever joins now has had them, or does not want them. */
  waiting(): number;
  sizeOf(update: T): number;
  /** The update without its first `left` parts, which says that `missed` are missing. */
  part(update: T, left: number, missed: number): T;
}

/** An update says all there is to say of something: a slow one gets the latest of each. */
interface Latest<T> {
  readonly kind: 'LATEST';
  keyOf(update: T): string;
}

/** An update says what has changed: a slow one begins anew, with all of it. */
interface Anew {
  readonly kind: 'ANEW';
  /** Somebody has joined who may have seen another state: the next update tells all of it. */
  forget(): void;
}
