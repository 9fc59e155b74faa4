// One operation of a WebSocket, from its beginning to its one end: complete, an error, or the client's word. After its end
// nothing of it is sent any more, however late its results come, for its id may be another's by then.
import type { ExecutionResult } from 'graphql';
import type { FormatError } from './format-error.ts';
import { resultJson } from './result-json.ts';

export type Results = AsyncIterableIterator<ExecutionResult>;
type Send = (text: string) => Promise<void>;

export class SocketOperation {
  readonly id: string;
  readonly #send: Send;
  readonly #formatError: FormatError;
  readonly #onEnd: (operation: SocketOperation) => void;
  #results: Results | null = null;
  #isOver = false;

  /** `onEnd` is called once, when the id is free again. */
  constructor(
    id: string,
    { send, formatError, onEnd }: { send: Send; formatError: FormatError; onEnd: (operation: SocketOperation) => void },
  ) {
    this.id = id;
    this.#send = send;
    this.#formatError = formatError;
    this.#onEnd = onEnd;
  }

  /** Ends it without a word: its client wants no more, or has gone. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onEnd(this);
    void this.#results?.return?.();
  }

  /** Ends it with its errors. */
  async fail(errors: readonly unknown[]): Promise<void> {
    if (this.#isOver) return;
    this.end();
    await this.#say('error', JSON.stringify(errors.map((error) => this.#formatError(error))));
  }

  /** Sends the one result of a query or mutation. */
  async answer(result: ExecutionResult): Promise<void> {
    // Without data nothing was run: that is an error of the request.
    if (!('data' in result)) return this.fail(result.errors ?? []);
    if (this.#isOver) return;
    await this.#say('next', resultJson(result, this.#formatError));
    await this.#complete();
  }

  /** Sends the results of a subscription as they come; settles when it is over. Never rejects. */
  async follow(results: Results): Promise<void> {
    this.#results = results;
    if (this.#isOver) return void results.return?.();
    try {
      for await (const result of results) {
        if (this.#isOver) break;
        await this.#say('next', resultJson(result, this.#formatError));
      }
      await this.#complete();
    } catch (error) {
      await this.fail([error]);
    }
  }

  async #complete(): Promise<void> {
    if (this.#isOver) return;
    this.end();
    await this.#send(`{"id":${JSON.stringify(this.id)},"type":"complete"}`);
  }

  #say(type: 'next' | 'error', payload: string): Promise<void> {
    return this.#send(`{"id":${JSON.stringify(this.id)},"type":"${type}","payload":${payload}}`);
  }
}
