// The window before, where its oldest points are read again: exact, or not known yet, and never anything else.
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { timeSpan } from '../../src/base/time-span.ts';
import type { StoredPoint } from '../../src/points/point.ts';
import { computedOf } from '../../src/windows/computed.ts';
import { SharedPanes } from '../../src/windows/shared-panes.ts';
import { SharedWindow } from '../../src/windows/shared-window.ts';
import type { WindowQuery } from '../../src/windows/window-query.ts';
import { somePoints } from '../support/batches.ts';
import { waitUntil } from '../support/inbox.ts';
import { expectExact, pointsOf } from './brute-force.ts';
import { query, sum } from './queries.ts';
import { WindowWorld } from './window-world.ts';

const start = Date.UTC(2026, 10, 24, 12);

/** One window over panes that keep few values and can read all points that were added. */
class World {
  now = start;
  readonly points: StoredPoint[] = [];
  readonly #query: WindowQuery;
  readonly #panes: SharedPanes;
  readonly #window: SharedWindow;
  reads = 0;

  constructor(of: WindowQuery, keptValues: number) {
    this.#query = of;
    const [one] = computedOf(of).panes;
    if (one === undefined) throw new Error('the query has panes');
    this.#panes = new SharedPanes(one, { maxGroups: 100, maxWindowBytes: 1e8 }, { keptValues });
    this.#panes.compare();
    this.#window = new SharedWindow(of, [{ panes: this.#panes }]);
  }

  add(time: number, v: number): void {
    const offset = this.points.length + 1;
    const names = { entityType: 'orders', serviceId: 'web', metadata: null, series: 1 };
    const point = { ...names, timestamp: time, data: { v, k: `group ${v % 5}` }, offset, receivedAt: this.now };
    this.points.push(point);
    this.#panes.addPoint(point, this.now);
  }

