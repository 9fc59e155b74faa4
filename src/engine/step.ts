// What becomes of committed points: the one way every point takes, live and in recovery. Synchronous; it decides,
// what must happen outside goes onto the list of effects.
import type { StoredPoint } from '../points/point.ts';
import type { PointBlock } from '../store/store.ts';
import type { EngineState } from './state.ts';

/** Takes a block's points through every consumer, in the order of the log. */
export function step(state: EngineState, block: PointBlock): void {
  state.analysis.tick(block.at);
  state.feeds.beginBlock();
  state.windows.beginBlock();
  state.stepped.at = state.log.now();
  for (const point of block.points) stepPoint(state, point);
}

function stepPoint({ fence, consumers }: EngineState, point: StoredPoint): void {
  fence.pass(consumers.catalogue, point);
  fence.pass(consumers.feeds, point);
  fence.pass(consumers.windows, point);
  fence.pass(consumers.analysis, point);
}
