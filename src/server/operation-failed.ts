// A subscription that could not begin, in the shape in which graphql-ws answers with an `error` message: an iteration
// that fails at its first step.
import type { GraphQLError } from 'graphql';

export class OperationFailed extends Error {
  readonly errors: readonly GraphQLError[];

  constructor(errors: readonly GraphQLError[]) {
    super(errors[0]?.message ?? 'the operation failed');
    this.errors = errors;
  }
}

export function failingIterable(error: OperationFailed): AsyncIterableIterator<never> {
  return {
    next: () => Promise.reject(error),
    return: () => Promise.resolve({ value: undefined, done: true }),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
