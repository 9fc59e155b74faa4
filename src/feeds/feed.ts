// One subscription to points: replay from a place in the log, then live, with no hole and no repeat between the two.
//
//   replaying ── caught up with the log's head, in one turn ──▶ live ── reader leaves ──▶ closed
//
// It hands out one update at a time, when the reader asks: what comes meanwhile is batched and what does not fit is counted.
import type { Clock, Timer } from '../base/clock.ts';
import { LiveIterator } from '../base/live-iterator.ts';
import type { Sharing } from '../base/sharing.ts';
import type { Passes } from '../points/compile-filter.ts';
import type { PointFilter } from '../points/condition.ts';
import type { StoredPoint } from '../points/point.ts';
import { pointBytes } from '../points/point-bytes.ts';
import type { Log, PointPage } from '../store/store.ts';
import { FeedBuffer } from './feed-buffer.ts';
import { type Frequency, intervalMs } from './frequency.ts';

export interface FeedQuery {
  readonly entityType: string;
  readonly serviceId: string | null;
  readonly filter: PointFilter;
  readonly frequency: Frequency;
  /** Where replay starts: behind this offset; null: no replay. */
  readonly after: number | null;
  /** Replay starts with so many of the newest; null: with none. */
  readonly last: number | null;
  /** An update without points after so many milliseconds without one; null: none. */
  readonly heartbeatMs: number | null;
}

export interface FeedUpdate {
  readonly points: readonly StoredPoint[];
  readonly skipped: number;
  /** Everything up to this offset of the partition is covered. */
  readonly offset: number;
  readonly partition: number;
  readonly gap: FeedGap | null;
}

/** Points that cannot be replayed any more. */
export interface FeedGap {
  readonly reason: 'RETENTION';
  readonly skipped: number;
  /** Arrival of the oldest point that is left, in milliseconds; null where none is. */
  readonly resumesAt: number | null;
}

export interface FeedLimits {
  /** Points an update. */
  readonly batchSize: number;
  /** Points that wait for a slow reader of every point before the oldest are left out and counted. */
  readonly bufferedPoints: number;
  /** Points that one read of the log looks at. */
  readonly maxScanned: number;
  /** Of the points of an update, and of those that wait for a slow reader. */
  readonly maxAnswerBytes: number;
}

/** Bytes of an update and of a page of replay, unless less is allowed: what a slow reader keeps in memory. */
const pageBytes = 1_048_576;
// How long a page waits for its reader before it is read again.
const pageKeptMs = 1000;

export interface FeedContext {
  readonly log: Log;
  readonly clock: Clock;
  readonly limits: FeedLimits;
  /** Registers the feed for live points; gives back how to leave. */
  join(feed: Feed): () => void;
}

export class Feed {
  readonly query: FeedQuery;
  readonly partition: number;
  readonly iterator: LiveIterator<FeedUpdate>;
  readonly #context: FeedContext;
  readonly #passes: Passes | null;
  readonly #buffer: FeedBuffer;
  readonly #interval: number;
  readonly #maxUpdateBytes: number;
  #state: 'replaying' | 'live' | 'closed' = 'live';
  #leave: (() => void) | null = null;
  // Replay: everything up to #offset has been handed out or lies in #page from #pageAt on.
  #offset = 0;
  #page: PointPage | null = null;
  #pageAt = 0;
  #reading = false;
  #gap: FeedGap | null = null;
  // Live: updates end at #gridStart + k * interval, once the first has gone out; #isDue: the end of an interval has come.
  #gridStart: number | null = null;
  #isDue = true;
  #intervalTimer: Timer | null = null;
  #heartbeatTimer: Timer | null = null;
  #heartbeatIsDue = false;
  #pageTimer: Timer | null = null;

