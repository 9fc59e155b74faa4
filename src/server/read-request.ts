// A GraphQL request over HTTP as it is read for streams: from its body, or from its address.
import type { IncomingMessage } from 'node:http';
import { isJsonObject, shown } from '../base/json.ts';
import type { OperationRequest } from './operation.ts';
import type { BodyReader } from './read-body.ts';

/** What a request may have. */
export const parameters = ['query', 'operationName', 'variables', 'extensions'];

/** The operation, or what is wrong with the request. Errors: those of reading the body. */
export async function readRequest(request: IncomingMessage, bodies: BodyReader): Promise<OperationRequest | string> {
  try {
    if (request.method === 'POST') {
      const body: unknown = JSON.parse(await bodies.read(request, null));
      return shapeIssue(body) ?? (body as OperationRequest);
    }
    const given = new URL(request.url ?? '/', 'http://localhost').searchParams;
    const json = (name: string): unknown => JSON.parse(given.get(name) ?? 'null');
    const asked = {
      query: given.get('query'),
      operationName: given.get('operationName'),
      variables: json('variables'),
      extensions: json('extensions'),
    };
    return shapeIssue(asked) ?? asked;
  } catch (error) {
    if (error instanceof SyntaxError) return `not JSON: ${error.message}`;
    throw error;
  }
}

function shapeIssue(body: unknown): string | undefined {
  if (!isJsonObject(body)) return `the body must be a JSON object with ${parameters.join(', ')}`;
  const stranger = Object.keys(body).find((name) => !parameters.includes(name));
  if (stranger !== undefined) return `the request has ${shown(stranger)}; it may have ${parameters.join(', ')}`;
  const { extensions } = body;
  return extensions == null || isJsonObject(extensions) ? undefined : 'extensions must be an object';
}
