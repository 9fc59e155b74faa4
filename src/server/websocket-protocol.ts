// graphql-transport-ws by graphql-ws's makeServer: what a client may do, every error a message and not a closed socket.
import { execute, GraphQLError, subscribe } from 'graphql';
import { makeServer } from 'graphql-ws';
import type { Engine } from '../engine/engine.ts';
import { authenticate } from './authenticate.ts';
import type { Connection } from './connection.ts';
import { errorFormatter, type FormatError } from './format-error.ts';
import { kindOf, type OperationReader } from './operation.ts';
import { failingIterable, OperationFailed } from './operation-failed.ts';
import type { RequestRates } from './request-rates.ts';

export type Protocol = ReturnType<typeof makeServer<Record<string, unknown>, Connection>>;

export interface ProtocolOptions {
  readonly engine: Engine;
  readonly operations: OperationReader;
  readonly rates: RequestRates;
  readonly maxSubscriptions: number;
}

export function protocolFor({ engine, operations, rates, maxSubscriptions }: ProtocolOptions): Protocol {
  const format = errorFormatter(engine);
  return makeServer<Record<string, unknown>, Connection>({
    // The connection has a deadline of its own, which holds while it is being authenticated too.
    connectionInitWaitTimeout: 0,
    onConnect: ({ extra: connection, connectionParams }) => {
      const viewer = authenticate(connection.request.headers, connectionParams);
      connection.acknowledge(viewer);
      const [connectionId, clientId] = [connection.id, viewer.id];
      engine.events.emit('connection:new', { connectionId, clientId });
      return { connectionId, clientId, serverTime: new Date(engine.now()).toISOString() };
    },
    onSubscribe: async ({ extra: connection, subscriptions }, _id, request) => {
      if (Object.keys(subscriptions).length > maxSubscriptions) return [tooManySubscriptions(maxSubscriptions)];
      const refusal = await rates.note(connection.request);
      if (refusal !== null) return [new GraphQLError(refusal.message, { extensions: refusal.extensions })];
      const { query, operationName, variables } = request;
      const operation = operations.read({ query, operationName, variables }, connection.viewer);
      if ('document' in operation && kindOf(operation) !== 'subscription') connection.begun(kindOf(operation));
      return operation;
    },
    execute,
    subscribe,
    onOperation: ({ extra: connection }, _id, _payload, args, result) => {
      if (kindOf(args) !== 'subscription') return undefined;
      connection.begun('subscription');
      // A subscription that could not begin is an error of the operation, not a result of it.
      if (!('errors' in result) || result.errors === undefined) return undefined;
      return failingIterable(new OperationFailed(result.errors));
    },
    onNext: (_context, _id, _payload, _args, { data = null, errors }) =>
      errors === undefined ? undefined : { data, errors: errors.map((error) => format(error).toJSON()) },
    onError: (_context, _id, _payload, errors) => errors.flatMap((error) => formatted(error, format)),
  });
}

function formatted(error: GraphQLError | { message: string }, format: FormatError) {
  const cause = error instanceof GraphQLError ? (error.cause ?? error.originalError) : undefined;
  if (cause instanceof OperationFailed) return cause.errors.map((one) => format(one).toJSON());
  return [format(error).toJSON()];
}

function tooManySubscriptions(limit: number): GraphQLError {
  const text = `a socket has at most ${limit} subscriptions; complete one, or open another socket`;
  return new GraphQLError(text, { extensions: { code: 'LIMIT_EXCEEDED', limit } });
}
