// One WebSocket: its messages are taken one at a time, and whoever does not say who he is, says too much, or does not read,
// is shown out:
//
//   open ── connection_init ──▶ acknowledged ── client leaves ──▶ closed
//     └── not in time, too long a message, does not read ──▶ close(), terminate() some seconds later ──▲
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { Clock, Timer } from '../base/clock.ts';
import { randomId } from '../base/ids.ts';
import type { Engine } from '../engine/engine.ts';
import { credentialsOf } from './authenticate.ts';
import { type CloseReason, clipReason, closeReasons } from './close-codes.ts';
import { Conversation, type ConversationOptions, type Line } from './conversation.ts';
import type { Flushes } from './flushes.ts';
import { reportUnforeseen } from './format-error.ts';
import { SocketInbox } from './socket-inbox.ts';
import { SocketOutbox } from './socket-outbox.ts';
import { type StallLimits, StallWatch } from './stall-watch.ts';

export interface ConnectionLimits extends StallLimits {
  /** A message before the acknowledgement. */
  readonly maxInitBytes: number;
  readonly maxMessageBytes: number;
  readonly maxQueuedBytes: number;
  readonly initTimeoutMs: number;
}

/** The same for all of a door. */
export interface ConnectionOptions extends ConversationOptions {
  readonly limits: ConnectionLimits;
  readonly flushes: Flushes;
}

/** What a socket was made on. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly wire: Duplex;
}

export const terminateAfterMs = 1000;
// Longer for who is slow anyway.
export const slowTerminateAfterMs = 3000;

export class Connection implements Line {
  readonly id = randomId('conn');
  readonly client: string;
  readonly #socket: WebSocket;
  readonly #engine: Engine;
  readonly #limits: ConnectionLimits;
  readonly #outbox: SocketOutbox;
  readonly #inbox: SocketInbox;
  readonly #conversation: Conversation;
  // Null once he has said who he is.
  #initDeadline: Timer | null;
  #isAcknowledged = false;

  constructor(socket: WebSocket, { request, wire }: Upgrade, options: ConnectionOptions) {
    const { engine, limits, rates, flushes } = options;
    this.client = rates.clientOf(request);
    this.#engine = engine;
    this.#socket = socket;
    this.#limits = limits;
    this.#conversation = new Conversation(this, credentialsOf(request), options);
    const stall = new StallWatch(
      engine.clock,
      limits,
      () => this.#inbox.isBusy,
      () => this.#closeSlow(),
    );
    this.#outbox = new SocketOutbox(socket, { wire, markBytes: limits.maxQueuedBytes, stall, flushes });
    this.#inbox = new SocketInbox(socket, engine.clock, limits.maxMessageBytes, (text) => this.#take(text));
    this.#initDeadline = engine.clock.after(limits.initTimeoutMs, () => this.close(closeReasons.initTimeout));
    socket.on('message', (data: Buffer, isBinary) => this.#receive(data, isBinary));
    const openedAt = engine.now();
    const leave = engine.connections.add(() => ({
      id: this.id,
      transport: 'WEBSOCKET',
      viewerId: this.#conversation.viewerId,
      openedAt,
      queuedBytes: this.#outbox.queuedBytes,
      operations: this.#conversation.operationsByName,
    }));
    socket.once('close', () => {
      leave();
      this.#initDeadline?.cancel();
      stall.end();
      this.#conversation.end();
    });
  }

  send(text: string): Promise<void> {
    return this.#outbox.send(text);
  }

  push(message: string): void {
    this.#outbox.push(message);
  }

  get isFull(): boolean {
    return this.#outbox.isFull;
  }

  get isDrained(): boolean {
    return this.#outbox.isDrained;
  }

  whenRoom(resume: () => void): void {
    this.#outbox.whenRoom(resume);
  }

  /** The client is known: it may send longer messages, and need not hurry any more. */
  acknowledge(): void {
    this.#isAcknowledged = true;
    this.#initDeadline?.cancel();
    this.#initDeadline = null;
  }

  close(reason: Pick<CloseReason, 'code' | 'reason'>): void {
    this.#outbox.finish();
    void closeSocket(this.#socket, this.#engine.clock, reason);
  }

  /** He is told why as soon as he reads what was handed on, and reads the rest after he has come back. */
  #closeSlow(): void {
    this.#outbox.discard();
    this.#conversation.end();
    // Who asks for more all the while is not waited for.
    const waitMs = this.#inbox.isBusy ? terminateAfterMs : slowTerminateAfterMs;
    void closeSocket(this.#socket, this.#engine.clock, closeReasons.tooSlow, waitMs);
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (isBinary) this.close(closeReasons.binary);
    else if (!this.#isAcknowledged && data.length > this.#limits.maxInitBytes) {
      this.close(closeReasons.tooLongUnacknowledged);
    } else this.#inbox.push(data.toString());
  }

  async #take(text: string): Promise<void> {
    try {
      await this.#conversation.take(text);
    } catch (error) {
      reportUnforeseen(this.#engine, error);
      this.close(closeReasons.internal);
    }
  }
}

/** Closes a socket, and cuts it after `waitMs` where its client does not answer. Settles when it is closed. */
export function closeSocket(
  socket: WebSocket,
  clock: Clock,
  { code, reason }: Pick<CloseReason, 'code' | 'reason'>,
  waitMs = terminateAfterMs,
): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = clock.after(waitMs, () => socket.terminate());
    socket.once('close', () => {
      timer.cancel();
      resolve();
    });
    // What the client answers must be read, though not what it still says.
    if (socket.isPaused) socket.resume();
    socket.close(code, clipReason(reason));
  });
}
