// A server that takes webhooks as a test says: well, with an error, with a redirect, or not at all.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { onTestFinished } from 'vitest';
import { Inbox } from './inbox.ts';

export const webhookSecret = `whsec_${Buffer.from('a secret of twenty-four bytes').toString('base64')}`;

export interface Taken {
  readonly path: string;
  readonly id: string;
  readonly type: string;
  readonly data: { readonly state: string; readonly alertId: string; readonly value: number | null };
}

type Answer = (response: ServerResponse, path: string) => void;

export interface WebhookServer {
  readonly url: string;
  /** Every request whose signature is right, in their order. */
  readonly taken: Inbox<Taken>;
  /** How many there have been. */
  requests: number;
  /** How it answers from now on. */
  answer: Answer;
}

export function with200(response: ServerResponse): void {
  response.writeHead(200).end('thanks');
}

/** Gone when the test has ended. */
export async function startWebhookServer(answer: Answer = with200): Promise<WebhookServer> {
  const taken = new Inbox<Taken>('webhooks');
  const http = createServer(async (request, response) => {
    server.requests += 1;
    taken.push(await read(request));
    server.answer(response, request.url ?? '');
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  const server = { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, taken, requests: 0, answer };
  return server;
}

/** Throws where the signature is not right. */
async function read(request: IncomingMessage): Promise<Taken> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const payload = Buffer.concat(chunks).toString();
  const id = String(request.headers['webhook-id']);
  const at = new Date(Number(request.headers['webhook-timestamp']) * 1000);
  const expected = new Webhook(webhookSecret).sign(id, at, payload);
  if (request.headers['webhook-signature'] !== expected) throw new Error(`the signature of ${id} is not right`);
  const { type, data } = JSON.parse(payload) as Pick<Taken, 'type' | 'data'>;
  return { path: request.url ?? '', id, type, data };
}
