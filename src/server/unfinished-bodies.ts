// Memory of all bodies that are being received: past the budget the one that has waited longest for its rest is refused, so
// that slow senders do not keep others out.
import { type ByteAccount, ByteBudget } from '../base/byte-budget.ts';
import { PulseError } from '../base/errors.ts';

/** One body: what is buffered of it, and whether it was refused. */
export interface UnfinishedBody {
  /** Aborted with LIMIT_EXCEEDED once the body is refused. */
  readonly refused: AbortSignal;
  /** How much of it is buffered. Less than before: a part of it is done, and what is left has waited less than all others. */
  set(bytes: number): void;
  /** It is whole: what it holds stays counted until `close`, and it is not refused any more. */
  finish(): void;
  close(): void;
}

interface Entry {
  readonly account: ByteAccount;
  readonly abort: AbortController;
}

export class UnfinishedBodies {
  readonly #budget: ByteBudget;
  // Those that hold something, the one that has held it longest first.
  readonly #holding = new Set<Entry>();

  constructor(maxBytes: number) {
    this.#budget = new ByteBudget(maxBytes);
  }

  open(): UnfinishedBody {
    const entry: Entry = { account: this.#budget.open(), abort: new AbortController() };
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
    const finish = () => void this.#holding.delete(entry);
    return { refused: entry.abort.signal, set, finish, close };
  }

  #refuseOldest(): void {
    for (const entry of this.#holding) {
      if (!this.#budget.isOver) return;
      this.#holding.delete(entry);
      entry.account.close();
      entry.abort.abort(tooMuchUnfinished(this.#budget.maxBytes));
    }
  }
}

function tooMuchUnfinished(limit: number): PulseError {
  const message = `bodies that are not whole yet would hold more than ${limit} bytes; send again, faster or in smaller parts`;
  return new PulseError('LIMIT_EXCEEDED', message, { limit, retryAfterSeconds: 1 });
}
