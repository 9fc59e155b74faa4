// A result of an operation as its transport sends it: its errors as clients may see them.
import type { ExecutionResult } from 'graphql';
import { answerTooLong } from '../base/answer-budget.ts';
import type { FormatError } from './format-error.ts';

export function resultJson(result: ExecutionResult, formatError: FormatError): string {
  if (result.errors === undefined) return JSON.stringify(result);
  return JSON.stringify({ ...result, errors: result.errors.map((error) => formatError(error)) });
}

/** The same for one answer; one that is too long after all is an error instead. */
export function answerJson(result: ExecutionResult, formatError: FormatError, maxBytes: number): string {
  const text = jsonOrNull(result, formatError);
  if (text !== null && text.length <= longestEscape * maxBytes) return text;
  return JSON.stringify({ data: null, errors: [formatError(answerTooLong(maxBytes))] });
}

// Parts are counted by their characters before they are written as JSON, where one may become \u0001: what has been let in is not
// refused for that.
const longestEscape = 6;

// Null: it is longer than a text can be.
function jsonOrNull(result: ExecutionResult, formatError: FormatError): string | null {
  try {
    return resultJson(result, formatError);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
