// One operation of a WebSocket, from its beginning to its one end: complete, an error, or the client's word. After its end
// nothing of it is sent any more, however late its results come, for its id may be another's by then.
import type { ExecutionResult } from 'graphql';
import { bytesOf, type Payload } from '../fanout/payload.ts';
import type { Sink } from '../fanout/sink.ts';
import type { FormatError } from './format-error.ts';
import { answerJson } from './result-json.ts';

/** Where its messages go. */
export interface OperationLine {
  send(text: string): Promise<void>;
  /** A message, as its bytes one a character. */
  push(message: string): void;
  readonly isFull: boolean;
  readonly isDrained: boolean;
  whenRoom(resume: () => void): void;
}

export interface SocketOperationOptions {
  readonly line: OperationLine;
  readonly formatError: FormatError;
  /** Of the result of a query or mutation. */
  readonly maxAnswerBytes: number;
  /** Called once, when the id is free again. */
  onEnd(operation: SocketOperation): void;
}

export class SocketOperation implements Sink {
  readonly id: string;
  /** In its document; empty: none, or it is not known yet. */
  name = '';
  readonly #options: SocketOperationOptions;
  readonly #nextHead: string;
  // How its subscription is ended.
  #endResults: (() => void) | null = null;
  #isOver = false;

  constructor(id: string, options: SocketOperationOptions) {
    this.id = id;
    this.#options = options;
    this.#nextHead = bytesOf(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Its results are those of a subscription, which ends with it. */
  follow(endResults: () => void): void {
    if (this.#isOver) endResults();
    else this.#endResults = endResults;
  }

  get isFull(): boolean {
    return this.#options.line.isFull;
  }

  get isDrained(): boolean {
    return this.#options.line.isDrained;
  }

  whenRoom(resume: () => void): void {
    this.#options.line.whenRoom(resume);
  }

  send(payload: Payload): void {
    if (!this.#isOver) this.#options.line.push(`${this.#nextHead + payload.bytes}}`);
  }

  complete(): void {
    void this.#complete();
  }

  fail(errors: readonly unknown[]): void {
    void this.refuse(errors);
  }

  /** Ends it without a word: its client wants no more, or has gone. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.onEnd(this);
    this.#endResults?.();
  }

  /** Ends it with its errors; settles when there is room for more. */
  async refuse(errors: readonly unknown[]): Promise<void> {
    if (this.#isOver) return;
    this.end();
    await this.#say('error', JSON.stringify(errors.map((error) => this.#options.formatError(error))));
  }

  /** Sends the one result of a query or mutation. */
  async answer(result: ExecutionResult): Promise<void> {
    // Without data nothing was run: that is an error of the request.
    if (!('data' in result)) return this.refuse(result.errors ?? []);
    if (this.#isOver) return;
    const { formatError, maxAnswerBytes } = this.#options;
    await this.#say('next', answerJson(result, formatError, maxAnswerBytes));
    await this.#complete();
  }

  async #complete(): Promise<void> {
    if (this.#isOver) return;
    this.end();
    await this.#options.line.send(`{"id":${JSON.stringify(this.id)},"type":"complete"}`);
  }

  #say(type: 'next' | 'error', payload: string): Promise<void> {
    return this.#options.line.send(`{"id":${JSON.stringify(this.id)},"type":"${type}","payload":${payload}}`);
  }
}
