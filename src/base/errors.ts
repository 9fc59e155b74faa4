// The one error class for what somebody else did wrong, and its codes; the sentences are where the error is made.

/** What kind of failure it is; docs/errors.md says for each what it means and whether a retry helps. */
export const errorCodes = [
  'INVALID_INPUT',
  'BAD_USER_INPUT',
  'LIMIT_EXCEEDED',
  'NOT_FOUND',
  'FORBIDDEN',
  'CONFLICT',
  'TIMEOUT',
  'STOPPED',
  'STORAGE_FULL',
  'STORAGE_FAILED',
  'STORAGE_READ_ONLY',
  'STORAGE_DAMAGED',
  'STORAGE_IN_USE',
  'STORAGE_TOO_NEW',
] as const;
export type PulseErrorCode = (typeof errorCodes)[number];

/** One thing wrong with an input: where (keys and indexes) and what. */
export interface InputIssue {
  readonly path: readonly string[];
  readonly message: string;
}

export interface ErrorDetails {
  readonly issues?: readonly InputIssue[];
  readonly limit?: number;
  readonly id?: string;
  readonly currentVersion?: number;
}

export class PulseError extends Error {
  override readonly name = 'PulseError';
  readonly code: PulseErrorCode;
  readonly details: ErrorDetails;

  constructor(code: PulseErrorCode, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

export function invalidInput(issues: readonly InputIssue[]): PulseError {
  const text = issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));
  return new PulseError('INVALID_INPUT', text.join('; '), { issues });
}

export function badUserInput(message: string): PulseError {
  return new PulseError('BAD_USER_INPUT', message);
}

export function limitExceeded(message: string, limit: number): PulseError {
  return new PulseError('LIMIT_EXCEEDED', message, { limit });
}

/** `id` is the thing that is not there; of a series it is entityType/serviceId. */
export function notFound(what: string, id: string): PulseError {
  return new PulseError('NOT_FOUND', `there is no ${what} ${JSON.stringify(id)}`, { id });
}

export function conflict(message: string, currentVersion?: number): PulseError {
  return new PulseError('CONFLICT', message, currentVersion === undefined ? {} : { currentVersion });
}

export function isPulseError(error: unknown, code?: PulseErrorCode): error is PulseError {
  return error instanceof PulseError && (code === undefined || error.code === code);
}
