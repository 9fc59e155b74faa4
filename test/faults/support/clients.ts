// Clients for attacks: points in bulk, queries over raw sockets, and graphql-transport-ws spoken without waiting.
import http from 'node:http';
import { connect, type Socket } from 'node:net';
import { zstdCompressSync } from 'node:zlib';
import WebSocket from 'ws';

interface Posted {
  readonly status: number;
  readonly text: string;
}

const agent = new http.Agent({ keepAlive: true });

/** The whole answer of a POST. */
export function post(
  url: string,
  body: Buffer | string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Posted> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Sends lines packed with zstd, so many a request; an error where one is rejected. */
export async function ingestLines(url: string, lines: Iterable<string>, perRequest = 5000): Promise<void> {
  let batch: string[] = [];
  const send = async () => {
    const headers = { 'content-type': 'application/x-ndjson', 'content-encoding': 'zstd' };
    const { status, text } = await post(`${url}/ingest`, zstdCompressSync(batch.join('\n')), headers);
    if (status !== 200) throw new Error(`/ingest answered ${status}: ${text.slice(0, 500)}`);
    batch = [];
  };
  for (const line of lines) {
    batch.push(line);
    if (batch.length >= perRequest) await send();
  }
  if (batch.length > 0) await send();
}

/** The status and text of a query's answer, or the error of its connection. */
export async function ask(url: string, query: string): Promise<Posted | Error> {
  const headers = { 'content-type': 'application/json' };
  return await post(`${url}/graphql`, JSON.stringify({ query }), headers).catch((error: unknown) =>
    error instanceof Error ? error : new Error(String(error)),
  );
}

/** The bytes of a POST as a client writes them. */
export function requestBytes(path: string, body: Buffer | string, headers: Readonly<Record<string, string>>): Buffer {
  const bytes = Buffer.from(body);
  const all = { host: 'localhost', 'content-length': String(bytes.length), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return Buffer.concat([Buffer.from([`POST ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n')), bytes]);
}

/** A connection whose errors do not matter: it is there to be a burden. */
export function openSocket(port: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => resolve(socket));
    socket.on('connect', () => resolve(socket));
  });
}

interface Message {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

export class AttackSocket {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string, (message: Message | null) => void>();
  #isClosed = false;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('message', (bytes: Buffer) => this.#take(bytes));
    socket.on('close', () => {
      this.#isClosed = true;
      for (const settle of this.#waiting.values()) settle(null);
    });
  }

  /** Acknowledged; null where the server refused it. */
  static async open(url: string): Promise<AttackSocket | null> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      maxPayload: 2 ** 30,
    });
    const made = new AttackSocket(socket);
    const acknowledged = made.#first('');
    socket.on('open', () => socket.send('{"type":"connection_init"}'));
    return (await acknowledged) === null ? null : made;
  }

  get isOpen(): boolean {
    return !this.#isClosed;
  }

  /** Sends it, and gives the first message with its id; null where the socket has closed. */
  subscribe(id: string, query: string): Promise<Message | null> {
    const answer = this.#first(id);
    if (!this.#isClosed) this.#socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query } }));
    return answer;
  }

  complete(id: string): void {
    if (!this.#isClosed) this.#socket.send(JSON.stringify({ id, type: 'complete' }));
  }

  /** Reads nothing more, as a client that hangs. */
  stopReading(): void {
    this.#socket.pause();
  }

  leave(): void {
    this.#socket.terminate();
  }

  #first(id: string): Promise<Message | null> {
    if (this.#isClosed) return Promise.resolve(null);
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  #take(bytes: Buffer): void {
    // Only the beginning is read of long messages.
    const head = bytes.subarray(0, 200).toString();
    if (head.includes('"type":"ping"')) this.#socket.send('{"type":"pong"}');
    const id = /"id":"([^"]*)"/.exec(head)?.[1] ?? '';
    const type = /"type":"([^"]*)"/.exec(head)?.[1] ?? '';
    const settle = this.#waiting.get(id);
    this.#waiting.delete(id);
    settle?.({ id, type, payload: type === 'error' ? String(bytes) : null });
  }
}
