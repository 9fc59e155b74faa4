// Feeds over a store in memory and a clock that a test moves; readers that note what they get.

import { Feed, type FeedLimits, type FeedQuery, type FeedUpdate } from '../../src/feeds/feed.ts';
import { FeedIndex } from '../../src/feeds/feed-index.ts';
import { compileFilter } from '../../src/points/compile-filter.ts';
import { everyPoint } from '../../src/points/condition.ts';
import type { PointInput, StoredPoint } from '../../src/points/point.ts';
import { openMemoryStore } from '../../src/store/memory-store.ts';
import type { Log } from '../../src/store/store.ts';
import { batchOf } from '../support/batches.ts';
import { FakeClock } from '../support/fake-clock.ts';

const limits: FeedLimits = { batchSize: 50, bufferedPoints: 200, maxScanned: 1000, maxAnswerBytes: 8_388_608 };

const nothing: Omit<FeedQuery, 'frequency'> = {
  entityType: 'orders',
  serviceId: null,
  filter: everyPoint,
  after: null,
  last: null,
  heartbeatMs: null,
};

export class FeedWorld {
  readonly clock = new FakeClock();
  readonly log: Log = openMemoryStore({ clock: this.clock, maxBytes: 1e9 }).log;
  readonly index = new FeedIndex();
  /** All points that were ever committed. */
  readonly points: StoredPoint[] = [];

  constructor() {
    this.log.onBlock(({ points }) => {
      this.points.push(...points);
      const woken = new Set<Feed>();
      for (const point of points) this.index.offer(point, woken);
      for (const feed of woken) feed.wake();
    });
  }

  /** The log, with answers to reads that wait for `release()`: what happens meanwhile is not in them. */
  slowLog(): { log: Log; release(): void; releaseAll(): void } {
    const { log } = this;
    const held: (() => void)[] = [];
    let isHolding = true;
    async function late<T>(answer: Promise<T>): Promise<T> {
      await answer;
      if (isHolding) await new Promise<void>((resolve) => held.push(resolve));
      return answer;
    }
    const slow = {
      partitionOf: (entityType: string) => log.partitionOf(entityType),
      head: (partition: number) => log.head(partition),
      floor: (partition: number) => log.floor(partition),
      series: log.series,
      read: (request: Parameters<Log['read']>[0]) => late(log.read(request)),
      oldestArrival: (partition: number) => late(log.oldestArrival(partition)),
    };
    return {
      log: slow as Log,
      release: () => held.shift()?.(),
      releaseAll: () => {
        isHolding = false;
        for (const release of held) release();
      },
    };
  }

  /** Commits the points together; what that wakes has been delivered when it settles. */
  async append(points: readonly PointInput[]): Promise<void> {
    await this.log.append(batchOf(this.log, points));
    await this.clock.advance(0);
  }

  open(
    query: Partial<FeedQuery> & Pick<FeedQuery, 'frequency'>,
    asked: Partial<FeedLimits> = {},
    log = this.log,
  ): Reader {
    const whole = { ...nothing, ...query };
    const { clock, index } = this;
    const join = (feed: Feed) => index.add(feed);
    const feed = new Feed(whole, compileFilter(whole.filter), { log, clock, limits: { ...limits, ...asked }, join });
    feed.start();
    return new Reader(feed, clock);
  }
}

/** Asks for one update at a time, or keeps asking. */
export class Reader {
  readonly feed: Feed;
  readonly updates: FeedUpdate[] = [];
  /** When each update came, in milliseconds since the reader began. */
  readonly times: number[] = [];
  failure: unknown;
  isDone = false;
  readonly #clock: FakeClock;
  readonly #start: number;
  #isAsking = false;
  #keepsAsking = false;

  constructor(feed: Feed, clock: FakeClock) {
    this.feed = feed;
    this.#clock = clock;
    this.#start = clock.monotonic();
  }

  /** From now on an update is taken as soon as there is one. */
  readAll(): this {
    this.#keepsAsking = true;
    this.ask();
    return this;
  }

  pause(): void {
    this.#keepsAsking = false;
  }

  /** Asks for the next update, unless it waits for one already. */
  ask(): void {
    if (this.#isAsking || this.isDone) return;
    this.#isAsking = true;
    this.feed.iterator.next().then(
      ({ value, done }) => {
        this.#isAsking = false;
        if (done === true) {
          this.isDone = true;
          return;
        }
        this.updates.push(value);
        this.times.push(this.#clock.monotonic() - this.#start);
        if (this.#keepsAsking) this.ask();
      },
      (error: unknown) => {
        this.isDone = true;
        this.failure = error;
      },
    );
  }

  /** The field n of the points of each update. */
  get numbers(): unknown[][] {
    return this.updates.map(({ points }) => points.map(({ data }) => data['n']));
  }

  get skipped(): number[] {
    return this.updates.map(({ skipped }) => skipped);
  }
}