  /** What the reader does; `late` arrives while it reads. */
  read(late: () => void): void {
    for (let range = this.#panes.loadPrevious(this.now); range !== null; range = this.#panes.loadPrevious(this.now)) {
      this.reads += 1;
      expect(this.reads).toBeLessThan(10_000);
      const { readFrom, readTo, expected } = range;
      const stored = pointsOf(this.#query, this.points, readFrom, Math.min(readTo, this.now));
      expect(stored).toHaveLength(expected);
      late();
      for (const { data, timestamp, offset } of stored) {
        const groupValues = this.#query.groupBy.map((field) => data[field]);
        this.#panes.takeStored({ value: data['v'], time: timestamp, offset, groupValues });
      }
      this.#panes.loaded();
    }
  }

  check(isKnown: boolean): void {
    const { value } = this.#window.frame(this.now, 1);
    if (!isKnown && value.previous === null) return;
    expectExact(this.#query, value, this.points, this.now);
    const { windowStart, windowEnd } = value;
    const before = pointsOf(this.#query, this.points, 2 * windowStart - windowEnd, windowStart);
    for (const { key, previous } of value.groups) {
      const own = before.filter(({ data }) => data['k'] === key[0]?.value).map(({ data }) => Number(data['v']));
      expect(previous).toBe(own.length === 0 ? null : own.reduce((a, b) => a + b));
    }
  }
}

const steps = fc.array(
  fc.record({
    // In lengths of the window.
    points: fc.array(
      fc.record({ back: fc.double({ min: 0, max: 2.3, noNaN: true }), v: fc.integer({ min: 1, max: 9 }) }),
      {
        maxLength: 30,
      },
    ),
    by: fc.oneof(fc.constantFrom(0, 1 / 120, 1 / 60, 0.5, 1), fc.double({ min: 0, max: 0.1, noNaN: true })),
    isRead: fc.boolean(),
    isLate: fc.boolean(),
  }),
  { minLength: 1, maxLength: 25 },
);

describe('the window before', () => {
  test('is exact at any moment, or null while its points are not read', () => {
    const spans = fc.constantFrom(
      timeSpan(1, 'SECOND'),
      timeSpan(7, 'SECOND'),
      timeSpan(1, 'MINUTE'),
      timeSpan(1, 'DAY'),
    );
    fc.assert(
      fc.property(
        spans,
        fc.constantFrom([], ['k']),
        fc.constantFrom(1, 4, 20),
        steps,
        (timeWindow, groupBy, kept, all) => {
          const world = new World(query({ timeWindow, groupBy, aggregation: sum }), kept);
          for (const { points, by, isRead, isLate } of all) {
            const add = () => {
              for (const { back, v } of points) world.add(world.now - Math.floor(back * timeWindow.ms), v);
            };
            if (!isLate) add();
            let isAdded = !isLate;
            world.now += Math.floor(by * timeWindow.ms);
            if (isRead) {
              world.read(() => {
                if (!isAdded) add();
                isAdded = true;
              });
            }
            world.check(isRead);
            if (!isAdded) add();
            world.check(isRead);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test('of a steady stream changes by nothing', async () => {
    const world = new WindowWorld();
    const perSecond = Array.from({ length: 300 }, (_, second) => world.point({ v: 1 }, second * 1000));
    await world.append(perSecond.reverse());
    const { window } = await world.windows.share(query({ timeWindow: timeSpan(1, 'MINUTE') }));
    for (let second = 0; second < 130; second += 1) {
      await world.clock.advance(1000);
      await world.append([world.point({ v: 1 })]);
      const { value, previous, changePercent } = window.frame(world.log.now(), 1).value;
      expect([value, previous, changePercent]).toEqual([value, value, 0]);
    }
  });

  test('is read again from the log where it has too many points to keep', async () => {
    const world = new WindowWorld();
    const asked = query({ timeWindow: timeSpan(1, 'MINUTE'), aggregation: sum });
    const second = (n: number, count: number) =>
      Array.from({ length: count }, (_, i) => world.point({ v: (n * 7 + i) % 11 }, n * 1000 + ((i * 997) % 1000)));
    for (let n = 130; n > 0; n -= 1) await world.append(second(n, n % 20 === 0 ? 3000 : 120));
    const { window } = await world.windows.share(asked);
    const readAtFirst = world.slow.reads;
    for (let n = 0; n < 65; n += 1) {
      await world.append([...second(0, 120), world.point({ v: 5 }, 63_000 + 500 * (n % 5))]);
      await world.clock.advance(1000);
      world.windows.tick(world.log.now());
      await waitUntil('what is needed is read', () => window.frame(world.log.now(), 1).value.previous !== null);
      if (n % 5 === 0) expectExact(asked, window.frame(world.log.now(), 1).value, world.points, world.log.now());
    }
    expect(world.slow.reads).toBeGreaterThan(readAtFirst);
    expect(world.warnings).toEqual([]);
  });

  test('is tried again where it could not be read, which is logged once', async () => {
    const world = new WindowWorld();
    const asked = query({ timeWindow: timeSpan(1, 'MINUTE'), aggregation: sum });
    for (let n = 130; n > 0; n -= 1)
      await world.append(Array.from({ length: 120 }, () => world.point({ v: 1 }, n * 1000)));
    const { window } = await world.windows.share(asked);
    const previous = () => window.frame(world.log.now(), 1).value.previous;
    expect(previous()).toBeGreaterThan(0);
    world.slow.failure = new Error('disk gone');
    for (let n = 0; n < 90; n += 1) {
      await world.clock.advance(1000);
      world.windows.tick(world.log.now());
      await setImmediate();
    }
    // Within a pane, which is a second long.
    await world.clock.advance(500);
    expect([previous(), world.warnings]).toEqual([null, [expect.stringContaining('disk gone')]]);
    world.slow.failure = null;
    world.windows.tick(world.log.now());
    await waitUntil('it is read', () => previous() !== null);
  });

  test('is not computed where it is not asked for', async () => {
    const world = new WindowWorld();
    await world.append(somePoints(50));
    const { value } = await world.windows.value(query({ comparesPrevious: false }));
    expect([value.count, value.previous, value.changePercent]).toEqual([50, null, null]);
  });
});
