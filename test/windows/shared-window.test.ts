// A window against all points it was given, at any moment.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { timeSpan } from '../../src/base/time-span.ts';
import type { StoredPoint } from '../../src/points/point.ts';
import { computedOf } from '../../src/windows/computed.ts';
import { SharedPanes } from '../../src/windows/shared-panes.ts';
import { SharedWindow } from '../../src/windows/shared-window.ts';
import type { WindowQuery } from '../../src/windows/window-query.ts';
import { expectExact, expectHistory } from './brute-force.ts';
import { count, data, queries, query, sum } from './queries.ts';

const start = Date.UTC(2026, 10, 24, 12);
const epoch = 1;

class World {
  readonly window: SharedWindow;
  readonly #panes: readonly SharedPanes[];
  readonly points: StoredPoint[] = [];
  now = start;

  constructor(of: WindowQuery, maxGroups = 1000, maxWindowBytes = 1e8) {
    this.#panes = computedOf(of).panes.map((one) => new SharedPanes(one, { maxGroups, maxWindowBytes }));
    for (const panes of this.#panes) panes.compare();
    this.window = new SharedWindow(
      of,
      this.#panes.map((panes) => ({ panes })),
    );
  }

  add(timestamp: number, fields: JsonObject, serviceId = 'web'): void {
    const offset = this.points.length + 1;
    const point = { entityType: 'orders', serviceId, timestamp, data: fields, metadata: null, series: 1, offset };
    this.points.push({ ...point, receivedAt: this.now });
    for (const panes of this.#panes) panes.addPoint({ ...point, receivedAt: this.now }, this.now);
    for (const { panes } of this.#panes) panes.check();
  }

  get value() {
    return this.window.frame(this.now, epoch).value;
  }
}

type Step =
  | {
      readonly do: 'add';
      readonly back: number;
      readonly ahead: number;
      readonly data: JsonObject;
      readonly serviceId: string;
    }
  | { readonly do: 'advance'; readonly by: number }
  | { readonly do: 'check'; readonly buckets: number };

// Times in lengths of the window; some on the edge of a pane, some late, some of too long ago.
const back = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: 0, max: 1.1, noNaN: true }) },
  { weight: 2, arbitrary: fc.double({ min: 0, max: 2.6, noNaN: true }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 130 }).map((panes) => panes / 60) },
);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('add' as const),
        back,
        ahead: fc.constantFrom(0, 0, 0, 1, 800, 10_000),
        data,
        serviceId: fc.constantFrom('web', 'app'),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('advance' as const),
        by: fc.constantFrom(0.0001, 0.013, 1 / 60, 0.4, 1, 3),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('check' as const), buckets: fc.integer({ min: 1, max: 60 }) }),
    },
  ),
  { maxLength: 40 },
);

function check({ window, points, now, value }: World, buckets: number): void {
  expectExact(window.query, value, points, now);
  expectHistory(window.query, window.history(now, buckets), points, { now, asked: buckets });
}

test('value, groups, the window before and every step of the past are exact for the bounds printed with them', () => {
  fc.assert(
    fc.property(
      queries,
      steps,
      fc.integer({ min: 0, max: 3_600_000 }),
      fc.integer({ min: 1, max: 60 }),
      (of, all, at, last) => {
        const world = new World(of);
        world.now += at;
        for (const step of all) {
          if (step.do === 'advance') world.now += Math.ceil(step.by * of.timeWindow.ms);
          else if (step.do === 'check') check(world, step.buckets);
          else {
            const time = step.ahead > 0 ? world.now + step.ahead : world.now - Math.floor(step.back * of.timeWindow.ms);
            world.add(time, step.data, step.serviceId);
          }
        }
        check(world, last);
      },
    ),
    { numRuns: 250 },
  );
});

