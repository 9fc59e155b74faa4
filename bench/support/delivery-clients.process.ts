// The process of the clients: opens sockets with subscriptions, counts what comes, and says when all of it has.
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';

/** What a socket speaks: graphql-transport-ws, messages that all count, bytes of which so many are a message, or NATS. */
export type Speech =
  | { readonly query: string }
  | 'messages'
  | { readonly bytes: number }
  | { readonly subject: string };

export type ClientsRequest =
  | {
      readonly kind: 'open';
      readonly url: string;
      readonly sockets: number;
      readonly perSocket: number;
      readonly speech: Speech;
    }
  | { readonly kind: 'expect'; readonly updates: number }
  | { readonly kind: 'latencies' };

export interface ClientsReply {
  /** The first message that came. */
  readonly sample: string | null;
  /** Milliseconds from the `at` in a message to its arrival, since they were last asked for. */
  readonly latencies: readonly number[];
}

const subprotocol = 'graphql-transport-ws';
const openingAtOnce = 100;

const sockets: unknown[] = [];
// Updates that have come since the last reply, and how many are waited for.
let [came, wanted] = [0, 0];
let sample: string | null = null;
let latencies: number[] = [];

function reply(): void {
  process.send?.({ sample, latencies } satisfies ClientsReply);
  latencies = [];
}

function count(updates: number): void {
  came += updates;
  if (wanted === 0 || came < wanted) return;
  came -= wanted;
  wanted = 0;
  reply();
}

function note(text: string): void {
  sample ??= text;
  const at = text.indexOf('"at":');
  if (at > 0)
    latencies.push(performance.timeOrigin + performance.now() - Number.parseFloat(text.slice(at + 5, at + 30)));
}

/** Each point of an update counts: others send them one by one. */
function takeUpdate(text: string): void {
  note(text);
  count(Math.max(1, text.split('"timestamp":').length - 1));
}

function openGraphql(url: string, perSocket: number, query: string): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, subprotocol);
    socket.once('error', reject);
    socket.once('open', () => socket.send(JSON.stringify({ type: 'connection_init' })));
    socket.on('message', (data: Buffer) => {
      const text = data.toString('latin1');
      // Some write the type first, some the id.
      if (text.includes('"next"')) takeUpdate(text);
      else if (text.includes('connection_ack')) {
        for (let id = 1; id <= perSocket; id += 1) {
          socket.send(JSON.stringify({ id: String(id), type: 'subscribe', payload: { query } }));
        }
        // What was asked before has begun before.
        socket.send(JSON.stringify({ type: 'ping' }));
      } else if (text.includes('"pong"')) resolve(socket);
      else if (text.includes('"error"')) reject(new Error(text));
    });
  });
}

function openMessages(url: string): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.once('error', reject);
    socket.once('open', () => resolve(socket));
    socket.on('message', (data: Buffer) => {
      note(data.toString('latin1'));
      count(1);
    });
  });
}

function openNats(url: string, perSocket: number, subject: string): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    const head = `MSG ${subject} `;
    // Messages may be cut anywhere.
    let rest = '';
    socket.once('error', reject);
    socket.once('open', () => {
      const asked = Array.from({ length: perSocket }, (_, id) => `SUB ${subject} ${id + 1}\r\n`);
      socket.send(Buffer.from(`CONNECT {"verbose":false}\r\n${asked.join('')}PING\r\n`));
    });
    socket.on('message', (data: Buffer) => {
      const text = rest + data.toString('latin1');
      if (text.includes('PONG\r\n')) resolve(socket);
      if (text.endsWith('PING\r\n')) socket.send(Buffer.from('PONG\r\n'));
      rest = text.slice(-head.length + 1);
      count(text.split(head).length - 1);
    });
  });
}

function openBytes(url: string, length: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let rest = 0;
    socket.once('error', reject);
    socket.once('connect', () => resolve(socket));
    socket.on('data', (data) => {
      rest += data.length;
      count(Math.floor(rest / length));
      rest %= length;
    });
  });
}

function openOne(url: string, perSocket: number, speech: Speech): Promise<unknown> {
  if (speech === 'messages') return openMessages(url);
  if ('subject' in speech) return openNats(url, perSocket, speech.subject);
  return 'query' in speech ? openGraphql(url, perSocket, speech.query) : openBytes(url, speech.bytes);
}

async function perform(request: ClientsRequest): Promise<void> {
  if (request.kind === 'expect') {
    wanted = request.updates;
    count(0);
    return;
  }
  if (request.kind === 'open') {
    const { url, sockets: total, perSocket, speech } = request;
    while (sockets.length < total) {
      const some = Math.min(openingAtOnce, total - sockets.length);
      sockets.push(...(await Promise.all(Array.from({ length: some }, () => openOne(url, perSocket, speech)))));
    }
  }
  reply();
}

process.on('message', (request: ClientsRequest) => void perform(request));
process.on('SIGTERM', () => process.exit(0));
