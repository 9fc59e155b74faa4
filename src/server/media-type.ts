// Of which types a request's body and its answer may be. Only JSON is taken, which a browser sends for a page of another origin
// never without asking first: forms, and text that is none, are how one page acts in another's name.
import type { IncomingMessage } from 'node:http';
import { contentEncodingOf } from './content-encoding.ts';

const jsonTypes = ['application/json', 'application/graphql+json'];

/** What is wrong with the request's content type or encoding, or undefined. */
export function mediaTypeIssue(request: IncomingMessage): string | undefined {
  const { method, headers } = request;
  if (contentEncodingOf(request) !== 'identity') {
    return `content-encoding ${shown(headers['content-encoding'] ?? '')} is not taken here; send the body as it is`;
  }
  const given = headers['content-type'];
  if (given === undefined) return method === 'POST' ? 'the header content-type: application/json is needed' : undefined;
  const type = given.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (jsonTypes.includes(type)) return undefined;
  return `content-type ${shown(given)} is not taken; send application/json`;
}

const json = 'application/json';
export const graphqlJson = 'application/graphql-response+json';
// By the ranges that `accept` may name. Those with a * mean the older type.
const answerTypes: ReadonlyMap<string, string> = new Map([
  [graphqlJson, graphqlJson],
  [json, json],
  ['application/*', json],
  ['*/*', json],
]);

/** The type of an answer that is no stream: the first in `accept` that is served; undefined: none is. */
export function answerTypeOf({ headers: { accept = '' } }: IncomingMessage): string | undefined {
  if (accept.trim() === '') return json;
  for (const range of accept.toLowerCase().split(',')) {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim());
    const type = answerTypes.get(name);
    if (type !== undefined && !parameters.some(isOtherCharset)) return type;
  }
  return undefined;
}

function isOtherCharset(parameter: string): boolean {
  return parameter.startsWith('charset=') && parameter !== 'charset=utf-8';
}

function shown(header: string): string {
  return JSON.stringify(header.slice(0, 80));
}
