// The rhythm in which a metric's values come: how long it may be silent before that is unusual for it. Gaps are remembered for two weeks,
// so that nights and week-ends are part of the rhythm once they have been seen.
import { Layout, type Memory } from './memory.ts';
import type { Sensitivity } from './sensitivity.ts';

const octaves = 48;
const rememberedMs = 14 * 86_400_000;
// Longer than the longest by so much is silence.
const beyond: Readonly<Record<Sensitivity, number>> = { LOW: 8, MEDIUM: 4, HIGH: 2 };
/** No silence is shorter. */
export const leastSilenceMs = 30_000;
const learning = 30;
// Nothing is said before it was watched so many times as long.
const leastWatched = 10;

const layout = new Layout();
/** The cells of every rhythm's memory; times that are not known are not numbers. */
const cells = {
  gaps: layout.cell(0),
  first: layout.cell(Number.NaN),
  last: layout.cell(Number.NaN),
  // By octave of the gap in milliseconds: when the last of that length was.
  times: layout.cells(octaves),
};

export class Rhythm {
  readonly #memory: Memory;

  /** `saved`: bytes of another that it goes on from. Throws where they are none. */
  constructor(saved: Uint8Array | null = null) {
    this.#memory = saved === null ? layout.make() : layout.read(saved);
  }

  /** Its state, not a copy. */
  get bytes(): Uint8Array {
    return this.#memory.bytes;
  }

  /** When the last value came, in milliseconds since 1970; not a number: never. */
  get last(): number {
    return cells.last.get(this.#memory);
  }

  /** `at` is in milliseconds since 1970 and not in the future, which would hold up all that comes; what is not after the last does not count. */
  observe(at: number): void {
    const memory = this.#memory;
    const { last } = this;
    if (at <= last) return;
    if (Number.isNaN(last)) cells.first.set(memory, at);
    else this.#note(at - last, at);
    cells.last.set(memory, at);
  }

  /** Nobody listened until `at`: what did not come in that time is no silence, and the gap is none. */
  resume(at: number): void {
    if (at > this.last) cells.last.set(this.#memory, at);
  }

  /** How many gaps it has seen. */
  get gaps(): number {
    return cells.gaps.get(this.#memory);
  }

  /** When its silence becomes unusual if nothing comes until then; null: too little was seen to say so. */
  silentAt(sensitivity: Sensitivity = 'MEDIUM'): number | null {
    const memory = this.#memory;
    const { last } = this;
    if (this.gaps < learning) return null;
    const limit = Math.max(leastSilenceMs, beyond[sensitivity] * this.#longest(last));
    return last - cells.first.get(memory) < leastWatched * limit ? null : last + limit;
  }

  #note(gap: number, at: number): void {
    const memory = this.#memory;
    const octave = Math.min(octaves - 1, Math.floor(Math.log2(Math.max(1, gap))));
    // Once is enough: what comes often is not remembered longer.
    cells.times.set(memory, octave, at);
    cells.gaps.set(memory, cells.gaps.get(memory) + 1);
  }

  /** Upper edge of the highest octave of a remembered gap. */
  #longest(now: number): number {
    let octave = octaves - 1;
    while (octave > 0 && now - cells.times.get(this.#memory, octave) > rememberedMs) octave -= 1;
    return 2 ** (octave + 1);
  }
}
