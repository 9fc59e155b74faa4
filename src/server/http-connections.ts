// HTTP connections, up to a number: past it the one that has been idle longest is closed, and where none is idle the new
// one is told to come back. Connections that became WebSockets are counted by their own limit.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const refusal =
  'HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\ncontent-type: application/json\r\n';

export class HttpConnections {
  readonly #max: number;
  // Without a request, the one that has been so longest first: browsers open connections ahead, clients keep them.
  readonly #idle = new Set<Socket>();
  // With how many requests that have not been answered: a client may send several at once.
  readonly #busy = new Map<Socket, number>();
  // Those that have not sent a request yet.
  readonly #silent = new Set<Socket>();

  constructor(http: Server, max: number) {
    this.#max = max;
    http.on('connection', (socket: Socket) => this.#add(socket));
    http.on('request', (request: IncomingMessage, response: ServerResponse) => this.#serve(request.socket, response));
    http.on('upgrade', ({ socket }: IncomingMessage) => this.#forget(socket));
  }

  /** Closes those that have not sent a request: Node.js does not take them for idle. */
  closeSilent(): void {
    for (const socket of this.#silent) socket.destroy();
  }

  #add(socket: Socket): void {
    socket.once('close', () => this.#forget(socket));
    if (this.#idle.size + this.#busy.size >= this.#max && !this.#closeOneIdle()) {
      refuse(socket, this.#max);
      return;
    }
    this.#idle.add(socket);
    this.#silent.add(socket);
  }

  #serve(socket: Socket, response: ServerResponse): void {
    this.#silent.delete(socket);
    this.#idle.delete(socket);
    this.#busy.set(socket, (this.#busy.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const open = this.#busy.get(socket);
      if (open === undefined) return;
      if (open > 1) this.#busy.set(socket, open - 1);
      else this.#becomeIdle(socket);
    });
  }

  #becomeIdle(socket: Socket): void {
    this.#busy.delete(socket);
    if (!socket.destroyed) this.#idle.add(socket);
  }

  #closeOneIdle(): boolean {
    for (const socket of this.#idle) {
      this.#forget(socket);
      socket.destroy();
      return true;
    }
    return false;
  }

  #forget(socket: Socket): void {
    this.#idle.delete(socket);
    this.#busy.delete(socket);
    this.#silent.delete(socket);
  }
}

function refuse(socket: Socket, limit: number): void {
  const message = `there are ${limit} HTTP connections already; try again later`;
  const body = JSON.stringify({ error: { code: 'LIMIT_EXCEEDED', message, limit } });
  socket.on('error', () => socket.destroy());
  socket.end(`${refusal}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`, () => socket.destroy());
}
