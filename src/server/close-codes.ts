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
  tooSlow: {
    code: 1013,
    reason: 'Too slow a reader; connect again, and go on with `after`: the cursor of the last update that came',
    clientRetries: true,
  },
  invalidMessage: { code: 4400, reason: 'Invalid message received', clientRetries: false },
  unauthorized: { code: 4401, reason: 'Unauthorized', clientRetries: false },
  otherSubprotocol: { code: 4406, reason: 'Subprotocol not acceptable', clientRetries: false },
  initTimeout: { code: 4408, reason: 'Connection initialisation timeout', clientRetries: true },
  idTaken: { code: 4409, reason: 'Subscriber for ID already exists', clientRetries: false },
  secondInit: { code: 4429, reason: 'Too many initialisation requests', clientRetries: false },
  internal: { code: 4500, reason: 'Internal server error', clientRetries: false },
} as const satisfies Record<string, CloseReason>;

/** The id that is taken is the client's own, of any length. */
export function idTaken(id: string): CloseReason {
  return { ...closeReasons.idTaken, reason: `Subscriber for ${id} already exists` };
}

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
