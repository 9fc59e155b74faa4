// A WebSocket that speaks graphql-transport-ws by hand: for what a well-behaved client would never send.
import { onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { Inbox } from './inbox.ts';

export interface Message {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

export class RawSocket {
  readonly inbox = new Inbox<Message>('the socket');
  readonly #socket: WebSocket;
  readonly #closed = Promise.withResolvers<{ code: number; reason: string }>();
  readonly #opened: Promise<void>;

  constructor(
    url: string,
    options: { readonly protocols?: readonly string[]; readonly headers?: Record<string, string> } = {},
  ) {
    const { protocols = ['graphql-transport-ws'], headers = {} } = options;
    this.#socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, [...protocols], { headers });
    this.#socket.on('message', (data) => this.inbox.push(JSON.parse(String(data)) as Message));
    this.#socket.on('close', (code, reason) => {
      this.#closed.resolve({ code, reason: String(reason) });
      this.inbox.end();
    });
    this.#opened = new Promise((resolve, reject) => {
      this.#socket.once('open', resolve);
      this.#socket.once('error', reject);
    });
    this.#opened.catch(() => undefined);
    onTestFinished(() => this.#socket.terminate());
  }

  get opened(): Promise<void> {
    return this.#opened;
  }

  get closed(): Promise<{ code: number; reason: string }> {
    return this.#closed.promise;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  send(message: Message | string): void {
    this.#socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Opens the connection for operations; gives the payload of connection_ack. */
  async init(payload: object = {}): Promise<Record<string, unknown>> {
    await this.opened;
    this.send({ type: 'connection_init', payload });
    const { type, payload: answer } = await this.inbox.next();
    if (type !== 'connection_ack') throw new Error(`${type} came instead of connection_ack`);
    return answer as Record<string, unknown>;
  }

  subscribe(id: string, query: unknown, variables: object = {}): void {
    this.send({ type: 'subscribe', id, payload: { query, variables } });
  }

  /** Stops reading from the line, as a client that hangs. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.close();
  }

  terminate(): void {
    this.#socket.terminate();
  }
}
