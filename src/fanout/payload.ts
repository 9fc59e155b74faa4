// One result, written once for all who get it in the same form.
import type { ExecutionResult } from 'graphql';

export class Payload {
  readonly result: ExecutionResult;
  readonly #toJson: (result: ExecutionResult) => string;
  #json: string | undefined;
  #bytes: string | undefined;
  // By the name of the form.
  #texts: Map<string, string> | undefined;

  constructor(result: ExecutionResult, toJson: (result: ExecutionResult) => string) {
    this.result = result;
    this.#toJson = toJson;
  }

  get json(): string {
    this.#json ??= this.#toJson(this.result);
    return this.#json;
  }

  /** The UTF-8 bytes of the JSON, one a character: what is cheapest to put together and to write. */
  get bytes(): string {
    this.#bytes ??= bytesOf(this.json);
    return this.#bytes;
  }

  /** As another text, made at the first time. */
  as(form: string, make: () => string): string {
    this.#texts ??= new Map();
    const text = this.#texts.get(form) ?? make();
    this.#texts.set(form, text);
    return text;
  }
}

/** The UTF-8 bytes of a text, one a character. */
export function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}
