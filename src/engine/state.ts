// What a step works on: the consumers in the order in which a point meets them, and what they share.

import type { FeedIndex } from '../feeds/feed-index.ts';
import type { Analysis } from '../insights/analysis.ts';
import type { StoredPoint } from '../points/point.ts';
import type { Catalogue } from '../series/catalogue.ts';
import type { Log } from '../store/store.ts';
import type { Tickers } from '../windows/ticking.ts';
import type { Windows } from '../windows/windows.ts';
import type { Counters } from './counters.ts';
import type { Effects } from './effects.ts';
import type { Consumer, Fence } from './fence.ts';

export interface EngineState {
  readonly log: Log;
  readonly catalogue: Catalogue;
  /** Up to which place in the log a saved catalogue has all points. */
  readonly catalogued: { upTo: number };
  /** The log's time at which a block is stepped: one for all of its points. */
  readonly stepped: { at: number };
  readonly feeds: FeedIndex;
  readonly windows: Windows;
  readonly analysis: Analysis;
  readonly tickers: Tickers;
  readonly counters: Counters;
  readonly effects: Effects;
  readonly fence: Fence;
  readonly consumers: {
    readonly catalogue: Consumer;
    readonly feeds: Consumer;
    readonly windows: Consumer;
    readonly analysis: Consumer;
  };
}

export type Parts = Omit<EngineState, 'consumers'>;

/** The consumers over the parts that hold their state. */
export function consumersOf(parts: Parts): EngineState['consumers'] {
  const { catalogue, catalogued, stepped, feeds, windows, analysis, effects, counters, fence } = parts;
  const consumers: EngineState['consumers'] = {
    catalogue: {
      name: 'catalogue',
      take(point) {
        if (point.offset > catalogued.upTo && catalogue.note(point)) counters.late += 1;
      },
      rebuild: () => undefined,
    },
    feeds: {
      name: 'feeds',
      take: (point) => feeds.offer(point, effects.wokenFeeds),
      rebuild: () => undefined,
    },
    windows: {
      name: 'windows',
      take(point: StoredPoint) {
        if (windows.size > 0) windows.accept(point, stepped.at);
      },
      rebuild: (point) => windows.discard(point.entityType),
    },
    analysis: {
      name: 'analysis',
      take: (point) => analysis.accept(point),
      rebuild: (point) => analysis.discard(point.series),
    },
  };
  windows.onFailedPoint((point, error) => fence.failed(consumers.windows, point, error));
  return consumers;
}
