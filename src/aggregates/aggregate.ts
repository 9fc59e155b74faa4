// What an aggregate is: fed value by value in any order, merged with others of its kind, read at any time.

export interface Aggregate {
  /** Takes a field's value in (undefined where it is absent), with its event time in milliseconds and its offset. */
  add(value: unknown, time: number, offset: number): void;
  /** Takes in all that another of the same kind has; that one stays as it is. The result does not depend on the order. */
  merge(other: this): void;
  /** Null where no value counts. `seconds` is the length of the span that was aggregated. */
  value(seconds: number): number | null;
}

/** A number that counts as one. */
export function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

/** A result as a client can be given it: null where it is past what a double can hold. */
export function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
