// A result of an operation as its transport sends it: its errors as clients may see them.
import type { ExecutionResult } from 'graphql';
import type { FormatError } from './format-error.ts';

export function resultJson(result: ExecutionResult, formatError: FormatError): string {
  if (result.errors === undefined) return JSON.stringify(result);
  return JSON.stringify({ ...result, errors: result.errors.map((error) => formatError(error)) });
}
