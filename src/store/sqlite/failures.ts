// Errors as messages between threads, which keep neither class nor code.
import { type ErrorDetails, isPulseError, PulseError } from '../../base/errors.ts';
import type { Failure } from './messages.ts';

export function failureOf(error: unknown): Failure {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  if (isPulseError(error)) return { code: error.code, message: error.message, details: error.details, stack };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'STORAGE_FAILED', message: `the store failed: ${message}`, details: {}, stack };
}

/** The error again, with the other thread's stack as its cause. */
export function errorOf(failure: Failure): PulseError {
  const cause = new Error(failure.message);
  cause.stack = failure.stack;
  return new PulseError(failure.code, failure.message, failure.details as ErrorDetails, cause);
}
