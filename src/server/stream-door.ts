// What the ways to stream over HTTP share: the engine, how operations are read, and how many streams may be open.
import type { Engine } from '../engine/engine.ts';
import type { Fanout } from '../fanout/fanout.ts';
import type { AnswerLimits, AnswersInFlight } from './answers-in-flight.ts';
import type { DocumentLimits } from './document-limits.ts';
import type { OperationReader } from './operation.ts';
import type { BodyLimits, BodyReader } from './read-body.ts';
import type { ResponseOutboxLimits } from './response-outbox.ts';

export interface StreamLimits extends DocumentLimits, BodyLimits, ResponseOutboxLimits, AnswerLimits {
  readonly heartbeatMs: number;
  /** Streams that are open at a time, and as many that others share. */
  readonly maxConnections: number;
}

export interface StreamDoor {
  readonly engine: Engine;
  readonly limits: StreamLimits;
  readonly operations: OperationReader;
  readonly fanout: Fanout;
  readonly streams: OpenStreams;
  readonly bodies: BodyReader;
  readonly answers: AnswersInFlight;
  /** The server stops. */
  readonly closing: AbortSignal;
}

export class OpenStreams {
  readonly #most: number;
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Takes a place, which `leave` gives back; false where there is none. */
  enter(): boolean {
    if (this.#count >= this.#most) return false;
    this.#count += 1;
    return true;
  }

  leave(): void {
    this.#count -= 1;
  }
}
