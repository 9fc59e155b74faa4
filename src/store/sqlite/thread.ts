// A worker thread that answers numbered requests: what is outstanding is settled whatever becomes of the thread.
import { Worker } from 'node:worker_threads';
import { PulseError } from '../../base/errors.ts';
import { errorOf, withoutFolder } from './failures.ts';
import type { HealthReport, Numbered, Reply, WorkerOptions } from './messages.ts';

interface Outstanding {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export class Thread<Request extends { readonly kind: string }, Answers> {
  readonly #worker: Worker;
  readonly #outstanding = new Map<number, Outstanding>();
  readonly #onFailure: (error: Error) => void;
  #lastNumber = 0;
  #refusing = false;
  #ended: PulseError | undefined;
  #trouble: PulseError | undefined;

  /** `onFailure` hears of what went wrong in the background, and of the thread's own end. */
  constructor(script: URL, options: WorkerOptions, onFailure: (error: Error) => void) {
    this.#onFailure = onFailure;
    this.#worker = new Worker(script, { workerData: options, execArgv: ['--no-warnings'] });
    this.#worker.on('message', (message: Reply | readonly Reply[] | HealthReport) => {
      if ('trouble' in message) this.#trouble = message.trouble === null ? undefined : errorOf(message.trouble);
      else if ('n' in message) this.#settle(message);
      else for (const reply of message) this.#settle(reply);
    });
    this.#worker.on('error', (error) => {
      const reason = withoutFolder(error.message, options.file);
      const failure = new PulseError('STORAGE_FAILED', `a thread of the store died: ${reason}`, {}, error);
      if (this.#end(failure)) this.#onFailure(failure);
    });
    this.#worker.on('exit', () => this.#end(stopped()));
  }

  /** Why the thread cannot do its work at the moment; undefined where it can. */
  get trouble(): PulseError | undefined {
    if (this.#ended !== undefined) return this.#ended;
    return this.#refusing ? stopped() : this.#trouble;
  }

  /** What the thread says first, unasked, as number 0. */
  opened<T>(): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#outstanding.set(0, { resolve: resolve as (value: unknown) => void, reject });
    });
  }

  ask<Kind extends Request['kind'] & keyof Answers>(
    request: Extract<Request, { kind: Kind }>,
    transfer: ArrayBuffer[] = [],
  ): Promise<Answers[Kind]> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    if (this.#refusing && request.kind !== 'close') return Promise.reject(stopped());
    this.#lastNumber += 1;
    const n = this.#lastNumber;
    return new Promise((resolve, reject) => {
      // First, for it throws where the request cannot be cloned: then nothing is outstanding.
      this.#worker.postMessage({ n, request } satisfies Numbered<Request>, transfer);
      this.#outstanding.set(n, { resolve: resolve as (value: unknown) => void, reject });
    });
  }

  /** From now on only `close` may be asked for; what was asked before is still answered. */
  refuse(): void {
    this.#refusing = true;
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(reply: Reply): void {
    const waiting = this.#outstanding.get(reply.n);
    this.#outstanding.delete(reply.n);
    if ('ok' in reply) waiting?.resolve(reply.ok);
    else if (waiting === undefined) this.#onFailure(errorOf(reply.failure));
    else waiting.reject(errorOf(reply.failure));
  }

  /** Whether it had not ended before. */
  #end(error: PulseError): boolean {
    if (this.#ended !== undefined) return false;
    this.#ended = error;
    for (const { reject } of this.#outstanding.values()) reject(error);
    this.#outstanding.clear();
    return true;
  }
}

function stopped(): PulseError {
  return new PulseError('STOPPED', 'the store is closed');
}
