// Which neighbouring blocks are worth joining: runs, from the left, of blocks that fit into one; each is rewritten once.

export interface BlockRange {
  readonly first: number;
  readonly count: number;
  /** Of its lines, unpacked. */
  readonly bytes: number;
}

/** What one block may hold. */
export interface BlockLimits {
  readonly points: number;
  readonly bytes: number;
}

export class JoinPlan {
  readonly #limits: BlockLimits;
  // The run that the next block may still belong to; closed runs of two blocks or more wait in #ready.
  #open: BlockRange[] = [];
  #openPoints = 0;
  #openBytes = 0;
  readonly #ready: (readonly BlockRange[])[] = [];

  constructor(limits: BlockLimits) {
    this.#limits = limits;
  }

  /** Blocks come in order of offset. */
  add(block: BlockRange): void {
    const { points, bytes } = this.#limits;
    if (this.#openPoints + block.count > points || this.#openBytes + block.bytes + 1 > bytes) this.#close();
    const { first, count } = block;
    this.#open.push({ first, count, bytes: block.bytes });
    this.#openPoints += block.count;
    // Joined by newlines.
    this.#openBytes += block.bytes + 1;
  }

  /** A run to join, oldest first; undefined where nothing waits. */
  take(): readonly BlockRange[] | undefined {
    return this.#ready.shift();
  }

  get waiting(): number {
    return this.#ready.length;
  }

  /** Forgets runs with blocks below the offset: they have been trimmed. */
  dropBelow(floor: number): void {
    const kept = this.#ready.filter((run) => (run[0]?.first ?? 0) >= floor);
    this.#ready.splice(0, this.#ready.length, ...kept);
    const left = this.#open.filter((block) => block.first >= floor);
    this.#clear();
    for (const block of left) this.add(block);
  }

  #close(): void {
    if (this.#open.length > 1) this.#ready.push(this.#open);
    this.#clear();
  }

  #clear(): void {
    this.#open = [];
    this.#openPoints = 0;
    this.#openBytes = 0;
  }
}
