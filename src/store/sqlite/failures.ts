// Errors as messages between threads, which keep neither class nor code.
import path from 'node:path';
import { type ErrorDetails, isPulseError, PulseError } from '../../base/errors.ts';
import type { Failure } from './messages.ts';

export function failureOf(error: unknown): Failure {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  if (isPulseError(error)) return { code: error.code, message: error.message, details: error.details, stack };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'STORAGE_FAILED', message: `the store failed: ${message}`, details: {}, stack };
}

/**
 * The same for a client, who is not shown where the store's folder lies: its files appear by their base names. The whole
 * path stays in the stack, which is the cause's in the log.
 */
export function clientFailureOf(error: unknown, file: string): Failure {
  const { stack, ...failure } = failureOf(error);
  return { ...failure, message: withoutFolder(failure.message, file), stack: `${stack}\n  of ${file}` };
}

/** A message without the path of the file's folder. */
export function withoutFolder(message: string, file: string): string {
  const folder = path.dirname(file);
  if (folder === path.parse(folder).root) return message.replaceAll(file, path.basename(file));
  return message.replaceAll(`${folder}${path.sep}`, '').replaceAll(folder, 'the data folder');
}

/** The error again, with the other thread's stack as its cause. */
export function errorOf(failure: Failure): PulseError {
  const cause = new Error(failure.message);
  cause.stack = failure.stack;
  return new PulseError(failure.code, failure.message, failure.details as ErrorDetails, cause);
}
