// Whether a request's body is of a type that is taken. Only JSON is, which a browser sends for a page of another origin
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

function shown(header: string): string {
  return JSON.stringify(header.slice(0, 80));
}
