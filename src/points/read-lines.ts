// A stream of bytes to batches of whole lines, each batch in a buffer of its own: bounded by lines and by bytes a line.
import { limitExceeded, type PulseError } from '../base/errors.ts';

const newline = 10;
const maxBatchBytes = 1024 * 1024;

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
  // A line that is too long, once there was one.
  #failure: PulseError | undefined;

  constructor(linesPerBatch: number, maxLineBytes: number) {
    this.#linesPerBatch = linesPerBatch;
    this.#maxLineBytes = maxLineBytes;
  }

  /** Bytes that wait for their batch to be whole. */
  get bufferedBytes(): number {
    return this.#bytes;
  }

  /** Bytes of a line whose end has not come. */
  get unfinishedBytes(): number {
    return this.#tailBytes;
  }

  /**
   * Takes a chunk in and gives the batches that it completes. A line that is too long is thrown as LIMIT_EXCEEDED, after
   * the batches before it have been given: at once where there are none, else by the next call.
   */
  push(chunk: Buffer): LineBatch[] {
    if (this.#failure !== undefined) throw this.#failure;
    const batches: LineBatch[] = [];
    let kept = 0;
    let lineStart = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, lineStart)) {
      if (this.#isTooLong(this.#tailBytes + end - lineStart)) return this.#failAfter(batches);
      lineStart = end + 1;
      this.#tailBytes = 0;
      this.#lines += 1;
      if (this.#isFull(lineStart - kept)) {
        this.#keep(chunk.subarray(kept, lineStart));
        batches.push(this.#cut());
        kept = lineStart;
      }
    }
    this.#tailBytes += chunk.length - lineStart;
    this.#keep(chunk.subarray(kept));
    return this.#isTooLong(this.#tailBytes) ? this.#failAfter(batches) : batches;
  }

  /** What is left when the stream has ended; undefined where nothing is. */
  finish(): LineBatch | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#bytes === 0) return undefined;
    if (this.#tailBytes > 0) this.#lines += 1;
    this.#tailBytes = 0;
    return this.#cut();
  }

  // By content alone, so that the same body is always cut at the same places.
  #isFull(moreBytes: number): boolean {
    return this.#lines === this.#linesPerBatch || this.#bytes + moreBytes >= maxBatchBytes;
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return;
    this.#chunks.push(part);
    this.#bytes += part.length;
  }

  #isTooLong(length: number): boolean {
    return length > this.#maxLineBytes;
  }

  #failAfter(batches: LineBatch[]): LineBatch[] {
    const line = this.#linesBefore + this.#lines + 1;
    this.#failure = limitExceeded(`line ${line} is longer than ${this.#maxLineBytes} bytes`, this.#maxLineBytes);
    if (batches.length === 0) throw this.#failure;
    return batches;
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
