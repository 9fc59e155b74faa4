// Assertions: for what only a mistake of ours can break; they are logged whole and never caught to go on.

export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Throws where `condition` does not hold; `message` says what was expected. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** The end of an exhaustive switch. */
export function unreachable(value: never): never {
  throw new AssertionError(`unexpected case ${JSON.stringify(value)}`);
}

/** The value, which is there: for a look-up that the line before has made sure of. */
export function present<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new AssertionError(`${what} is missing`);
  return value;
}
