// Why sockets are closed: each code with its reason and whether graphql-ws clients come back by themselves.

export interface CloseReason {
  readonly code: number;
  readonly reason: string;
  readonly clientRetries: boolean;
}

export const closeReasons = {
  shutdown: { code: 1001, reason: 'The server is shutting down; connect again', clientRetries: true },
  binary: { code: 1003, reason: 'Messages are text', clientRetries: false },
  tooLongUnacknowledged: {
    code: 1009,
    reason: 'Too long a message for a connection that is not acknowledged',
    clientRetries: false,
  },
  tooManyConnections: { code: 1013, reason: 'Too many connections; try again later', clientRetries: true },
  tooSlow: { code: 1013, reason: 'Too slow a reader; connect again', clientRetries: true },
  unexpectedMessage: { code: 4400, reason: 'Invalid message received', clientRetries: false },
  initTimeout: { code: 4408, reason: 'Connection initialisation timeout', clientRetries: true },
  internal: { code: 4500, reason: 'Internal server error', clientRetries: false },
} as const satisfies Record<string, CloseReason>;

// RFC 6455, 5.5: a control frame carries 125 bytes, two of which are the code.
const maxReasonBytes = 123;

/** A reason as it fits into a close frame. */
export function clipReason(reason: string): string {
  const bytes = Buffer.from(reason);
  if (bytes.length <= maxReasonBytes) return reason;
  return bytes
    .subarray(0, maxReasonBytes)
    .toString('utf8')
    .replace(/\ufffd+$/, '');
}
