// The made-up shop: valid points in order, with a daily shape and an incident where it was promised.
import { describe, expect, test } from 'vitest';
import type { PointInput } from '../../src/points/point.ts';
import { defaultPointRules, validatePoint } from '../../src/points/validate-point.ts';
import { dailyShape, demoBackfill, demoState, demoTick, isIncident, startDemo } from '../../src/sources/demo.ts';
import { CollectingSink } from '../support/collecting-sink.ts';
import { FakeClock } from '../support/fake-clock.ts';

const start = Date.UTC(2026, 10, 24, 15, 0, 0);
const minute = 60_000;

/** The points of the first minutes after the start, made in live ticks. */
function firstMinutes(minutes: number, seed = 1): PointInput[] {
  const state = demoState(seed, start);
  const points: PointInput[] = [];
  for (let time = start; time <= start + minutes * minute; time += 500) points.push(...demoTick(state, time));
  return points;
}

function times(points: readonly PointInput[]): number[] {
  return points.map(({ timestamp }) => Date.parse(timestamp ?? ''));
}

function expectOrdered(points: readonly PointInput[]): void {
  const all = times(points);
  expect(all).toEqual([...all].sort((a, b) => a - b));
}

function share(points: readonly PointInput[], status: string): number {
  return points.filter(({ data }) => data['status'] === status).length / points.length;
}

function median(points: readonly PointInput[], field: string): number {
  const values = points.map(({ data }) => data[field] as number).sort((a, b) => a - b);
  return values[values.length >> 1] ?? Number.NaN;
}

describe('the demo', () => {
  test('gives valid points in the order of their time, none ahead of the tick', () => {
    const state = demoState(1, start);
    let before = start;
    for (let time = start + 500; time <= start + 10 * minute; time += 500) {
      const points = demoTick(state, time);
      for (const point of points) {
        expect(validatePoint(point, time, { ...defaultPointRules, maxAheadMs: 0 })).toBeTypeOf('object');
      }
      expectOrdered(points);
      expect(times(points).every((at) => at > before && at <= time)).toBe(true);
      before = time;
    }
  });

  test('gives 10 to 20 points a second from its seven services at any time of the day', () => {
    for (let hour = 0; hour < 24; hour += 3) {
      const state = demoState(hour, start + hour * 60 * minute);
      const points = [];
      for (let i = 1; i <= 10; i += 1) points.push(...demoTick(state, state.startedAt + i * 30_000));
      expect(points.length / 300).toBeGreaterThan(9);
      expect(points.length / 300).toBeLessThan(21);
      expect(new Set(points.map(({ entityType, serviceId }) => `${entityType}/${serviceId}`)).size).toBe(7);
    }
  });

  test('looks like a business', () => {
    const points = [...demoBackfill({ seed: 1, until: start, spanMs: 20 * minute })].flat();
    const of = (entityType: string) => points.filter((point) => point.entityType === entityType);
    for (const { data } of of('demo_orders')) {
      expect(data['amount']).toBeGreaterThan(0);
      expect(data['items']).toBeGreaterThanOrEqual(1);
      expect(data['amount']).toBe(Math.round((data['amount'] as number) * 100) / 100);
    }
    expect(share(of('demo_orders'), 'paid')).toBeGreaterThan(0.9);
    expect(share(of('demo_requests'), '200')).toBeGreaterThan(0.95);
    expect(median(of('demo_requests'), 'latency')).toBeLessThan(100);
    for (const { data } of of('demo_sensors')) {
      expect(data['temperature']).toBeGreaterThan(15);
      expect(data['temperature']).toBeLessThan(24);
      expect(data['humidity']).toBeGreaterThan(35);
      expect(data['humidity']).toBeLessThan(70);
    }
    expect(times(of('demo_sensors'))).toEqual(
      Array.from({ length: 600 }, (_, i) => start - 20 * minute + (i + 1) * 2000),
    );
  });

  test('is the same again for the same seed', () => {
    expect(firstMinutes(1, 5)).toEqual(firstMinutes(1, 5));
    expect(firstMinutes(1, 5)).not.toEqual(firstMinutes(1, 6));
  });

  test('makes no point twice, whatever the ticks', () => {
    const state = demoState(1, start);
    demoTick(state, start + 5000);
    expect(demoTick(state, start + 5000)).toEqual([]);
    expect(demoTick(state, start + 4000)).toEqual([]);
    expect(times(demoTick(state, start + 6000)).every((at) => at > start + 5000)).toBe(true);
  });
});

