// The JSON of one result, made once for all who get it.

export class Payload {
  readonly json: string;
  #bytes: string | undefined;

  constructor(json: string) {
    this.json = json;
  }

  /** Its UTF-8 bytes, one a character: what is cheapest to put together and to write. */
  get bytes(): string {
    this.#bytes ??= bytesOf(this.json);
    return this.#bytes;
  }
}

/** The UTF-8 bytes of a text, one a character. */
export function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}
