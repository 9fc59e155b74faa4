// A GraphQL request over HTTP as it is read for streams: from its body, or from its address.
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../base/clock.ts';
import { isJsonObject } from '../base/json.ts';
import type { OperationRequest } from './operation.ts';
import { type BodyLimits, readBody } from './read-body.ts';

/** The operation, or what is wrong with the request. Errors: those of reading the body. */
export async function readRequest(
  request: IncomingMessage,
  clock: Clock,
  limits: BodyLimits,
): Promise<OperationRequest | string> {
  try {
    if (request.method === 'POST') {
      const body: unknown = JSON.parse(await readBody(request, clock, limits));
      return isJsonObject(body) ? body : 'the body must be a JSON object with query, operationName and variables';
    }
    const given = new URL(request.url ?? '/', 'http://localhost').searchParams;
    const json = (name: string): unknown => JSON.parse(given.get(name) ?? 'null');
    return {
      query: given.get('query'),
      operationName: given.get('operationName'),
      variables: json('variables'),
      extensions: json('extensions'),
    };
  } catch (error) {
    if (error instanceof SyntaxError) return `not JSON: ${error.message}`;
    throw error;
  }
}
