// One event stream that carries the results of many operations: it holds each of them back while its client does not read,
// so that what waits is bounded by one result an operation, and all of them end with it.
import type { ServerResponse } from 'node:http';
import { type ExecutionArgs, type ExecutionResult, execute, subscribe } from 'graphql';
import type { Timer } from '../base/clock.ts';
import type { Engine } from '../engine/engine.ts';
import { errorFormatter, type FormatError } from './format-error.ts';
import { failureAsResult } from './last-result.ts';
import { kindOf } from './operation.ts';
import { ResponseOutbox } from './response-outbox.ts';
import { resultJson } from './result-json.ts';
import type { StreamLimits } from './stream-door.ts';
import { eventStream } from './stream-formats.ts';

type Results = AsyncIterableIterator<ExecutionResult>;

interface Running {
  /** Null while it begins. */
  results: Results | null;
  readonly ended: PromiseWithResolvers<void>;
}

export class SharedStream {
  readonly #engine: Engine;
  readonly #limits: StreamLimits;
  readonly #formatError: FormatError;
  readonly #opened = Promise.withResolvers<void>();
  readonly #left = Promise.withResolvers<void>();
  // By the client's id for it, which it may use again once the operation has ended.
  readonly #operations = new Map<string, Running>();
  #response: ServerResponse | null = null;
  #heartbeat: Timer | null = null;
  #outbox: ResponseOutbox | null = null;
  #isOver = false;

  constructor(engine: Engine, limits: StreamLimits) {
    this.#engine = engine;
    this.#limits = limits;
    this.#formatError = errorFormatter(engine);
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

  /** From now on results go to `response`; `onGone` is called when its client has left. */
  open(response: ServerResponse, onGone: () => void): void {
    const { clock } = this.#engine;
    this.#response = response;
    response.once('close', () => {
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

  /** Runs an operation, once the stream is open; settles when it is over. */
  async run(id: string, operation: ExecutionArgs | ExecutionResult): Promise<void> {
    const running: Running = { results: null, ended: Promise.withResolvers() };
    this.#operations.set(id, running);
    await Promise.race([this.#opened.promise, this.#left.promise, running.ended.promise]);
    if (this.#isOver || !this.#isRunning(id, running)) return;
    const results = await begin(operation);
    if (!this.#isRunning(id, running)) return void results.return?.();
    running.results = results;
    for await (const result of results) {
      if (!this.#isRunning(id, running)) break;
      await this.#write('next', `{"id":${JSON.stringify(id)},"payload":${resultJson(result, this.#formatError)}}`);
    }
    if (!this.#isRunning(id, running)) return;
    this.#operations.delete(id);
    await this.#write('complete', `{"id":${JSON.stringify(id)}}`);
  }

  #isRunning(id: string, running: Running): boolean {
    return this.#operations.get(id) === running;
  }

  /** Ends one operation. */
  complete(id: string): void {
    const running = this.#operations.get(id);
    this.#operations.delete(id);
    running?.ended.resolve();
    void running?.results?.return?.();
  }

  /** Ends the stream, and every operation with it. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#heartbeat?.cancel();
    for (const id of [...this.#operations.keys()]) this.complete(id);
    this.#left.resolve();
    this.#response?.end();
  }

  async #write(event: string, data: string): Promise<void> {
    await this.#outbox?.write(`event: ${event}\ndata: ${data}\n\n`);
  }
}

async function begin(operation: ExecutionArgs | ExecutionResult): Promise<Results> {
  if (!('document' in operation)) return only(operation);
  const isSubscription = kindOf(operation) === 'subscription';
  const result = (await (isSubscription ? subscribe(operation) : execute(operation))) as ExecutionResult | Results;
  return Symbol.asyncIterator in result ? failureAsResult(result) : only(result);
}

function only(result: ExecutionResult): Results {
  let isDone = false;
  return {
    async next() {
      if (isDone) return { value: undefined, done: true };
      isDone = true;
      return { value: result, done: false };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
