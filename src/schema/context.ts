// What a resolver has: the engine and who asks.
import type { AnswerBudget } from '../base/answer-budget.ts';
import type { Engine } from '../engine/engine.ts';
import type { Viewer } from '../engine/viewer.ts';

export interface Context {
  readonly engine: Engine;
  readonly viewer: Viewer;
  /** What the answer may hold; left out where that is bounded elsewhere. */
  readonly answer?: AnswerBudget | undefined;
  /** Aborted when the client has left; left out where what is asked for is shared, or asked in this process. */
  readonly signal?: AbortSignal | null | undefined;
}
