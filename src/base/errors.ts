// Errors for what somebody else did wrong: one class with a code, and those that carry data to a client by type. The
// sentences are where an error is made.

/** What kind of failure it is; docs/errors.md says for each what it means and whether a retry helps. */
export const errorCodes = [
  'INVALID_INPUT',
  'BAD_USER_INPUT',
  'LIMIT_EXCEEDED',
  'NOT_FOUND',
  'FORBIDDEN',
  'CONFLICT',
  'INSUFFICIENT_DATA',
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
  /** It is a matter of load: the same may succeed after so long. */
  readonly retryAfterSeconds?: number;
}

export class PulseError extends Error {
  override readonly name: string = 'PulseError';
  readonly code: PulseErrorCode;
  readonly details: ErrorDetails;

  constructor(code: PulseErrorCode, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

/** INVALID_INPUT: with everything that is wrong, not only the first. */
export class InvalidInputError extends PulseError {
  readonly issues: readonly InputIssue[];

  constructor(issues: readonly InputIssue[]) {
    const text = issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));
    super('INVALID_INPUT', text.join('; '), { issues });
    this.issues = issues;
  }
}

export class LimitExceededError extends PulseError {
  readonly limit: number;

  constructor(message: string, limit: number) {
    super('LIMIT_EXCEEDED', message, { limit });
    this.limit = limit;
  }
}

/** NOT_FOUND: `id` is the thing that is not there; of a series it is entityType/serviceId. */
export class NotFoundError extends PulseError {
  readonly id: string;

  constructor(what: string, id: string) {
    super('NOT_FOUND', `there is no ${what} ${JSON.stringify(id)}`, { id });
    this.id = id;
  }
}

/** INSUFFICIENT_DATA: how many are required, and how many there are. */
export class InsufficientDataError extends PulseError {
  readonly required: number;
  readonly available: number;

  constructor(what: string, required: number, available: number) {
    super('INSUFFICIENT_DATA', `there are ${available} ${what}, at least ${required} are needed`);
    this.required = required;
    this.available = available;
  }
}

export class ConflictError extends PulseError {
  readonly currentVersion: number | null;

  constructor(message: string, currentVersion?: number) {
    super('CONFLICT', message, currentVersion === undefined ? {} : { currentVersion });
    this.currentVersion = currentVersion ?? null;
  }
}

export function invalidInput(issues: readonly InputIssue[]): PulseError {
  return new InvalidInputError(issues);
}

export function badUserInput(message: string): PulseError {
  return new PulseError('BAD_USER_INPUT', message);
}

export function limitExceeded(message: string, limit: number): PulseError {
  return new LimitExceededError(message, limit);
}

export function insufficientData(what: string, needed: number, available: number): PulseError {
  return new InsufficientDataError(what, needed, available);
}

export function notFound(what: string, id: string): PulseError {
  return new NotFoundError(what, id);
}

export function conflict(message: string, currentVersion?: number): PulseError {
  return new ConflictError(message, currentVersion);
}

export function isPulseError(error: unknown, code?: PulseErrorCode): error is PulseError {
  return error instanceof PulseError && (code === undefined || error.code === code);
}
