// GraphQL over SSE at /graphql/stream, in both modes of graphql-sse.
import { type ExecutionResult, execute, subscribe } from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/http';
import type { Engine } from '../engine/engine.ts';
import { schema } from '../schema/schema.ts';
import { authenticate } from './authenticate.ts';
import type { DocumentLimits } from './document-limits.ts';
import { errorFormatter } from './format-error.ts';
import type { HttpHandler } from './graphql-http.ts';
import { failureAsResult } from './last-result.ts';
import { readOperation } from './operation.ts';

export function graphqlSse(engine: Engine, limits: DocumentLimits): HttpHandler {
  const format = errorFormatter(engine);
  return createHandler({
    schema,
    execute,
    subscribe,
    context: ({ raw }) => ({ engine, viewer: authenticate(raw.headers) }),
    onSubscribe: ({ raw }, params) => {
      const operation = readOperation(params, { engine, viewer: authenticate(raw.headers), limits });
      return 'length' in operation ? { data: null, errors: [...operation] } : undefined;
    },
    onOperation: (_context, _request, _args, result) =>
      Symbol.asyncIterator in result ? failureAsResult(result as AsyncIterableIterator<ExecutionResult>) : undefined,
    onNext: (_context, _request, result) =>
      result.errors === undefined ? undefined : { ...result, errors: result.errors.map((error) => format(error)) },
  });
}
