// JSON values to NDJSON, as a stream: the elements of one array, or values one after the other over any number of lines.
// It only looks for where values end; whether each is JSON is for its reader to say, so nothing here may mend one.

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
  // Where the bytes outside of a value stand: whether the values are elements of an array shows at the first of them.
  #place: 'start' | 'between lines' | 'in array' | 'behind array' | 'beyond' = 'start';
  // The value being read: #depth brackets are open; #inText between quotes, #escaped behind a backslash there.
  #inValue = false;
  #depth = 0;
  #inText = false;
  #escaped = false;
  #behindSpace = false;

  /** The same values with exactly one newline behind each; `chunk` may end anywhere. */
  push(chunk: Buffer): Buffer {
    // A byte gives itself and a newline behind it at most.
    const out = Buffer.allocUnsafe(chunk.length * 2);
    let length = 0;
    for (const byte of chunk) {
      if (this.#inText) {
        // A raw newline in a text is no JSON; a tab is none either, and keeps it on one line.
        out[length++] = byte === newline ? tab : byte;
        this.#textByte(byte);
      } else if (this.#depth > 0) {
        length = this.#nestedByte(byte, out, length);
      } else {
        length = this.#outerByte(byte, out, length);
      }
    }
    return out.subarray(0, length);
  }

  /** What is wrong with the end of the body, or undefined. */
  finish(): string | undefined {
    if (this.#inText) return 'the body ends inside a text';
    if (this.#depth > 0) return `the body ends with ${this.#depth} brackets open`;
    if (this.#place === 'in array') return 'the body ends before the closing ] of its array';
    if (this.#place === 'beyond') return 'the body goes on after the closing ] of its array';
    return undefined;
  }

  #textByte(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === backslash) this.#escaped = true;
    else if (byte === quote) this.#inText = false;
  }

  // Spaces between the parts of a value become one: without any, `1 2` would turn into 12.
  #nestedByte(byte: number, out: Buffer, at: number): number {
    if (!isSpace(byte)) return this.#valueByte(byte, out, at);
    if (this.#behindSpace) return at;
    this.#behindSpace = true;
    out[at] = space;
    return at + 1;
  }

  #outerByte(byte: number, out: Buffer, at: number): number {
    if (isSpace(byte)) return this.#endValue(out, at);
    if (this.#place === 'start') {
      this.#place = byte === openBracket ? 'in array' : 'between lines';
      if (byte === openBracket) return at;
    }
    if (this.#place === 'in array' && (byte === comma || byte === closeBracket)) {
      if (byte === closeBracket) this.#place = 'behind array';
      return this.#endValue(out, at);
    }
    if (this.#place === 'behind array') this.#place = 'beyond';
    return this.#place === 'beyond' ? at : this.#valueByte(byte, out, at);
  }

  #valueByte(byte: number, out: Buffer, at: number): number {
    this.#inValue = true;
    this.#behindSpace = false;
    out[at] = byte;
    if (byte === quote) this.#inText = true;
    else if (byte === openBrace || byte === openBracket) this.#depth += 1;
    else if (byte === closeBrace || byte === closeBracket) {
      this.#depth = Math.max(0, this.#depth - 1);
      if (this.#depth === 0) return this.#endValue(out, at + 1);
    }
    return at + 1;
  }

  #endValue(out: Buffer, at: number): number {
    if (!this.#inValue) return at;
    this.#inValue = false;
    out[at] = newline;
    return at + 1;
  }
}

function isSpace(byte: number): boolean {
  return byte === space || byte === newline || byte === carriageReturn || byte === tab;
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** Without a byte order mark, which some programs put in front of UTF-8. */
export function withoutMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, 3).equals(byteOrderMark) ? bytes.subarray(3) : bytes;
}

/** The first character that is no blank, of text that begins with ASCII; undefined where there are only blanks. */
export function firstOf(bytes: Buffer): string | undefined {
  const at = bytes.findIndex((byte) => byte !== space && byte !== tab && byte !== newline && byte !== carriageReturn);
  return at < 0 ? undefined : String.fromCharCode(bytes[at] as number);
}
