// Points that are in the log and that sets of panes have not taken yet: a block of many points for many sets is longer work than the event
// loop may be held for. Who reads a set has it catch up first; the others do so in turns.
import { nextTurn } from '../base/turns.ts';
import type { StoredPoint } from '../points/point.ts';
import type { SharedPanes } from './shared-panes.ts';

export interface BacklogOptions {
  now(): number;
  /** Has a set take a point. */
  take(panes: SharedPanes, point: StoredPoint, now: number): void;
  /** Hears of a point that could not be taken later; at once, `add` throws. */
  onFailure(point: StoredPoint, error: unknown): void;
}

// A few milliseconds of work.
const takenABlock = 4000;
const takenATurn = 4000;
// Past it, who sends waits for the sets as well.
const mostWaiting = 1_000_000;

export class Backlog {
  readonly #options: BacklogOptions;
  // In the order in which they catch up.
  readonly #behind = new Map<SharedPanes, StoredPoint[]>();
  #waiting = 0;
  #taken = 0;
  #isCatchingUp = false;

  constructor(options: BacklogOptions) {
    this.#options = options;
  }

  /** Points that wait, each once for each of its sets. */
  get size(): number {
    return this.#waiting;
  }

  beginBlock(): void {
    this.#taken = 0;
  }

  /** Has a set take a point, now or later. */
  add(panes: SharedPanes, point: StoredPoint, now: number): void {
    const before = this.#behind.get(panes);
    if (before === undefined && this.#taken < takenABlock) {
      this.#taken += 1;
      this.#options.take(panes, point, now);
      return;
    }
    if (before === undefined) this.#behind.set(panes, [point]);
    else before.push(point);
    this.#waiting += 1;
    if (this.#waiting > mostWaiting) this.catchUp(panes);
    else if (!this.#isCatchingUp) void this.#catchUpInTurns();
  }

  /** Has a set take all that waits for it. */
  catchUp(panes: SharedPanes): void {
    const points = this.#behind.get(panes);
    if (points === undefined) return;
    this.#forget(panes, points);
    const { now, take, onFailure } = this.#options;
    const at = now();
    for (const point of points) {
      try {
        take(panes, point, at);
      } catch (error) {
        onFailure(point, error);
      }
    }
  }

  /** A set is needed no more. */
  drop(panes: SharedPanes): void {
    this.#forget(panes, this.#behind.get(panes) ?? []);
  }

  #forget(panes: SharedPanes, points: readonly StoredPoint[]): void {
    this.#behind.delete(panes);
    this.#waiting -= points.length;
  }

  async #catchUpInTurns(): Promise<void> {
    this.#isCatchingUp = true;
    while (this.#behind.size > 0) {
      await nextTurn();
      let taken = 0;
      for (const [panes, points] of this.#behind) {
        this.catchUp(panes);
        taken += points.length;
        if (taken >= takenATurn) break;
      }
    }
    this.#isCatchingUp = false;
  }
}
