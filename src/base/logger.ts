// Where the rooms write what an operator should know, and how an error in it becomes plain data that any logger writes whole.

export interface Logger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** Says nothing: for the library's default and for tests. */
export const silentLogger: Logger = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

// A chain of causes may be circular.
const maxCauses = 10;

/**
 * Passes every line on with its errors as plain data: JSON has no fields of an Error, and loggers know only some keys.
 * `err` becomes `error`, for pino's own serializer of `err` leaves the cause out.
 */
export function withPlainErrors(logger: Logger): Logger {
  return {
    info: (details, message) => logger.info(plainDetails(details), message),
    warn: (details, message) => logger.warn(plainDetails(details), message),
    error: (details, message) => logger.error(plainDetails(details), message),
  };
}

function plainDetails(details: object): object {
  if (details instanceof Error) return { error: plainError(details, maxCauses) };
  return Object.fromEntries(
    Object.entries(details).map(([key, value]) => [
      key === 'err' && value instanceof Error ? 'error' : key,
      plainValue(value, maxCauses),
    ]),
  );
}

function plainValue(value: unknown, causesLeft: number): unknown {
  return value instanceof Error ? plainError(value, causesLeft) : value;
}

/** Its type, message and stack, then its own simple fields (code, errno, path …), details, cause and parts. */
function plainError(error: Error, causesLeft: number): object {
  const { name, message, stack, cause, ...own } = error;
  const plain: Record<string, unknown> = { type: error.constructor.name || error.name, message: error.message };
  if (error.stack !== undefined) plain['stack'] = error.stack;
  for (const [key, value] of Object.entries(own)) {
    if (key === 'details' || value === null || !['object', 'function'].includes(typeof value)) plain[key] ??= value;
  }
  if (causesLeft === 0) return plain;
  if (error.cause !== undefined) plain['cause'] = plainValue(error.cause, causesLeft - 1);
  if (error instanceof AggregateError) {
    plain['errors'] = error.errors.slice(0, maxCauses).map((part) => plainValue(part, causesLeft - 1));
  }
  return plain;
}
