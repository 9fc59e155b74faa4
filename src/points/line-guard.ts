// When to stop reading a body whose lines are no points: rejecting a line costs more than sending it does, above all where
// the body is packed.

/** Lines in a row that give no point, blank ones included, before a body is not read further. */
export const maxRejectedRun = 1000;
// Of a packed body: as many lines without a point as an unpacked body could have.
const rejectedPerByte = 2;

export class LineGuard {
  #lines = 0;
  #run = 0;
  #rejected = 0;
  #bytes = 0;
  #stoppedAt: number | null = null;

  /** The line, from 1, at which reading stopped; null: it has not. */
  get stoppedAt(): number | null {
    return this.#stoppedAt;
  }

  /** Bytes of the body as they were sent. */
  received(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Notes a line that was read; false: the rest of the body is not to be read. */
  line(isPoint: boolean): boolean {
    this.#lines += 1;
    if (isPoint) this.#run = 0;
    else this.#reject();
    return this.#stoppedAt === null;
  }

  /** Notes that a packed part has ended: parts without lines count as lines without a point. Gives the same. */
  part(): boolean {
    this.#reject();
    return this.#stoppedAt === null;
  }

  /**
   * Notes that a batch was read whole. How many bytes have been received by then differs from one sending of a body to the next: within a
   * batch it must not decide, for a batch that is sent again is answered as the first time.
   */
  endBatch(): void {
    if (this.#rejected > maxRejectedRun + rejectedPerByte * this.#bytes) this.#stop();
  }

  #reject(): void {
    this.#run += 1;
    this.#rejected += 1;
    if (this.#run >= maxRejectedRun) this.#stop();
  }

  #stop(): void {
    this.#stoppedAt ??= Math.max(1, this.#lines);
  }
}