describe('a window of a minute', () => {
  test('slides with time: points enter with windowEnd and leave with windowStart, to the millisecond', () => {
    const world = new World(query());
    const first = start + 500;
    world.now = first;
    world.add(first, {});
    expect(world.value).toMatchObject({ count: 1, windowStart: start - 60_000, windowEnd: first });
    world.now = start + 60_999;
    expect(world.value).toMatchObject({ count: 1, windowStart: start });
    world.now = start + 61_000;
    expect(world.value).toMatchObject({ count: 0, previous: 1, windowStart: start + 1000 });
    world.now = start + 121_000;
    expect(world.value).toMatchObject({ count: 0, previous: 0 });
  });

  test('counts a late point in the window, in the one before, or nowhere, by its own time', () => {
    const world = new World(query());
    world.now += 500;
    for (const back of [1000, 59_000, 61_000, 119_000, 121_000, 3_600_000]) world.add(world.now - back, {});
    expect(world.value).toMatchObject({ count: 2, previous: 2 });
  });

  test('lets a point that is ahead of the clock in when its time has come', () => {
    const world = new World(query({ aggregation: { function: 'LAST', field: 'v', quantile: null } }));
    world.add(start + 10_000, { v: 1 });
    world.add(start + 1, { v: 2 });
    expect(world.value).toMatchObject({ count: 0, value: null });
    world.now = start + 1;
    expect(world.value).toMatchObject({ count: 1, value: 2 });
    world.now = start + 9999;
    expect(world.value.count).toBe(1);
    world.now = start + 10_000;
    expect(world.value).toMatchObject({ count: 2, value: 1 });
  });

  test('says how much it changed against the window before', () => {
    const world = new World(query({ aggregation: sum }));
    const percentOf = (before: number, after: number) => {
      const other = new World(query({ aggregation: sum }));
      other.add(start - 90_000, { v: before });
      other.add(start - 1000, { v: after });
      return other.value.changePercent;
    };
    expect(world.value).toMatchObject({ value: null, previous: null, changePercent: null });
    expect([percentOf(10, 15), percentOf(-10, -15), percentOf(-10, 5)]).toEqual([50, -50, 150]);
    expect([percentOf(0, 5), percentOf(1e-300, 1e300)]).toEqual([null, null]);
  });

  test('gives the same frame again where neither time nor points have moved, else a newer one', () => {
    const world = new World(query());
    const frames = [world.window.frame(start, epoch), world.window.frame(start, epoch)];
    world.add(start - 5, {});
    frames.push(world.window.frame(start, epoch), world.window.frame(start + 1, epoch));
    expect(frames[1]).toBe(frames[0]);
    expect(frames.map(({ sequence }) => sequence)).toEqual([1, 1, 2, 3]);
    expect(frames.map(({ value }) => value.count)).toEqual([0, 0, 1, 1]);
    expect(frames.map(({ asOf }) => asOf)).toEqual([start, start, start, start + 1]);
  });

  test('keeps the edges of the steps of its past while it moves', () => {
    const world = new World(query());
    for (let i = 0; i < 60; i += 1) world.add(start - i * 1000, {});
    const before = world.window.history(start, 12);
    world.now += 7300;
    const after = world.window.history(world.now, 12);
    const edges = (buckets: typeof before) => buckets.map(({ start: from, end }) => [from, end]);
    expect(edges(before).slice(1)).toEqual(edges(after).slice(0, before.length - 1));
    expect(before.map((bucket) => bucket.count).slice(1)).toEqual(
      after.map((bucket) => bucket.count).slice(0, before.length - 1),
    );
    expect(before.map(({ end, start: from }) => end - from)).toEqual(Array(12).fill(5000));
  });
});

describe('groups past their limit', () => {
  const grouped = query({ groupBy: ['k'], timeWindow: timeSpan(1, 'MINUTE'), aggregation: count });
  const rows = ({ value }: World) =>
    value.groups.map(({ key, count: points, isOther }) => [isOther ? 'other' : key[0]?.value, points]);

  test('are folded into one row that says so, and get a place when one falls free', () => {
    const world = new World(grouped, 2);
    for (const k of ['a', 'b', 'c', 'd', 'a']) world.add(world.now, { k });
    expect(rows(world)).toEqual([
      ['a', 2],
      ['b', 1],
      ['other', 2],
    ]);
    // The window before still holds a and b.
    world.now += 90_000;
    world.add(world.now, { k: 'c' });
    expect(rows(world)).toEqual([['other', 1]]);
    world.now += 59_000;
    world.add(world.now, { k: 'c' });
    // Some of its points are among the others: a row of its own would be wrong.
    expect(rows(world)).toEqual([['other', 2]]);
    world.now += 40_000;
    world.add(world.now, { k: 'c' });
    expect(rows(world)).toEqual([['c', 2]]);
  });

  test('make no row of a formula wrong: what cannot be told is null', () => {
    const operands = [
      { name: 'bad', aggregation: count, filters: [{ field: 'ok', op: 'EQ' as const, values: [false] }], where: null },
      { name: 'all', aggregation: count, filters: [], where: null },
    ];
    const world = new World(query({ aggregation: null, formula: '100 * bad / all', operands, groupBy: ['k'] }), 2);
    for (const [k, ok] of [
      ['x', true],
      ['y', true],
      ['a', false],
      ['b', false],
      ['x', false],
      ['x', false],
    ] as const) {
      world.add(world.now, { k, ok });
    }
    expect(world.value.value).toBeCloseTo((100 * 4) / 6);
    expect(world.value.groups.map(({ key, value, isOther }) => [isOther ? 'other' : key[0]?.value, value])).toEqual([
      ['x', null],
      ['y', null],
      ['other', null],
    ]);
  });

  test('together with those of `top` are one row, and nothing is left out of the total', () => {
    const world = new World({ ...grouped, top: 1 }, 3);
    for (const k of ['a', 'a', 'a', 'b', 'b', 'c', 'd', 'e']) world.add(world.now, { k });
    expect(rows(world)).toEqual([
      ['a', 3],
      ['other', 5],
    ]);
    expect(world.value.count).toBe(8);
  });

  test('of equal value come in the order of their keys, those without a value last', () => {
    const world = new World(query({ groupBy: ['k'], aggregation: sum }));
    for (const [k, v] of [
      ['x', null],
      ['b', 1],
      ['c', 2],
      ['a', 1],
    ] as const) {
      world.add(world.now, { k, v });
    }
    expect(world.value.groups.map(({ key, value }) => [key[0]?.value, value])).toEqual([
      ['c', 2],
      ['a', 1],
      ['b', 1],
      ['x', null],
    ]);
  });
});
