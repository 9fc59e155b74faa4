// The HTTP status of an error, the same at every door, and when to try again.
import type { ServerResponse } from 'node:http';
import type { GraphQLError } from 'graphql';
import type { PulseError, PulseErrorCode } from '../base/errors.ts';

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

/** The status of an answer that is this error; sets `retry-after` where a retry may help. */
export function statusWithRetry(response: ServerResponse, { code, details }: PulseError): number {
  const status = details.retryAfterSeconds === undefined ? (statusOf[code] ?? 500) : 503;
  if (status === 503 && !response.headersSent)
    response.setHeader('retry-after', String(details.retryAfterSeconds ?? 1));
  return status;
}

/** The status of a refused document, by GraphQL over HTTP, 6.4.1: a client that takes application/json alone has 200 for what the document is to blame for. */
export function refusalStatus(errors: readonly GraphQLError[], takesGraphqlJson: boolean): number {
  const isDocuments = errors.every(({ extensions }) => String(extensions['code']).startsWith('GRAPHQL_'));
  return isDocuments && !takesGraphqlJson ? 200 : 400;
}
