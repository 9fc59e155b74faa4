// The rhythm in which a metric's values come: how long it may be silent before that is unusual for it. Gaps are remembered for two weeks,
// so that nights and week-ends are part of the rhythm once they have been seen.

const octaves = 48;
const halfLifeMs = 7 * 86_400_000;
// A gap that is remembered at all counts.
const leastWeight = 0.25;
// Longer than the longest by so much is silence, and no less than that.
const beyond = 4;
const leastMs = 30_000;
const learning = 30;
// Nothing is said before it was watched so many times as long.
const leastWatched = 10;

export class Rhythm {
  // By octave of the gap in milliseconds: 1 once there was one, and when the last was.
  readonly #weights = new Float64Array(octaves);
  readonly #times = new Float64Array(octaves);
  #gaps = 0;
  #first: number | null = null;
  #last: number | null = null;

  /** `at` is in milliseconds since 1970 and not in the future, which would hold up all that comes; what is not after the last does not count. */
  observe(at: number): void {
    if (this.#last !== null && at <= this.#last) return;
    if (this.#last !== null) this.#note(at - this.#last, at);
    this.#first ??= at;
    this.#last = at;
  }

  /** When its silence becomes unusual if nothing comes until then; null: too little was seen to say so. */
  get silentAt(): number | null {
    if (this.#first === null || this.#last === null || this.#gaps < learning) return null;
    const limit = Math.max(leastMs, beyond * this.#longest(this.#last));
    return this.#last - this.#first < leastWatched * limit ? null : this.#last + limit;
  }

  #note(gap: number, at: number): void {
    const octave = Math.min(octaves - 1, Math.floor(Math.log2(Math.max(1, gap))));
    // Once is enough: what comes often is not remembered longer.
    this.#weights[octave] = 1;
    this.#times[octave] = at;
    this.#gaps += 1;
  }

  /** Upper edge of the highest octave of a remembered gap. */
  #longest(now: number): number {
    let octave = octaves - 1;
    while (octave > 0 && this.#weightAt(octave, now) < leastWeight) octave -= 1;
    return 2 ** (octave + 1);
  }

  #weightAt(octave: number, at: number): number {
    return (this.#weights[octave] as number) * 2 ** (((this.#times[octave] as number) - at) / halfLifeMs);
  }
}
