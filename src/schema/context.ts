// What a resolver has: the engine and who asks.
import type { Engine } from '../engine/engine.ts';
import type { Viewer } from '../engine/viewer.ts';

export interface Context {
  readonly engine: Engine;
  readonly viewer: Viewer;
  /** Aborted when the client has left; left out where what is asked for is shared, or asked in this process. */
  readonly signal?: AbortSignal | null | undefined;
}
