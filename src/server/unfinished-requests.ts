// Memory of the bodies of all requests that are not answered yet, whole or not: past the budget, of those that are not whole the one that
// has waited longest for its rest is refused, so that slow senders do not keep others out.
import { type ByteAccount, ByteBudget } from '../base/byte-budget.ts';
import { PulseError } from '../base/errors.ts';

/** One request: what is buffered of its body, and whether it was refused. */
export interface UnfinishedRequest {
  /** Aborted with LIMIT_EXCEEDED once the request is refused. */
  readonly refused: AbortSignal;
  /** How much of the body is buffered. Less than before: a part of it is done, and what is left has waited less than all others. */
  set(bytes: number): void;
  /** The body is whole: what it holds stays counted until `close`, and it is not refused any more. */
  noteWhole(): void;
  /** It is answered, or was left. */
  close(): void;
}

interface Entry {
  readonly account: ByteAccount;
  readonly abort: AbortController;
}

export class UnfinishedRequests {
  readonly #budget: ByteBudget;
  // Those that hold something and are not whole, the one that has held it longest first.
  readonly #holding = new Set<Entry>();

  constructor(maxBytes: number) {
    this.#budget = new ByteBudget(maxBytes);
  }

  /** `abort` is aborted once the request is refused. */
  open(abort = new AbortController()): UnfinishedRequest {
    const entry: Entry = { account: this.#budget.open(), abort };
    const close = () => {
      this.#holding.delete(entry);
      entry.account.close();
    };
    let before = 0;
    const set = (bytes: number) => {
      if (entry.abort.signal.aborted) return;
      entry.account.set(bytes);
      if (bytes < before) this.#holding.delete(entry);
      if (bytes > 0) this.#holding.add(entry);
      before = bytes;
      this.#refuseOldest();
    };
    const noteWhole = () => void this.#holding.delete(entry);
    return { refused: entry.abort.signal, set, noteWhole, close };
  }

  #refuseOldest(): void {
    for (const entry of this.#holding) {
      if (!this.#budget.isOver) return;
      this.#holding.delete(entry);
      entry.account.close();
      entry.abort.abort(tooMuchUnanswered(this.#budget.maxBytes));
    }
  }
}

function tooMuchUnanswered(limit: number): PulseError {
  const message = `bodies of requests that are not answered yet would hold more than ${limit} bytes; send again, faster or in smaller parts`;
  return new PulseError('LIMIT_EXCEEDED', message, { limit, retryAfterSeconds: 1 });
}
