// One WebSocket as graphql-ws sees it. Messages begin one after the other; operations then run beside each other. Whoever
// does not say who he is, says too much, or does not read, is shown out:
//
//   open ── connection_init ──▶ acknowledged ── client leaves ──▶ closed
//     └── not in time, too long a message ──▶ close(), terminate() a second later ──▲
import type { IncomingMessage } from 'node:http';
import type { OperationTypeNode } from 'graphql';
import { WebSocket } from 'ws';
import type { Clock, Timer } from '../base/clock.ts';
import type { Engine } from '../engine/engine.ts';
import type { Viewer } from '../engine/viewer.ts';
import { type CloseReason, clipReason, closeReasons } from './close-codes.ts';
import { reportUnforeseen } from './format-error.ts';
import { SocketInbox } from './socket-inbox.ts';
import { SocketOutbox } from './socket-outbox.ts';
import { StallWatch } from './stall-watch.ts';

export interface ConnectionLimits {
  readonly maxInitBytes: number;
  readonly maxMessageBytes: number;
  readonly maxQueuedBytes: number;
  readonly initTimeoutMs: number;
  readonly stallMs: number;
}

type Take = (text: string) => Promise<void>;

/** Of the message that is being begun. */
interface Turn {
  /** Gives the turn to the next message. */
  readonly pass: () => void;
  /** Whether it is a query or mutation, which counts as running until it is answered. */
  isCounted: boolean;
}

/** Queries and mutations of one socket that run at a time; the next message waits until one of them is answered. */
export const maxRunning = 8;
const terminateAfterMs = 1000;

export class Connection {
  readonly id: string;
  readonly request: IncomingMessage;
  viewer: Viewer;
  readonly #socket: WebSocket;
  readonly #engine: Engine;
  readonly #limits: ConnectionLimits;
  readonly #outbox: SocketOutbox;
  readonly #inbox: SocketInbox;
  readonly #initDeadline: Timer;
  #take: Take = () => Promise.resolve();
  #isAcknowledged = false;
  // Queries and mutations that are not answered yet.
  #running = 0;
  #turn: Turn = { pass: () => undefined, isCounted: false };

  constructor(
    engine: Engine,
    socket: WebSocket,
    limits: ConnectionLimits,
    { id, request, viewer }: { readonly id: string; readonly request: IncomingMessage; readonly viewer: Viewer },
  ) {
    this.id = id;
    this.request = request;
    this.viewer = viewer;
    this.#engine = engine;
    this.#socket = socket;
    this.#limits = limits;
    const { clock } = engine;
    const stall = new StallWatch(
      clock,
      limits,
      () => this.#inbox.isBusy,
      () => this.close(closeReasons.tooSlow),
    );
    this.#outbox = new SocketOutbox(socket, limits.maxQueuedBytes, stall);
    this.#inbox = new SocketInbox(socket, limits.maxMessageBytes, (text) => this.#takeTurn(text));
    this.#initDeadline = clock.after(limits.initTimeoutMs, () => this.close(closeReasons.initTimeout));
    socket.on('message', (data: Buffer, isBinary) => this.#receive(data, isBinary));
    socket.once('close', () => {
      this.#initDeadline.cancel();
      stall.end();
    });
  }

  /** For graphql-ws. */
  get protocol(): string {
    return this.#socket.protocol;
  }

  send(text: string): Promise<void> {
    return this.#outbox.send(text);
  }

  onMessage(take: Take): void {
    this.#take = take;
  }

  /** The client is known: it may send longer messages, and need not hurry any more. */
  acknowledge(viewer: Viewer): void {
    this.viewer = viewer;
    this.#isAcknowledged = true;
    this.#initDeadline.cancel();
  }

  /** The operation of the message whose turn it is begins: a subscription has begun, another is about to run. */
  begun(kind: OperationTypeNode | undefined): void {
    if (kind !== 'subscription') {
      this.#turn.isCounted = true;
      this.#running += 1;
    }
    if (kind === 'subscription' || this.#running < maxRunning) this.#turn.pass();
  }

  close({ code, reason }: Pick<CloseReason, 'code' | 'reason'>): void {
    void closeSocket(this.#socket, this.#engine.clock, { code, reason });
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (isBinary) this.close(closeReasons.binary);
    else if (!this.#isAcknowledged && data.length > this.#limits.maxInitBytes) {
      this.close(closeReasons.tooLongUnacknowledged);
    } else this.#inbox.push(data.toString());
  }

  // The message of a subscription is handled when the subscription ends; its turn is over when it has begun.
  async #takeTurn(text: string): Promise<void> {
    const { promise, resolve: pass } = Promise.withResolvers<void>();
    const turn: Turn = { pass, isCounted: false };
    this.#turn = turn;
    void this.#handle(text, turn);
    await promise;
  }

  async #handle(text: string, turn: Turn): Promise<void> {
    try {
      await this.#take(text);
    } catch (error) {
      this.#failed(error);
    }
    turn.pass();
    if (!turn.isCounted) return;
    this.#running -= 1;
    // It may be that the last one waits until fewer run.
    if (this.#turn.isCounted) this.#turn.pass();
  }

  #failed(error: unknown): void {
    // graphql-ws throws at what only servers say.
    if (error instanceof Error && error.message.startsWith('Unexpected message of type')) {
      this.close(closeReasons.unexpectedMessage);
      return;
    }
    reportUnforeseen(this.#engine, error);
    this.close(closeReasons.internal);
  }
}

/** Closes a socket, and cuts it a second later where its client does not answer. Settles when it is closed. */
export function closeSocket(
  socket: WebSocket,
  clock: Clock,
  { code, reason }: Pick<CloseReason, 'code' | 'reason'>,
): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = clock.after(terminateAfterMs, () => socket.terminate());
    socket.once('close', () => {
      timer.cancel();
      resolve();
    });
    // What the client answers must be read, though not what it still says.
    if (socket.isPaused) socket.resume();
    socket.close(code, clipReason(reason));
  });
}
