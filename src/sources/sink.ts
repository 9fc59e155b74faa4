// Where a source's points go, and what is common to all sources that run until they are stopped.
import type { Clock } from '../base/clock.ts';
import type { PointInput } from '../points/point.ts';

export interface Sink {
  /** Settles once the points are accepted; whoever sends waits for it before sending more. */
  send(points: readonly PointInput[]): Promise<void>;
}

/** A source that runs. */
export interface Source {
  /** Settles when no timer is left and no send is in flight. */
  stop(): Promise<void>;
}

export interface SourceOptions {
  readonly sink: Sink;
  readonly clock: Clock;
  /** Hears of a send that failed; the source goes on. */
  readonly onError: (error: unknown) => void;
}
