// A simulation sends what it says, in a form that is accepted, and can be stopped at any moment.
import { describe, expect, test } from 'vitest';
import { defaultPointRules, validatePoint } from '../../src/points/validate-point.ts';
import { type SimulationOptions, simulate } from '../../src/sources/simulator.ts';
import { CollectingSink } from '../support/collecting-sink.ts';
import { FakeClock } from '../support/fake-clock.ts';

function setUp(options: Partial<SimulationOptions> = {}) {
  const clock = new FakeClock();
  const sink = new CollectingSink();
  const errors: unknown[] = [];
  const simulation = simulate({
    entityType: 'orders',
    serviceId: 'web',
    count: 3,
    intervalMs: 2000,
    seed: 1,
    sink,
    clock,
    onError: (error) => errors.push(error),
    ...options,
  });
  return { clock, sink, errors, simulation };
}

async function pointsOf(options: Partial<SimulationOptions>) {
  const { clock, sink, simulation } = setUp(options);
  await clock.advance(2000 * simulation.count);
  await simulation.done;
  return sink.points;
}

describe('a simulation', () => {
  test('sends the first point at once, then one an interval, and is done', async () => {
    const { clock, sink, simulation } = setUp();
    const start = clock.now();
    await clock.advance(0);
    expect([simulation.sent, simulation.isRunning]).toEqual([1, true]);
    await clock.advance(2000);
    expect([simulation.sent, simulation.isRunning]).toEqual([2, true]);
    await clock.advance(2000);
    await simulation.done;
    expect([simulation.sent, simulation.isRunning]).toEqual([3, false]);
    expect(sink.points.map(({ timestamp }) => Date.parse(timestamp ?? '') - start)).toEqual([0, 2000, 4000]);
    expect(clock.timers).toBe(0);
  });

  test('gives valid points of one series, with value, amount, status and metadata', async () => {
    const points = await pointsOf({ count: 200 });
    for (const point of points) {
      expect(validatePoint(point, Date.parse(point.timestamp ?? ''), defaultPointRules)).toBeTypeOf('object');
      expect(point).toMatchObject({ entityType: 'orders', serviceId: 'web', metadata: { source: 'simulation' } });
      expect(point.data['amount']).toBeGreaterThanOrEqual(0);
      expect(['active', 'pending', 'inactive']).toContain(point.data['status']);
    }
    const active = points.filter(({ data }) => data['status'] === 'active');
    expect(active.length / points.length).toBeGreaterThan(0.8);
    const values = points.map(({ data }) => data['value'] as number);
    expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(30);
  });

  test('is the same again for the same seed and start, and another for another seed', async () => {
    const points = await pointsOf({ count: 20, seed: 5 });
    expect(await pointsOf({ count: 20, seed: 5 })).toEqual(points);
    expect(await pointsOf({ count: 20, seed: 6 })).not.toEqual(points);
  });

  test('tells how many were accepted', async () => {
    const heard: number[] = [];
    await pointsOf({ onSent: (sent) => heard.push(sent) });
    expect(heard).toEqual([1, 2, 3]);
  });

  test('reports a failed send and goes on, without counting it', async () => {
    const { clock, sink, errors, simulation } = setUp();
    sink.failure = new Error('no room');
    await clock.advance(0);
    sink.failure = undefined;
    await clock.advance(4000);
    await simulation.done;
    expect(errors).toEqual([new Error('no room')]);
    expect(simulation.sent).toBe(2);
  });

  test('waits for a slow sink and makes nothing up afterwards', async () => {
    const { clock, sink, simulation } = setUp({ count: 100 });
    await clock.advance(0);
    sink.hold();
    await clock.advance(9000);
    expect([sink.inFlight, simulation.sent]).toEqual([1, 1]);
    sink.release();
    await clock.advance(500);
    expect([sink.mostInFlight, simulation.sent]).toEqual([1, 2]);
    await clock.advance(500);
    expect(simulation.sent).toBe(3);
    await simulation.stop();
  });

  test('stops once the send in flight has settled, and leaves no timer', async () => {
    const { clock, sink, simulation } = setUp();
    sink.hold();
    await clock.advance(0);
    const stopped = simulation.stop();
    expect(simulation.isRunning).toBe(true);
    sink.release();
    await stopped;
    await simulation.done;
    expect([simulation.isRunning, simulation.sent, sink.inFlight, clock.timers]).toEqual([false, 1, 0, 0]);
  });

  test('of no points is done at once', async () => {
    const { sink, simulation } = setUp({ count: 0 });
    await simulation.done;
    expect(simulation.isRunning).toBe(false);
    expect(sink.points).toEqual([]);
  });
});