  constructor(query: FeedQuery, passes: Passes | null, context: FeedContext) {
    this.query = query;
    this.partition = context.log.partitionOf(query.entityType);
    this.#context = context;
    this.#passes = passes;
    this.#interval = intervalMs[query.frequency];
    const { batchSize, bufferedPoints, maxAnswerBytes } = context.limits;
    this.#maxUpdateBytes = Math.min(pageBytes, maxAnswerBytes);
    this.#buffer = new FeedBuffer({
      batchSize,
      capacity: this.#interval === 0 ? bufferedPoints : batchSize,
      maxUpdateBytes: this.#maxUpdateBytes,
      maxBytes: maxAnswerBytes,
    });
    this.iterator = new LiveIterator({
      take: () => this.#take(),
      close: () => this.#close(),
      sharing: this.#sharing(),
    });
  }

  /** Starts replay where one was asked for, else goes live at once. */
  start(): void {
    const { after, last } = this.query;
    if (after === null && last === null) {
      this.#goLive();
      return;
    }
    this.#state = 'replaying';
    this.#offset = after ?? this.#context.log.head(this.partition);
    if (after === null) this.#run(this.#findLast(last ?? 0));
  }

  /** Takes a live point in; true where an update is now due, which wake() hands out. */
  offer(point: StoredPoint): boolean {
    if (this.#passes !== null && !this.#passes(point.data)) return false;
    this.#buffer.push(point);
    return true;
  }

  /** Called after a commit with points that it took: hands out what is due. */
  wake(): void {
    this.#buffer.endCommit();
    if (this.#isDue) this.iterator.wake();
    else this.#armInterval();
  }

  #sharing(): Sharing<FeedUpdate> {
    return {
      kind: 'COUNTED',
      isCaughtUp: () => this.#state === 'live' && this.#buffer.isEmpty,
      waiting: () => this.#buffer.waiting,
      sizeOf: ({ points, skipped }) => points.length + skipped,
      part: partOf,
    };
  }

  #take(): FeedUpdate | undefined {
    if (this.#state === 'replaying') return this.#takeReplayed();
    if (this.#buffer.isEmpty || !this.#isDue) return this.#takeHeartbeat();
    const { points, skipped } = this.#buffer.take(this.#interval === 0);
    const offset = points.at(-1)?.offset ?? this.#offset;
    this.#sent(offset);
    if (this.#interval > 0) {
      this.#isDue = false;
      // What did not fit has the next interval.
      if (!this.#buffer.isEmpty) this.#armInterval();
    }
    return { points, skipped, offset, partition: this.partition, gap: null };
  }

  #takeHeartbeat(): FeedUpdate | undefined {
    if (!this.#heartbeatIsDue) return undefined;
    // Points that wait for their interval's end are not covered yet: the cursor must stay in front of them.
    const offset = this.#buffer.isEmpty ? this.#context.log.head(this.partition) : this.#offset;
    this.#heartbeatIsDue = false;
    this.#offset = offset;
    this.#armHeartbeat();
    return { points: [], skipped: 0, offset, partition: this.partition, gap: null };
  }

  #sent(offset: number): void {
    this.#offset = offset;
    this.#gridStart ??= this.#context.clock.monotonic();
    this.#armHeartbeat();
  }

  #armHeartbeat(): void {
    const { heartbeatMs } = this.query;
    if (heartbeatMs === null || this.#state === 'closed') return;
    this.#heartbeatTimer?.cancel();
    this.#heartbeatIsDue = false;
    this.#heartbeatTimer = this.#context.clock.after(heartbeatMs, () => {
      this.#heartbeatIsDue = true;
      this.iterator.wake();
    });
  }

  /** Waits for the end of the running interval. */
  #armInterval(): void {
    if (this.#intervalTimer !== null || this.#gridStart === null) return;
    const elapsed = this.#context.clock.monotonic() - this.#gridStart;
    const left = this.#interval - (elapsed % this.#interval);
    this.#intervalTimer = this.#context.clock.after(left, () => {
      this.#intervalTimer = null;
      this.#isDue = true;
      this.iterator.wake();
    });
  }

  #takeReplayed(): FeedUpdate | undefined {
    const page = this.#page;
    if (page === null) {
      if (!this.#reading) this.#run(this.#readPage());
      return undefined;
    }
    const points = this.#nextOf(page);
    this.#pageAt += points.length;
    const pageIsDone = this.#pageAt >= page.points.length;
    const offset = pageIsDone ? page.stoppedAt : (points.at(-1)?.offset ?? page.stoppedAt);
    const gap = this.#gap;
    this.#gap = null;
    this.#sent(offset);
    if (pageIsDone) this.#dropPage();
    return { points, skipped: 0, offset, partition: this.partition, gap };
  }

  get #isClosed(): boolean {
    return this.#state === 'closed';
  }

  /** The points of the next update: a batch at most, and so many bytes. */
  #nextOf({ points }: PointPage): StoredPoint[] {
    const next: StoredPoint[] = [];
    let bytes = 0;
    for (let at = this.#pageAt; at < points.length && next.length < this.#context.limits.batchSize; at += 1) {
      const point = points[at] as StoredPoint;
      bytes += pointBytes(point);
      if (next.length > 0 && bytes > this.#maxUpdateBytes) break;
      next.push(point);
    }
    return next;
  }

  // Also where its reader has not come for it: a page that waits is memory, reading it again is not.
  #dropPage(): void {
    this.#pageTimer?.cancel();
    this.#pageTimer = null;
    this.#page = null;
  }

  /** Reads on until there is something to hand out or the head is reached; then, in that turn, goes live. */
  async #readPage(): Promise<void> {
    const { log, limits } = this.#context;
    while (this.#state === 'replaying') {
      const head = log.head(this.partition);
      if (this.#offset >= head) {
        this.#goLive();
        return;
      }
      const page = await log.read(this.#range(this.#offset, head, 'forward', limits.batchSize * 4));
      await this.#noteGap(page);
      // The reader may have left meanwhile.
      if (this.#isClosed) return;
      if (page.points.length > 0 || this.#gap !== null) {
        this.#page = page;
        this.#pageAt = 0;
        this.#pageTimer = this.#context.clock.after(pageKeptMs, () => this.#dropPage());
        return;
      }
      this.#offset = page.stoppedAt;
    }
  }

  async #noteGap(page: PointPage): Promise<void> {
    const lost = page.floor - 1 - this.#offset;
    if (lost <= 0) return;
    const resumesAt = await this.#context.log.oldestArrival(this.partition);
    this.#gap = { reason: 'RETENTION', skipped: lost, resumesAt };
  }

  /** Moves the start of replay behind all but the newest `last` matching points. */
  async #findLast(last: number): Promise<void> {
    const { log } = this.#context;
    let upTo = this.#offset;
    let left = last;
    while (left > 0 && this.#state === 'replaying') {
      const page = await log.read(this.#range(log.floor(this.partition) - 1, upTo, 'backward', left));
      left -= page.points.length;
      this.#offset = left === 0 ? (page.points.at(-1)?.offset ?? 1) - 1 : log.floor(this.partition) - 1;
      if (page.done || left === 0) break;
      upTo = page.stoppedAt - 1;
    }
    await this.#readPage();
  }

  #range(after: number, upTo: number, direction: 'forward' | 'backward', limit: number) {
    const { log, limits } = this.#context;
    const { entityType, serviceId, filter } = this.query;
    const series = log.series.numbers(entityType, serviceId);
    const { partition } = this;
    const maxBytes = this.#maxUpdateBytes;
    const times = { from: null, to: null, arrivedFrom: null };
    return {
      partition,
      series,
      after,
      upTo,
      ...times,
      filter,
      direction,
      limit,
      maxScanned: limits.maxScanned,
      maxBytes,
    };
  }

  /** Runs a read in the background: what it brings is handed out, what it throws ends the subscription. */
  #run(reading: Promise<void>): void {
    this.#reading = true;
    reading.then(
      () => {
        this.#reading = false;
        this.iterator.wake();
      },
      (error) => this.iterator.fail(error),
    );
  }

  #goLive(): void {
    this.#state = 'live';
    this.#offset = Math.max(this.#offset, this.query.after === null ? this.#context.log.head(this.partition) : 0);
    this.#isDue = this.#gridStart === null || this.#interval === 0;
    this.#leave = this.#context.join(this);
    this.#armHeartbeat();
  }

  #close(): void {
    this.#state = 'closed';
    this.#leave?.();
    this.#intervalTimer?.cancel();
    this.#heartbeatTimer?.cancel();
    this.#dropPage();
  }
}

/** The oldest are those that were skipped, and not those that are there. */
function partOf(update: FeedUpdate, left: number, missed: number): FeedUpdate {
  const size = update.points.length + update.skipped - left;
  const points = update.points.slice(Math.max(0, update.points.length - size));
  return { ...update, points, skipped: size - points.length + missed };
}
