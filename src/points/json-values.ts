// JSON values to NDJSON, as a stream: the elements of one array, or values one after the other over any number of lines.
// It only looks for where values end; whether each is JSON is for its reader to say.

const tab = 9;
const newline = 10;
const carriageReturn = 13;
const space = 32;
const quote = 34;
const comma = 44;
const openBracket = 91;
const backslash = 92;
const closeBracket = 93;
const openBrace = 123;
const closeBrace = 125;

export class JsonValueSplitter {
  // #depth counts open brackets below the values' own level; #inArray: the values are elements of one array.
  #depth = 0;
  #started = false;
  #inArray = false;
  #arrayClosed = false;
  #inText = false;
  #escaped = false;
  #inValue = false;

  /** The same values with exactly one newline behind each; `chunk` may end anywhere. */
  push(chunk: Buffer): Buffer {
    const out = Buffer.allocUnsafe(chunk.length * 2);
    let length = 0;
    for (const byte of chunk) {
      if (this.#inText) {
        // A raw newline in a text is no JSON; as a space it stays one line, whose reader then refuses or takes it.
        out[length++] = byte === newline ? space : byte;
        this.#textByte(byte);
      } else {
        length = this.#byte(byte, out, length);
      }
    }
    return out.subarray(0, length);
  }

  /** What is wrong with the end of the body, or undefined. */
  finish(): string | undefined {
    if (this.#inText) return 'the body ends inside a text';
    if (this.#depth > 0) return `the body ends with ${this.#depth} brackets open`;
    if (this.#inArray && !this.#arrayClosed) return 'the body ends before the closing ] of its array';
    return undefined;
  }

  #textByte(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === backslash) this.#escaped = true;
    else if (byte === quote) this.#inText = false;
  }

  #byte(byte: number, out: Buffer, length: number): number {
    let at = length;
    const isSpace = byte === newline || byte === carriageReturn || byte === space || byte === tab;
    if (this.#depth > 0) {
      if (!isSpace) out[at++] = byte;
      this.#nestedByte(byte);
      if (this.#depth === 0) at = this.#endValue(out, at);
      return at;
    }
    if (!this.#started && byte === openBracket) {
      this.#started = true;
      this.#inArray = true;
      return at;
    }
    if (isSpace || (this.#inArray && (byte === comma || byte === closeBracket))) {
      if (byte === closeBracket) this.#arrayClosed = true;
      return this.#inValue && (!this.#inArray || !isSpace) ? this.#endValue(out, at) : at;
    }
    this.#started = true;
    this.#inValue = true;
    out[at++] = byte;
    this.#nestedByte(byte);
    return at;
  }

  #nestedByte(byte: number): void {
    if (byte === quote) this.#inText = true;
    else if (byte === openBrace || byte === openBracket) this.#depth += 1;
    else if (byte === closeBrace || byte === closeBracket) this.#depth -= 1;
  }

  #endValue(out: Buffer, at: number): number {
    this.#inValue = false;
    out[at] = newline;
    return at + 1;
  }
}
