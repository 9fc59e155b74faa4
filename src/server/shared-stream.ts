// One event stream that carries the results of many operations: they end with it, and so does what is held back while its client does not read.
import type { ServerResponse } from 'node:http';
import { type ExecutionArgs, type ExecutionResult, execute, type GraphQLError } from 'graphql';
import type { Timer } from '../base/clock.ts';
import { randomId } from '../base/ids.ts';
import { type ConnectionView, countByName } from '../engine/connections.ts';
import type { Engine } from '../engine/engine.ts';
import type { Viewer } from '../engine/viewer.ts';
import type { Fanout } from '../fanout/fanout.ts';
import type { Sink } from '../fanout/sink.ts';
import { ClientLeft } from './client-left.ts';
import type { FormatError } from './format-error.ts';
import { forAnswer, kindOf, nameOf } from './operation.ts';
import { ResponseOutbox } from './response-outbox.ts';
import { resultJson } from './result-json.ts';
import type { StreamDoor, StreamLimits } from './stream-door.ts';
import { eventStream } from './stream-formats.ts';
import { emitCreated } from './subscription-created.ts';

interface Running {
  readonly id: string;
  /** In its document; empty: none. */
  readonly name: string;
  /** How its subscription is ended; null while it begins. */
  end: (() => void) | null;
  readonly ended: PromiseWithResolvers<void>;
}

/** What is run for an operation: a document, or the errors that are its only result. */
export interface StreamOperation {
  readonly operation: ExecutionArgs | ExecutionResult;
  readonly viewer: Viewer;
}

export class SharedStream {
  readonly #engine: Engine;
  readonly #limits: StreamLimits;
  readonly #fanout: Fanout;
  readonly #formatError: FormatError;
  readonly #id = randomId('conn');
  readonly #opened = Promise.withResolvers<void>();
  readonly #left = Promise.withResolvers<void>();
  // By the client's id for it, which it may use again once the operation has ended.
  readonly #operations = new Map<string, Running>();
  #response: ServerResponse | null = null;
  #heartbeat: Timer | null = null;
  #outbox: ResponseOutbox | null = null;
  #isOver = false;

  constructor({ engine, limits, fanout, operations }: Pick<StreamDoor, 'engine' | 'limits' | 'fanout' | 'operations'>) {
    this.#engine = engine;
    this.#limits = limits;
    this.#fanout = fanout;
    this.#formatError = operations.formatError;
  }

  get isOpen(): boolean {
    return this.#response !== null;
  }

  get operations(): number {
    return this.#operations.size;
  }

  has(id: string): boolean {
    return this.#operations.has(id);
  }

  /** From now on results go to `response` of `viewer`; `onGone` is called when its client has left. */
  open(response: ServerResponse, viewer: Viewer, onGone: () => void): void {
    const { clock } = this.#engine;
    this.#response = response;
    const leave = this.#engine.connections.add(this.#view(viewer));
    response.once('close', () => {
      leave();
      this.end();
      onGone();
    });
    response.writeHead(200, eventStream.headers);
    const outbox = new ResponseOutbox(response, clock, this.#limits);
    this.#outbox = outbox;
    outbox.beat(eventStream.heartbeat);
    this.#heartbeat = clock.every(this.#limits.heartbeatMs, () => outbox.beat(eventStream.heartbeat));
    this.#opened.resolve();
  }

  #view({ id: viewerId }: Viewer): () => ConnectionView {
    const openedAt = this.#engine.now();
    return () => {
      const queuedBytes = this.#outbox?.queuedBytes ?? 0;
      return {
        id: this.#id,
        transport: 'EVENT_STREAM',
        viewerId,
        openedAt,
        queuedBytes,
        operations: countByName(this.#operations.values()),
      };
    };
  }

  /** Runs an operation, once the stream is open; settles when it is over. */
  async run(id: string, { operation, viewer }: StreamOperation): Promise<void> {
    const name = 'document' in operation ? nameOf(operation) : '';
    const running: Running = { id, name, end: null, ended: Promise.withResolvers() };
    this.#operations.set(id, running);
    await Promise.race([this.#opened.promise, this.#left.promise, running.ended.promise]);
    if (this.#isOver || !this.#isRunning(running)) return;
    if (!('document' in operation)) this.#say(running, operation);
    else if (kindOf(operation) === 'subscription') await this.#follow(running, operation, viewer);
    else {
      const left = new AbortController();
      running.end = () => left.abort(new ClientLeft());
      this.#say(running, await execute(forAnswer(operation, left.signal, this.#limits.maxAnswerBytes)));
    }
    if (!this.#isRunning(running)) return;
    this.#operations.delete(id);
    this.#write('complete', `{"id":${JSON.stringify(id)}}`);
  }

  async #follow(running: Running, args: ExecutionArgs, viewer: Viewer): Promise<void> {
    const sink = this.#sinkOf(running);
    const origin = { connectionId: this.#id, transport: 'EVENT_STREAM', args, viewer } as const;
    const onCreated = () => emitCreated(this.#engine, origin);
    const { begun, end } = this.#fanout.subscribe({ args, viewer, sink, onCreated });
    running.end = end;
    await begun;
    await running.ended.promise;
    end();
  }

  #sinkOf(running: Running): Sink {
    const outbox = () => this.#outbox;
    const head = `{"id":${JSON.stringify(running.id)},"payload":`;
    return {
      get isFull() {
        return outbox()?.isFull === true;
      },
      get isDrained() {
        return outbox()?.isDrained !== false;
      },
      whenRoom: (resume) => outbox()?.whenRoom(resume),
      send: ({ json }) => {
        if (this.#isRunning(running)) this.#write('next', `${head + json}}`);
      },
      complete: () => running.ended.resolve(),
      // There is no other word for it than a last result.
      fail: (errors) => {
        this.#say(running, { errors: errors as readonly GraphQLError[] });
        running.ended.resolve();
      },
    };
  }

  #say(running: Running, result: ExecutionResult): void {
    if (!this.#isRunning(running)) return;
    this.#write('next', `{"id":${JSON.stringify(running.id)},"payload":${resultJson(result, this.#formatError)}}`);
  }

  #isRunning(running: Running): boolean {
    return this.#operations.get(running.id) === running;
  }

  /** Ends one operation. */
  complete(id: string): void {
    const running = this.#operations.get(id);
    this.#operations.delete(id);
    running?.ended.resolve();
    running?.end?.();
  }

  /** Ends the stream, and every operation with it. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#heartbeat?.cancel();
    for (const id of [...this.#operations.keys()]) this.complete(id);
    this.#left.resolve();
    this.#outbox?.end('');
  }

  #write(event: string, data: string): void {
    this.#outbox?.write(`event: ${event}\ndata: ${data}\n\n`);
  }
}
