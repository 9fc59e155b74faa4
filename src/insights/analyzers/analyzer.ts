// What an analyzer is: it watches metrics, each with a state of its own at constant cost, and says of each observation what it finds.
import type { Expectation, Observed } from '../detector.ts';
import type { Observation } from '../observation.ts';
import type { Sensitivity } from '../sensitivity.ts';
import type { Seen } from '../situation.ts';

/** What analyzers find in one observation; each adds its part. */
export type Verdict = { -readonly [K in keyof Seen]: Seen[K] };

/** What one analyzer knows of one metric. */
export interface Watcher {
  /** Its state, to go on from. */
  readonly bytes: Uint8Array;
  observe(observation: Observation, sensitivity: Sensitivity, verdict: Verdict): void;
  /** What it expects of a value at that time; null: it is not known. */
  expectation?(at: number): Expectation | null;
  /** When it has something to say if nothing comes until then, in milliseconds since 1970; null: never. */
  silentAt?(sensitivity: Sensitivity): number | null;
  /** Nobody listened until `at`. */
  resume?(at: number): void;
}

export interface Analyzer {
  /** What it finds, as a sentence for the API. */
  readonly description: string;
  /** Whether it also watches metrics past the limit: at a fraction of the cost and memory of the others. */
  readonly isCheap: boolean;
  /** `saved`: bytes of a watcher that it goes on from; throws where they are none. */
  watch(saved: Uint8Array | null): Watcher;
}

export const nothing: Observed = { score: 0, surprise: 0, strength: 0, isUnusual: false, isAlarm: false };
