// What a workload printed: acknowledgements, and what it was about to do that may make something disappear.

export type Line =
  | { readonly opened: number; readonly head: number }
  | { readonly batch: string; readonly first: number; readonly count: number; readonly at: number }
  | { readonly document: number }
  | { readonly state: number; readonly epoch: number }
  | { readonly sent: string; readonly revision: number }
  | { readonly finishing: string }
  | { readonly finished: string }
  | { readonly trimming: number; readonly now: number }
  | { readonly trimmed: number }
  | { readonly refused: string }
  | { readonly closed: true };

export interface AcknowledgedBatch {
  readonly first: number;
  readonly count: number;
  readonly at: number;
}

/** What a store must have at one moment, and what it may have removed. */
export class Acknowledgements {
  batches = new Map<string, AcknowledgedBatch>();
  points = 0;
  epoch = 0;
  head = 0;
  floor = 1;
  document = 0;
  state: { readonly epoch: number; readonly offset: number } | undefined;
  revision = 0;
  /** Rows of the outbox that must be there, and those that must not. */
  waiting = new Set<string>();
  finished = new Set<string>();
  /** Batches that were refused for want of room: nothing of them may be there. */
  refused: string[] = [];
  /** Points that arrived before this may have been removed. */
  trimmedBefore = 0;
  /** Batch ids that came before this may have been forgotten. */
  forgottenBefore = 0;

  note(line: Line): void {
    if ('batch' in line) this.#noteBatch(line);
    else if ('document' in line) this.document = line.document;
    else if ('state' in line) this.state = { epoch: line.epoch, offset: line.state };
    else if ('sent' in line) {
      this.revision = line.revision;
      this.waiting.add(line.sent);
    } else if ('finishing' in line) this.waiting.delete(line.finishing);
    else if ('finished' in line) this.finished.add(line.finished);
    else if ('trimming' in line) {
      this.trimmedBefore = Math.max(this.trimmedBefore, line.trimming);
      this.forgottenBefore = Math.max(this.forgottenBefore, line.now - 24 * 3_600_000);
    } else if ('trimmed' in line) this.floor = line.trimmed;
    else if ('refused' in line) this.refused.push(line.refused);
    else if ('opened' in line) {
      this.epoch = line.opened;
      this.head = Math.max(this.head, line.head);
    }
  }

  /** As it is now, to continue from. */
  copy(): Acknowledgements {
    return Object.assign(new Acknowledgements(), this, {
      batches: new Map(this.batches),
      waiting: new Set(this.waiting),
      finished: new Set(this.finished),
      refused: [...this.refused],
    });
  }

  #noteBatch({ batch, first, count, at }: { batch: string } & AcknowledgedBatch): void {
    this.batches.set(batch, { first, count, at });
    this.points += count;
    this.head = Math.max(this.head, first + count - 1);
  }
}

/** The bytes of the saved state that says it was computed up to `offset` in that epoch. */
export function stateBytes(epoch: number, offset: number): Uint8Array {
  return new Uint8Array(2000 + 9000 * (offset % 3)).map((_, at) => (at * 7 + offset * 31 + epoch) % 251);
}