describe('the incident', () => {
  test('lasts 45 s, a minute after the start and every quarter of an hour from then, never before', () => {
    const seconds = Array.from({ length: 2400 }, (_, i) => i - 300).filter((s) => isIncident(start + s * 1000, start));
    const expected = [60, 960, 1860].flatMap((from) => Array.from({ length: 45 }, (_, i) => from + i));
    expect(seconds).toEqual(expected);
  });

  test('makes the checkout about six times slower and lets payments fail, and nothing else', () => {
    const points = firstMinutes(16);
    const split = (choose: (point: PointInput) => boolean) => {
      const chosen = points.filter(choose);
      const during = chosen.filter(({ timestamp }) => isIncident(Date.parse(timestamp ?? ''), start));
      return { during, otherwise: chosen.filter((point) => !during.includes(point)) };
    };
    const checkout = split(({ serviceId }) => serviceId === 'checkout');
    const slower = median(checkout.during, 'latency') / median(checkout.otherwise, 'latency');
    expect(slower).toBeGreaterThan(4.5);
    expect(slower).toBeLessThan(7.5);
    const shop = split(({ serviceId }) => serviceId === 'api-1');
    expect(median(shop.during, 'latency') / median(shop.otherwise, 'latency')).toBeLessThan(1.3);
    const orders = split(({ entityType }) => entityType === 'demo_orders');
    expect(share(orders.during, 'failed')).toBeGreaterThan(0.15);
    expect(share(orders.otherwise, 'failed')).toBeLessThan(0.06);
  });
});

test('a day has one average hour on average, its evening busier than its night', () => {
  const hours = Array.from({ length: 24 }, (_, hour) => dailyShape(start + hour * 60 * minute));
  expect(hours.reduce((sum, shape) => sum + shape, 0) / 24).toBeCloseTo(1, 9);
  expect(dailyShape(Date.UTC(2026, 0, 1, 19))).toBeGreaterThan(1.2);
  expect(dailyShape(Date.UTC(2026, 0, 1, 5))).toBeLessThan(0.8);
  expect(Math.min(...hours)).toBeGreaterThan(0.5);
});

describe('the backfill', () => {
  test('is the hour before, oldest first, as dense as what follows and without an incident', () => {
    const points = [...demoBackfill({ seed: 1, until: start })].flat();
    expectOrdered(points);
    const all = times(points);
    expect(all[0]).toBeGreaterThan(start - 60 * minute);
    expect(all[0]).toBeLessThan(start - 59 * minute);
    expect(all.at(-1)).toBeLessThanOrEqual(start);
    expect(points.length / 60 / firstMinutes(1).length).toBeCloseTo(1, 0);
    expect(
      share(
        points.filter(({ entityType }) => entityType === 'demo_orders'),
        'failed',
      ),
    ).toBeLessThan(0.06);
  });

  test('may be of any length', () => {
    const batches = [...demoBackfill({ seed: 1, until: start, spanMs: 70_000 })];
    expect(batches).toHaveLength(3);
    expect(times(batches.flat()).every((at) => at > start - 70_000 && at <= start)).toBe(true);
    expect([...demoBackfill({ seed: 1, until: start, spanMs: 0 })]).toEqual([]);
  });
});

describe('the running demo', () => {
  function setUp() {
    const clock = new FakeClock(start);
    const sink = new CollectingSink();
    const errors: unknown[] = [];
    const demo = startDemo({ sink, clock, seed: 1, onError: (error) => errors.push(error) });
    return { clock, sink, errors, demo };
  }

  test('sends twice a second until it is stopped, and leaves no timer', async () => {
    const { clock, sink, demo } = setUp();
    await clock.advance(10_000);
    expect(sink.batches.length).toBeGreaterThan(15);
    expect(times(sink.points).at(-1)).toBeGreaterThan(start + 9000);
    await demo.stop();
    const { length } = sink.points;
    await clock.advance(10_000);
    expect(sink.points).toHaveLength(length);
    expect(clock.timers).toBe(0);
  });

  test('reports a failed send and goes on', async () => {
    const { clock, sink, errors, demo } = setUp();
    sink.failure = new Error('no room');
    await clock.advance(2000);
    expect(errors.length).toBeGreaterThan(1);
    expect(errors[0]).toBe(sink.failure);
    sink.failure = undefined;
    await clock.advance(2000);
    expect(sink.points.length).toBeGreaterThan(0);
    await demo.stop();
  });

  test('makes up for a short pause, and not for a long one', async () => {
    const { clock, sink, errors, demo } = setUp();
    await clock.advance(1000);
    sink.hold();
    await clock.advance(3000);
    sink.release();
    await clock.advance(1000);
    const covered = times(sink.points).filter((at) => at > start + 2000 && at <= start + 4000);
    expect(covered.length).toBeGreaterThan(10);
    sink.hold();
    await clock.advance(600_000);
    sink.release();
    await clock.advance(1000);
    expect(Math.max(...sink.batches.map((batch) => batch.length))).toBeLessThan(200);
    expect(times(sink.points).filter((at) => at > start + 100_000 && at < start + 590_000)).toEqual([]);
    expect([errors, sink.mostInFlight]).toEqual([[], 1]);
    await demo.stop();
  });
});
