// What stands side by side in the ingest bench: each takes the same points in, in a process of its own.
import type { MadePoint } from './made-points.ts';

export interface Contestant {
  readonly name: string;
  start(work: Work): Promise<Runner>;
}

/** The points in the batches in which they are sent; those to warm up with come before those that are measured. */
export interface Work {
  readonly connections: number;
  readonly warmUp: readonly (readonly MadePoint[])[];
  readonly measured: readonly (readonly MadePoint[])[];
}

export type Part = 'warmUp' | 'measured';

/** Everything is made: run() only sends. */
export interface Runner extends AsyncDisposable {
  readonly pid: number;
  /** Settles once every point of the part is acknowledged. */
  run(part: Part): Promise<void>;
  /** How many points are stored. */
  count(): Promise<number>;
}
