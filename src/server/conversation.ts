// What is said over one WebSocket: graphql-transport-ws as graphql-ws's PROTOCOL.md has it, from the server's side. Messages
// come one at a time, each when the one before has had its turn.
//
//   opened ── connection_init ──▶ acknowledged: subscribe, complete    at any time: ping, pong
//     └── anything else ──▶ the socket is closed ◀── a second connection_init, an id that is taken, what is no message
import { type ExecutionArgs, type ExecutionResult, execute, GraphQLError } from 'graphql';
import { type ConnectionInitMessage, MessageType, parseMessage, type SubscribeMessage } from 'graphql-ws';
import { present } from '../base/assert.ts';
import { countByName } from '../engine/connections.ts';
import type { Engine } from '../engine/engine.ts';
import type { Viewer } from '../engine/viewer.ts';
import type { Fanout } from '../fanout/fanout.ts';
import { authenticate, type Credentials } from './authenticate.ts';
import { ClientLeft } from './client-left.ts';
import { type CloseReason, closeReasons, idTaken } from './close-codes.ts';
import type { FormatError } from './format-error.ts';
import { forAnswer, kindOf, nameOf, type OperationReader } from './operation.ts';
import type { RequestRates } from './request-rates.ts';
import { type OperationLine, SocketOperation } from './socket-operation.ts';
import { emitCreated } from './subscription-created.ts';
import { isTooDeep } from './variables-depth.ts';

export interface ConversationOptions {
  readonly engine: Engine;
  readonly operations: OperationReader;
  readonly fanout: Fanout;
  readonly rates: RequestRates;
  /** Of one answer. */
  readonly maxAnswerBytes: number;
  /** Operations that are open at a time. */
  readonly maxSubscriptions: number;
}

/** The socket as the conversation sees it. */
export interface Line extends OperationLine {
  readonly id: string;
  /** Who asks, as requests are counted. */
  readonly client: string;
  /** The client is known. */
  acknowledge(): void;
  close(reason: CloseReason): void;
}

/** Queries and mutations of one socket that run at a time; the next message waits until one of them is answered. */
export const maxRunning = 8;
// One for all: making an error costs more than a small query.
const clientLeft = new ClientLeft();

export class Conversation {
  readonly #line: Line;
  readonly #options: ConversationOptions;
  readonly #formatError: FormatError;
  readonly #operations = new Map<string, SocketOperation>();
  #isInitiated = false;
  // Of the upgrade's request; null once he has said who he is.
  #credentials: Credentials | null;
  #viewer: Viewer | null = null;
  // Queries and mutations that are not answered yet, also those whose client wants no answer any more.
  #running = 0;
  #fewerRun: PromiseWithResolvers<void> | null = null;

  constructor(line: Line, credentials: Credentials, options: ConversationOptions) {
    this.#credentials = credentials;
    this.#line = line;
    this.#options = options;
    this.#formatError = options.operations.formatError;
  }

  /** Takes a message; settles when it is the next one's turn. */
  async take(text: string): Promise<void> {
    const message = readMessage(text);
    switch (message?.type) {
      case MessageType.ConnectionInit:
        return this.#initiate(message);
      case MessageType.Ping:
        return this.#line.send(JSON.stringify({ type: MessageType.Pong, payload: message.payload ?? undefined }));
      case MessageType.Pong:
        return;
      case MessageType.Subscribe:
        return this.#begin(message);
      case MessageType.Complete:
        return this.#operations.get(message.id)?.end();
      default:
        return this.#line.close(closeReasons.invalidMessage);
    }
  }

  get viewerId(): string | null {
    return this.#viewer?.id ?? null;
  }

