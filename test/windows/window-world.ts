// Windows over a store in memory, fed as the engine feeds them, on a clock that a test moves.
import type { JsonObject } from '../../src/base/json.ts';
import type { PointInput, StoredPoint } from '../../src/points/point.ts';
import { openMemoryStore } from '../../src/store/memory-store.ts';
import type { ColumnRequest, Log } from '../../src/store/store.ts';
import { Tickers, type Ticking } from '../../src/windows/ticking.ts';
import { Windows, type WindowsOptions } from '../../src/windows/windows.ts';
import { batchOf } from '../support/batches.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** A log whose columns come in small pages, each when a test says so. */
export class SlowLog {
  /** Points of a page, where it is less than asked. */
  pagePoints = Number.POSITIVE_INFINITY;
  /** Hears of every request. */
  onColumns: (request: ColumnRequest) => void = () => undefined;
  /** Thrown instead of an answer while it is set. */
  failure: Error | null = null;
  reads = 0;
  readonly log: Log;
  readonly #held: (() => void)[] = [];
  #isHolding = false;

  constructor(log: Log) {
    const columns = async (request: ColumnRequest) => {
      this.reads += 1;
      this.onColumns(request);
      const page = await log.columns({ ...request, maxScanned: Math.min(this.pagePoints, request.maxScanned) });
      if (this.#isHolding) await new Promise<void>((resolve) => this.#held.push(resolve));
      if (this.failure !== null) throw this.failure;
      return page;
    };
    this.log = new Proxy(log, {
      get(target, name) {
        if (name === 'columns') return columns;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  hold(): void {
    this.#isHolding = true;
  }

  /** Lets one page through. */
  release(): void {
    this.#held.shift()?.();
  }

  releaseAll(): void {
    this.#isHolding = false;
    for (const release of this.#held.splice(0)) release();
  }
}

/** Everybody who is ticked, counted. */
class CountedTickers extends Tickers {
  size = 0;

  override add(everySeconds: number, member: Ticking): () => void {
    const leave = super.add(everySeconds, member);
    this.size += 1;
    return () => {
      this.size -= 1;
      leave();
    };
  }
}

export class WindowWorld {
  readonly clock = new FakeClock();
  readonly slow = new SlowLog(openMemoryStore({ clock: this.clock, maxBytes: 1e9 }).log);
  readonly log = this.slow.log;
  readonly windows: Windows;
  readonly tickErrors: unknown[] = [];
  readonly warnings: string[] = [];
  readonly tickers = new CountedTickers(this.clock, (error) => this.tickErrors.push(error));
  /** All points that were ever committed. */
  readonly points: StoredPoint[] = [];

  constructor(asked: Partial<WindowsOptions> = {}) {
    const { clock, log } = this;
    const limits = {
      epoch: 1,
      maxGroups: 1000,
      maxWindowBytes: 1e8,
      maxTotalWindowBytes: 1e9,
      maxWindows: 100,
      maxAheadMs: 10_000,
      fillTimeoutMs: 10_000,
    };
    const onWarning = (error: Error) => void this.warnings.push(error.message);
    this.windows = new Windows({ log, clock, onWarning, ...limits, ...asked });
    log.onBlock(({ points }) => {
      this.points.push(...points);
      for (const point of points) this.windows.accept(point, log.now());
    });
  }

  /** Ticks once a second from now on; gives back how to stop. */
  startTicking(): () => void {
    const timer = this.clock.every(1000, () => this.tickers.tick(this.log.now()));
    return () => timer.cancel();
  }

  async append(points: readonly PointInput[]): Promise<void> {
    await this.log.append(batchOf(this.log, points));
    await this.clock.advance(0);
  }

  /** Commits a point `backMs` before now. */
  async add(data: JsonObject, backMs = 0, serviceId = 'web'): Promise<void> {
    await this.append([this.point(data, backMs, serviceId)]);
  }

  point(data: JsonObject, backMs = 0, serviceId = 'web'): PointInput {
    const timestamp = new Date(this.log.now() - backMs).toISOString();
    return { entityType: 'orders', serviceId, timestamp, data };
  }
}
