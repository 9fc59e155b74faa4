// The HTTP status of an error, the same at every door.
import type { PulseErrorCode } from '../base/errors.ts';

const statusOf: Partial<Record<PulseErrorCode, number>> = {
  BAD_USER_INPUT: 400,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  TIMEOUT: 408,
  CONFLICT: 409,
  LIMIT_EXCEEDED: 413,
  STOPPED: 503,
  STORAGE_FULL: 507,
  STORAGE_FAILED: 503,
  STORAGE_READ_ONLY: 503,
};

export function httpStatusOf(code: PulseErrorCode): number {
  return statusOf[code] ?? 500;
}
