// Following a partition: replay of what is stored, then live, with no hole and no overlap between the two.

import { everyPoint } from '../points/condition.ts';
import { type Log, type PointBlock, pointsPerBlock } from './store.ts';

export interface Tail {
  /** Settles when replay has caught up and blocks come live; rejects where reading fails. */
  readonly live: Promise<void>;
  stop(): void;
}

/**
 * Calls `onBlock` with every point above `after`, in order, once: first in pages from the log, then with each block as
 * it is committed. `onBlock` gets replayed blocks with one arrival each, as live ones.
 */
export function tail(log: Log, partition: number, after: number, onBlock: (block: PointBlock) => void): Tail {
  let stopped = false;
  let unlisten = () => {
    stopped = true;
  };
  async function replay(): Promise<void> {
    let offset = after;
    while (!stopped) {
      // Compared and joined in one turn: nothing can be committed in between.
      if (offset >= log.head(partition)) {
        unlisten = log.onBlock((block) => {
          if (block.partition === partition) onBlock(block);
        });
        return;
      }
      offset = await replayPage(log, partition, offset, onBlock, () => stopped);
    }
  }
  return {
    live: replay(),
    stop: () => {
      stopped = true;
      unlisten();
    },
  };
}

async function replayPage(
  log: Log,
  partition: number,
  after: number,
  onBlock: (block: PointBlock) => void,
  isStopped: () => boolean,
): Promise<number> {
  const page = await log.read({
    partition,
    after,
    upTo: log.head(partition),
    series: null,
    from: null,
    to: null,
    filter: everyPoint,
    arrivedFrom: null,
    direction: 'forward',
    limit: pointsPerBlock * 4,
    maxScanned: Number.MAX_SAFE_INTEGER,
  });
  let start = 0;
  while (start < page.points.length && !isStopped()) {
    const first = page.points[start];
    let end = start;
    while (end < page.points.length && page.points[end]?.receivedAt === first?.receivedAt) end += 1;
    if (first !== undefined) {
      onBlock({ partition, first: first.offset, at: first.receivedAt, points: page.points.slice(start, end) });
    }
    start = end;
  }
  return page.stoppedAt;
}
