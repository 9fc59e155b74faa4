// What one answer may hold: its parts say what they take before they are made.
import { limitExceeded, type PulseError } from './errors.ts';

export class AnswerBudget {
  readonly maxBytes: number;
  #left: number;
  #repeatsLeft: number;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
    this.#left = maxBytes;
    this.#repeatsLeft = maxBytes;
  }

  /** Bytes that were counted. */
  get used(): number {
    return this.maxBytes - this.#left;
  }

  /** Bytes that may still come. */
  get left(): number {
    return Math.max(0, this.#left);
  }

  /** Of parts of what has been counted with its whole: asked for once they always fit, again and again they do not. Errors: as spend. */
  spendAgain(bytes: number): void {
    this.#repeatsLeft -= bytes;
    if (this.#repeatsLeft < 0) throw answerTooLong(this.maxBytes);
  }

  /** Errors: LIMIT_EXCEEDED where there is no room. */
  spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw answerTooLong(this.maxBytes);
  }
}

export function answerTooLong(maxBytes: number): PulseError {
  return limitExceeded(`the answer would be longer than ${maxBytes} bytes; ask for less at a time`, maxBytes);
}
