// Results of a subscription whose source may fail: the failure is the last result, for transports that have no other word for it.
import { type ExecutionResult, GraphQLError } from 'graphql';

/** The same results; where they fail, one more with the error, which is then the end. */
export function failureAsResult(
  results: AsyncIterableIterator<ExecutionResult>,
): AsyncIterableIterator<ExecutionResult> {
  let isOver = false;
  return {
    async next() {
      if (isOver) return { value: undefined, done: true };
      try {
        return await results.next();
      } catch (error) {
        isOver = true;
        const message = error instanceof Error ? error.message : String(error);
        return { value: { errors: [new GraphQLError(message, { cause: error })] }, done: false };
      }
    },
    async return() {
      isOver = true;
      await results.return?.();
      return { value: undefined, done: true };
    },
    throw: (error: unknown) => Promise.reject(error),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
