// GraphQL over SSE at /graphql/stream, in both modes of graphql-sse.
import { execute, subscribe } from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/http';
import type { Engine } from '../engine/engine.ts';
import { schema } from '../schema/schema.ts';
import { authenticate } from './authenticate.ts';
import { errorFormatter } from './format-error.ts';
import type { HttpHandler } from './graphql-http.ts';

export function graphqlSse(engine: Engine): HttpHandler {
  const format = errorFormatter(engine);
  return createHandler({
    schema,
    execute,
    subscribe,
    context: ({ raw }) => ({ engine, viewer: authenticate(raw.headers) }),
    onNext: (_context, _request, result) =>
      result.errors === undefined ? undefined : { ...result, errors: result.errors.map((error) => format(error)) },
  });
}
