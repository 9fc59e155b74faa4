// What time alone moves: whoever watches is ticked at his interval. All with the same interval are ticked together, so that they share what
// is computed; where that is long, the process sees to other things in between.
import type { Clock } from '../base/clock.ts';

export interface Ticking {
  /** `now` is the log's clock at the beginning of the tick. */
  tick(now: number): void;
}

const sliceMs = 8;

/** Everybody who is ticked; one that throws is left to `onError` and does not keep the others from their turn. */
export class Tickers {
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  // By interval in seconds.
  readonly #members = new Map<number, Set<Ticking>>();
  // Those who wait for their turn, in the order in which it comes.
  readonly #due = new Set<Ticking>();
  #seconds = 0;
  #isPausing = false;

  constructor(clock: Clock, onError: (error: unknown) => void) {
    this.#clock = clock;
    this.#onError = onError;
  }

  add(everySeconds: number, member: Ticking): () => void {
    const members = this.#members.get(everySeconds) ?? new Set();
    this.#members.set(everySeconds, members);
    members.add(member);
    return () => {
      this.#due.delete(member);
      members.delete(member);
      if (members.size === 0 && this.#members.get(everySeconds) === members) this.#members.delete(everySeconds);
    };
  }

  /** To be called once a second. Who still waits since the second before is ticked once. */
  tick(now: number): void {
    this.#seconds += 1;
    for (const [everySeconds, members] of this.#members) {
      if (this.#seconds % everySeconds === 0) for (const member of members) this.#due.add(member);
    }
    if (!this.#isPausing) this.#run(now);
  }

  #run(now: number): void {
    const begun = this.#clock.monotonic();
    for (const member of this.#due) {
      this.#due.delete(member);
      this.#tick(member, now);
      if (this.#due.size === 0 || this.#clock.monotonic() - begun < sliceMs) continue;
      this.#isPausing = true;
      this.#clock.after(0, () => {
        this.#isPausing = false;
        this.#run(now);
      });
      return;
    }
  }

  #tick(member: Ticking, now: number): void {
    try {
      member.tick(now);
    } catch (error) {
      this.#onError(error);
    }
  }
}
