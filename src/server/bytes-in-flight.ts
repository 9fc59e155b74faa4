// Bytes that may be on their way to the store at a time, over all connections: the others wait, in the order of asking.

interface Waiting {
  readonly bytes: number;
  enter(): void;
}

export class BytesInFlight {
  readonly #max: number;
  #used = 0;
  readonly #waiting = new Set<Waiting>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Resolves once there is room, which `leave` gives back; more than the maximum goes alone. Errors: the reason of `signal`. */
  async enter(bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#waiting.size === 0 && this.#hasRoom(bytes)) {
      this.#used += bytes;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const abort = () => {
        this.#waiting.delete(waiting);
        reject(signal.reason);
      };
      const enter = () => {
        signal.removeEventListener('abort', abort);
        resolve();
      };
      const waiting = { bytes, enter };
      this.#waiting.add(waiting);
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  leave(bytes: number): void {
    this.#used -= bytes;
    for (const next of this.#waiting) {
      if (!this.#hasRoom(next.bytes)) return;
      this.#waiting.delete(next);
      this.#used += next.bytes;
      next.enter();
    }
  }

  #hasRoom(bytes: number): boolean {
    return this.#used === 0 || this.#used + bytes <= this.#max;
  }
}
