// A limit in bytes over many owners: each says what it holds, the budget knows the sum.

/** What one owner holds of a budget. */
export interface ByteAccount {
  /** Replaces what it held before. */
  set(bytes: number): void;
  /** Gives all of it back; it must not be set afterwards. */
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
    const set = (bytes: number) => {
      this.#used += bytes - held;
      held = bytes;
    };
    return { set, close: () => set(0) };
  }
}