  /** Operations that are open, by name. */
  get operationsByName(): ReadonlyMap<string, number> {
    return countByName(this.#operations.values());
  }

  /** The socket has closed: every operation ends. */
  end(): void {
    for (const operation of [...this.#operations.values()]) operation.end();
  }

  async #initiate({ payload }: ConnectionInitMessage): Promise<void> {
    if (this.#isInitiated) return this.#line.close(closeReasons.secondInit);
    this.#isInitiated = true;
    const { id: connectionId } = this.#line;
    const { engine } = this.#options;
    this.#viewer = authenticate(present(this.#credentials, 'credentials'), payload ?? undefined);
    // Sockets are many: what is not needed any more is let go.
    this.#credentials = null;
    this.#line.acknowledge();
    const { id: clientId } = this.#viewer;
    engine.events.emit('connection:new', { connectionId, clientId });
    const serverTime = new Date(engine.now()).toISOString();
    await this.#line.send(
      JSON.stringify({ type: MessageType.ConnectionAck, payload: { connectionId, clientId, serverTime } }),
    );
  }

  async #begin({ id, payload }: SubscribeMessage): Promise<void> {
    if (this.#viewer === null) return this.#line.close(closeReasons.unauthorized);
    if (this.#operations.has(id)) return this.#line.close(idTaken(id));
    const { operations, maxSubscriptions } = this.#options;
    const isOneTooMany = this.#operations.size >= maxSubscriptions;
    const operation = this.#newOperation(id);
    if (isOneTooMany) return operation.refuse([tooManySubscriptions(maxSubscriptions)]);
    const refusal = await this.#options.rates.note(this.#line.client);
    if (refusal !== null) {
      return operation.refuse([new GraphQLError(refusal.message, { extensions: refusal.extensions })]);
    }
    const { query, operationName, variables } = payload;
    const viewer = this.#viewer;
    const args = operations.read({ query, operationName, variables }, viewer);
    if ('length' in args) return operation.refuse(args);
    if (kindOf(args) === 'subscription') return this.#subscribe(operation, args, viewer);
    return this.#run(operation, args);
  }

  #newOperation(id: string): SocketOperation {
    const operation = new SocketOperation(id, {
      line: this.#line,
      formatError: this.#formatError,
      maxAnswerBytes: this.#options.maxAnswerBytes,
      onEnd: () => this.#operations.delete(id),
    });
    this.#operations.set(id, operation);
    return operation;
  }

  #subscribe(operation: SocketOperation, args: ExecutionArgs, viewer: Viewer): Promise<void> {
    operation.name = nameOf(args);
    const { engine, fanout } = this.#options;
    const origin = { connectionId: this.#line.id, transport: 'WEBSOCKET', args, viewer } as const;
    const onCreated = () => emitCreated(engine, origin);
    const { begun, end } = fanout.subscribe({ args, viewer, sink: operation, onCreated });
    operation.follow(end);
    return begun;
  }

  // Not waited for: others run beside it.
  async #run(operation: SocketOperation, args: ExecutionArgs): Promise<void> {
    this.#running += 1;
    void this.#execute(operation, args).finally(() => {
      this.#running -= 1;
      this.#fewerRun?.resolve();
    });
    if (this.#running < maxRunning) return;
    this.#fewerRun = Promise.withResolvers();
    await this.#fewerRun.promise;
  }

  async #execute(operation: SocketOperation, args: ExecutionArgs): Promise<void> {
    const left = new AbortController();
    // Also after its answer: then nothing listens any more.
    operation.follow(() => left.abort(clientLeft));
    try {
      await operation.answer(
        (await execute(forAnswer(args, left.signal, this.#options.maxAnswerBytes))) as ExecutionResult,
      );
    } catch (error) {
      await operation.refuse([error]);
    }
  }
}

/** The message, or null where it is none. */
function readMessage(text: string) {
  try {
    const message = parseMessage(text);
    // Variables may be as deep as they like, up to here: they are looked at with their document.
    const isDeep = message.type !== MessageType.Subscribe && 'payload' in message && isTooDeep(message.payload);
    return isDeep ? null : message;
  } catch {
    return null;
  }
}

function tooManySubscriptions(limit: number): GraphQLError {
  const text = `a socket has at most ${limit} subscriptions; complete one, or open another socket`;
  return new GraphQLError(text, { extensions: { code: 'LIMIT_EXCEEDED', limit } });
}
