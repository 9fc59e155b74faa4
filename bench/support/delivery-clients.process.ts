// The process of the clients: opens sockets with subscriptions, counts what comes, and says when all of it has.
import { WebSocket } from 'ws';

export type ClientsRequest =
  | {
      readonly kind: 'open';
      readonly url: string;
      readonly sockets: number;
      readonly perSocket: number;
      /** Null: no protocol, every message counts. */
      readonly query: string | null;
    }
  | { readonly kind: 'expect'; readonly updates: number }
  | { readonly kind: 'close' };

export interface ClientsReply {
  /** A message as it came, of the first that did. */
  readonly sample: string | null;
}

const subprotocol = 'graphql-transport-ws';
const openingAtOnce = 100;

let sockets: WebSocket[] = [];
// Points, or messages of no protocol, that have come since the last reply, and how many are waited for.
let came = 0;
let wanted = 0;
let sample: string | null = null;

function reply(): void {
  process.send?.({ sample } satisfies ClientsReply);
}

function count(text: string, isRaw: boolean): void {
  if (!isRaw && !text.includes('"type":"next"')) return;
  sample ??= text;
  // An update may bring several points, each of which the others would send by itself.
  came += isRaw ? 1 : Math.max(1, text.split('"data":{').length - 2);
  if (wanted > 0 && came >= wanted) {
    came -= wanted;
    wanted = 0;
    reply();
  }
}

function openOne(url: string, perSocket: number, query: string | null): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = query === null ? new WebSocket(url) : new WebSocket(url, subprotocol);
    socket.once('error', reject);
    socket.on('message', (data: Buffer) => {
      const text = data.toString('latin1');
      if (query !== null && text.includes('connection_ack')) {
        for (let id = 1; id <= perSocket; id += 1) {
          socket.send(JSON.stringify({ id: String(id), type: 'subscribe', payload: { query } }));
        }
        // What was asked before is answered before.
        socket.send(JSON.stringify({ type: 'ping' }));
      } else if (query !== null && text.includes('"type":"pong"')) resolve(socket);
      else if (text.includes('"type":"error"')) reject(new Error(text));
      else count(text, query === null);
    });
    socket.once('open', () => {
      if (query === null) resolve(socket);
      else socket.send(JSON.stringify({ type: 'connection_init' }));
    });
  });
}

async function perform(request: ClientsRequest): Promise<void> {
  if (request.kind === 'expect') {
    wanted = request.updates;
    if (came >= wanted) count('', true);
    return;
  }
  if (request.kind === 'open') {
    const { url, sockets: total, perSocket, query } = request;
    while (sockets.length < total) {
      const some = Math.min(openingAtOnce, total - sockets.length);
      sockets.push(...(await Promise.all(Array.from({ length: some }, () => openOne(url, perSocket, query)))));
    }
  } else {
    for (const socket of sockets) socket.terminate();
    sockets = [];
    came = 0;
    sample = null;
  }
  reply();
}

process.on('message', (request: ClientsRequest) => void perform(request));
process.on('SIGTERM', () => process.exit(0));
