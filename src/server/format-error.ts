// Errors as clients see them: what we know of keeps its sentence and gets a code, what nobody foresaw is logged whole
// and masked, with an id that both show.
import { GraphQLError } from 'graphql';
import { isPulseError, type PulseError } from '../base/errors.ts';
import { randomId } from '../base/ids.ts';
import type { Engine } from '../engine/engine.ts';
import { ClientLeft } from './client-left.ts';

const publicCodes: Partial<Record<PulseError['code'], string>> = { INVALID_INPUT: 'BAD_USER_INPUT' };

export type FormatError = (error: unknown) => GraphQLError;

/** `shownOf` gives an error about a document or its variables as clients may see it. */
export function errorFormatter(engine: Engine, shownOf: (error: GraphQLError) => GraphQLError): FormatError {
  return (error) => {
    const cause = causeOf(error);
    // Nobody reads it.
    if (cause instanceof ClientLeft) return new GraphQLError(cause.message, placeOf(error));
    if (isPulseError(cause)) return known(error, cause);
    // The document's own fault: syntax, validation, coercion of variables.
    if (error instanceof GraphQLError && (cause === undefined || cause instanceof GraphQLError)) {
      return withCode(shownOf(error));
    }
    return unforeseen(engine, error, cause);
  };
}

function causeOf(error: unknown): unknown {
  if (!(error instanceof GraphQLError)) return error;
  return error.cause ?? error.originalError;
}

// What graphql itself says of a document or its variables has no code of its own.
function withCode(error: GraphQLError): GraphQLError {
  const { message, extensions } = error;
  if (extensions['code'] !== undefined) return error;
  return new GraphQLError(message, { ...placeOf(error), extensions: { ...extensions, code: 'BAD_USER_INPUT' } });
}

function known(error: unknown, cause: PulseError): GraphQLError {
  const code = publicCodes[cause.code] ?? cause.code;
  return new GraphQLError(cause.message, { ...placeOf(error), extensions: { code, ...cause.details } });
}

function unforeseen(engine: Engine, error: unknown, cause: unknown): GraphQLError {
  const id = reportUnforeseen(engine, cause ?? error);
  const extensions = { code: 'INTERNAL_SERVER_ERROR', id };
  return new GraphQLError(`Unexpected error; the server's log has it under ${id}`, { ...placeOf(error), extensions });
}

/** Logs an error that nobody foresaw, counts it and gives it an id to show. */
export function reportUnforeseen(engine: Engine, error: unknown): string {
  const id = randomId('err');
  engine.counters.noteUnforeseen();
  engine.logger.error({ error, id }, 'unforeseen error');
  engine.events.emit('server:error', { error, id });
  return id;
}

/** Where in the document and in the result it is, for another error about the same. */
export function placeOf(error: unknown) {
  if (!(error instanceof GraphQLError)) return {};
  const { nodes, source, positions, path } = error;
  return { nodes: nodes ?? null, source: source ?? null, positions: positions ?? null, path: path ?? null };
}
