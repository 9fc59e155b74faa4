// The two ways in which results follow one another in one HTTP answer: server-sent events and multipart parts.

import type { Transport } from '../engine/connections.ts';

export interface StreamFormat {
  readonly transport: Transport;
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What comes before everything else. */
  readonly start: string;
  /** One result; `id` is the place to resume from, where the format has room for it. */
  result(json: string, id: string | null): string;
  /** What says that the stream lives where nothing is to be told. */
  readonly heartbeat: string;
  readonly end: string;
}

// Proxies must neither keep nor pack what comes piece by piece.
const unbuffered = { 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' };

/** Server-sent events, as the "distinct connections" mode of graphql-over-sse; the id is what Last-Event-ID brings back. */
export const eventStream: StreamFormat = {
  name: 'event',
  transport: 'EVENT_STREAM',
  headers: { 'content-type': 'text/event-stream; charset=utf-8', ...unbuffered },
  start: '',
  result: (json, id) => `${id === null ? '' : `id: ${id}\n`}event: next\ndata: ${json}\n\n`,
  heartbeat: ':\n\n',
  end: 'event: complete\ndata:\n\n',
};

const boundary = 'graphql';
const delimiter = `\r\n--${boundary}`;

/**
 * Apollo's multipart subscriptions, subscriptionSpec 1.0: each part has the result under `payload`. Clients take a part once
 * they see the delimiter behind it, so that one is sent with the part and not with the next.
 */
export const multipartStream: StreamFormat = {
  name: 'part',
  transport: 'MULTIPART',
  headers: { 'content-type': `multipart/mixed; boundary="${boundary}"; subscriptionSpec="1.0"`, ...unbuffered },
  start: delimiter,
  result: (json) => part(`{"payload":${json}}`),
  heartbeat: part('{}'),
  end: '--\r\n',
};

function part(json: string): string {
  return `\r\ncontent-type: application/json\r\n\r\n${json}${delimiter}`;
}

/** What the client's Accept asks for; null where it is neither. */
export function streamFormatOf(accept: string | undefined): StreamFormat | null {
  if (accept === undefined) return null;
  if (accept.includes('text/event-stream')) return eventStream;
  return /multipart\/mixed[^,]*subscriptionSpec/.test(accept) ? multipartStream : null;
}

/** Whether the client takes a plain answer as well, which is all that a query needs. */
export function takesJson(accept: string | undefined): boolean {
  return accept === undefined || /application\/(graphql-response\+)?json/.test(accept);
}
