// A stream of bytes to batches of whole lines, each batch in a buffer of its own: bounded by lines and by bytes a line.
import { limitExceeded } from '../base/errors.ts';

const newline = 10;

export interface LineBatch {
  /** Whole lines, each ended by a newline but perhaps the last. It is nobody else's: it may be transferred. */
  readonly bytes: Buffer;
  /** How many lines, blank ones among them, came before it. */
  readonly firstLine: number;
}

export class LineBatcher {
  readonly #linesPerBatch: number;
  readonly #maxLineBytes: number;
  // Bytes since the last batch: #lines whole lines, then #tailBytes of an unfinished one.
  #chunks: Buffer[] = [];
  #bytes = 0;
  #lines = 0;
  #tailBytes = 0;
  #linesBefore = 0;

  constructor(linesPerBatch: number, maxLineBytes: number) {
    this.#linesPerBatch = linesPerBatch;
    this.#maxLineBytes = maxLineBytes;
  }

  /** Takes a chunk in and gives the batches that it completes. Throws LIMIT_EXCEEDED at a line that is too long. */
  push(chunk: Buffer): LineBatch[] {
    const batches: LineBatch[] = [];
    let kept = 0;
    let lineStart = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, lineStart)) {
      this.#checkLine(this.#tailBytes + end - lineStart);
      lineStart = end + 1;
      this.#tailBytes = 0;
      this.#lines += 1;
      if (this.#lines === this.#linesPerBatch) {
        this.#keep(chunk.subarray(kept, lineStart));
        batches.push(this.#cut());
        kept = lineStart;
      }
    }
    this.#tailBytes += chunk.length - lineStart;
    this.#keep(chunk.subarray(kept));
    this.#checkLine(this.#tailBytes);
    return batches;
  }

  /** What is left when the stream has ended; undefined where nothing is. */
  finish(): LineBatch | undefined {
    if (this.#bytes === 0) return undefined;
    if (this.#tailBytes > 0) this.#lines += 1;
    this.#tailBytes = 0;
    return this.#cut();
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return;
    this.#chunks.push(part);
    this.#bytes += part.length;
  }

  #checkLine(length: number): void {
    if (length <= this.#maxLineBytes) return;
    const line = this.#linesBefore + this.#lines;
    throw limitExceeded(`line ${line} is longer than ${this.#maxLineBytes} bytes`, this.#maxLineBytes);
  }

  // A pooled or shared buffer must not be transferred to a worker, so the parts are copied into one of its own.
  #cut(): LineBatch {
    const bytes = Buffer.allocUnsafeSlow(this.#bytes);
    let at = 0;
    for (const part of this.#chunks) at += part.copy(bytes, at);
    const batch = { bytes, firstLine: this.#linesBefore };
    this.#linesBefore += this.#lines;
    this.#chunks = [];
    this.#bytes = 0;
    this.#lines = 0;
    return batch;
  }
}
