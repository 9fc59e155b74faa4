// Where the results of a subscription go: one operation of one socket or stream.
import type { Payload } from './payload.ts';

export interface Sink {
  /** The reader is behind: what is not sent now is for later. */
  readonly isFull: boolean;
  /** All that was sent has left. */
  readonly isDrained: boolean;
  send(payload: Payload): void;
  /** Calls `resume` once there is room, or never. */
  whenRoom(resume: () => void): void;
  /** Its source has ended. */
  complete(): void;
  /** It could not begin, or has failed. */
  fail(errors: readonly unknown[]): void;
}
