// A limit in bytes over many owners: each says what it holds, the budget knows the sum.

/** What one owner holds of a budget. */
export interface ByteAccount {
  /** Replaces what it held before. */
  set(bytes: number): void;
  /** Gives all of it back, for good: work that is still on its way counts no more. */
  close(): void;
}

export class ByteBudget {
  readonly maxBytes: number;
  #used = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get used(): number {
    return this.#used;
  }

  get isOver(): boolean {
    return this.#used > this.maxBytes;
  }

  open(): ByteAccount {
    let held = 0;
    let isClosed = false;
    const set = (bytes: number) => {
      if (isClosed) return;
      this.#used += bytes - held;
      held = bytes;
    };
    const close = () => {
      set(0);
      isClosed = true;
    };
    return { set, close };
  }
}
