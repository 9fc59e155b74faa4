// Which neighbouring blocks are worth joining: runs, from the left, of blocks that fit into one; each is rewritten once.

export interface BlockRange {
  readonly first: number;
  readonly count: number;
}

export class JoinPlan {
  readonly #pointsPerBlock: number;
  // The run that the next block may still belong to; closed runs of two blocks or more wait in #ready.
  #open: BlockRange[] = [];
  #openPoints = 0;
  readonly #ready: (readonly BlockRange[])[] = [];

  constructor(pointsPerBlock: number) {
    this.#pointsPerBlock = pointsPerBlock;
  }

  /** Blocks come in order of offset. */
  add(block: BlockRange): void {
    if (this.#openPoints + block.count > this.#pointsPerBlock) this.#close();
    this.#open.push(block);
    this.#openPoints += block.count;
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
    this.#open = this.#open.filter((block) => block.first >= floor);
    this.#openPoints = this.#open.reduce((sum, block) => sum + block.count, 0);
  }

  #close(): void {
    if (this.#open.length > 1) this.#ready.push(this.#open);
    this.#open = [];
    this.#openPoints = 0;
  }
}
