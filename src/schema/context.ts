// What a resolver has: the engine and who asks.
import type { Engine } from '../engine/engine.ts';
import type { Viewer } from '../engine/viewer.ts';

export interface Context {
  readonly engine: Engine;
  readonly viewer: Viewer;
}
