// Old points come again in their old rhythm, from now on.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PointInput } from '../../src/points/point.ts';
import { type ReplayOptions, replayPoints } from '../../src/sources/replay.ts';
import { CollectingSink } from '../support/collecting-sink.ts';
import { FakeClock } from '../support/fake-clock.ts';

const then = Date.UTC(2001, 0, 1);

function pointAt(ms: number | undefined, fields: Partial<PointInput> = {}): PointInput {
  const point = { entityType: 'stock', serviceId: 'nyse', data: { price: 1 }, ...fields };
  return ms === undefined ? point : { ...point, timestamp: new Date(then + ms).toISOString() };
}

async function* stream(points: readonly PointInput[]): AsyncGenerator<PointInput> {
  yield* points;
}

function setUp(points: readonly PointInput[], options: Partial<ReplayOptions> = {}) {
  const clock = new FakeClock();
  const start = clock.now();
  const sink = new CollectingSink();
  const count = replayPoints(stream(points), { sink, clock, speed: 1, ...options });
  const sinceStart = () => sink.points.map(({ timestamp }) => (timestamp ? Date.parse(timestamp) - start : undefined));
  return { clock, sink, count, sinceStart };
}

describe('a replay', () => {
  test('sends the first point now and the others at their old distances', async () => {
    const { clock, sink, count, sinceStart } = setUp([pointAt(0), pointAt(1000), pointAt(5000)]);
    await clock.advance(999);
    expect(sinceStart()).toEqual([0]);
    await clock.advance(1);
    expect(sinceStart()).toEqual([0, 1000]);
    await clock.advance(3999);
    expect(sink.points).toHaveLength(2);
    await clock.advance(1);
    expect(await count).toBe(3);
    expect(sinceStart()).toEqual([0, 1000, 5000]);
    expect(clock.timers).toBe(0);
  });

  test('at a speed divides the distances by it', async () => {
    const { clock, count, sinceStart } = setUp([pointAt(0), pointAt(60_000), pointAt(3_600_000)], { speed: 60 });
    await clock.advance(60_000);
    expect(await count).toBe(3);
    expect(sinceStart()).toEqual([0, 1000, 60_000]);
  });

  test('sends together what is due within the same 100 ms', async () => {
    const { clock, sink, count } = setUp([0, 40, 99, 100, 150, 420].map((ms) => pointAt(ms)));
    await clock.advance(420);
    expect(await count).toBe(6);
    expect(sink.batches.map((batch) => batch.length)).toEqual([3, 2, 1]);
  });

  test('keeps order, count and spacing, is never early, and never sends more than 500 at once', async () => {
    const gaps = fc.array(fc.oneof(fc.integer({ min: 0, max: 50 }), fc.constant(0), fc.constant(2000)), {
      maxLength: 80,
    });
    await fc.assert(
      fc.asyncProperty(gaps, fc.constantFrom(1, 2, 7.5, 0.5, 1e6), async (all, speed) => {
        let at = 0;
        const times = all.map((gap) => (at += gap));
        const { clock, sink, count, sinceStart } = setUp(
          times.map((ms, i) => pointAt(ms, { data: { i } })),
          { speed },
        );
        const send = sink.send.bind(sink);
        sink.send = (points) => {
          for (const { timestamp } of points) expect(Date.parse(timestamp ?? '')).toBeLessThanOrEqual(clock.now());
          return send(points);
        };
        await clock.advance(Math.ceil(at / speed) + 1);
        expect(await count).toBe(all.length);
        expect(sink.points.map(({ data }) => data['i'])).toEqual(all.map((_, i) => i));
        expect(sinceStart()).toEqual(times.map((ms) => Math.round((ms - (times[0] ?? 0)) / speed)));
      }),
      { numRuns: 30 },
    );
    const { sink, count } = setUp(Array.from({ length: 1200 }, () => pointAt(0)));
    expect(await count).toBe(1200);
    expect(sink.batches.map((batch) => batch.length)).toEqual([500, 500, 200]);
  });

  test('sends a point that is older than the one before it at once, with its distance kept', async () => {
    const { clock, count, sinceStart } = setUp([pointAt(0), pointAt(1000), pointAt(400), pointAt(2000)]);
    await clock.advance(999);
    expect(sinceStart()).toEqual([0]);
    await clock.advance(1);
    expect(sinceStart()).toEqual([0, 1000, 400]);
    await clock.advance(1000);
    expect(await count).toBe(4);
  });

  test('sends a point without a time that can be read as it is, with the one before it', async () => {
    const odd = { ...pointAt(undefined), timestamp: 'soon' };
    const { clock, sink, count } = setUp([pointAt(undefined), pointAt(0), pointAt(1000), odd, pointAt(2000)]);
    await clock.advance(1000);
    expect(sink.points).toHaveLength(4);
    await clock.advance(1000);
    expect(await count).toBe(5);
    expect([sink.points[0], sink.points[3]]).toEqual([pointAt(undefined), odd]);
  });

  test('leaves keys out, so that a second replay is not taken for a repetition of the first', async () => {
    const { sink, count } = setUp([pointAt(0, { key: 'receipt 17', metadata: { source: 'till' } })]);
    await count;
    expect(sink.points[0]).not.toHaveProperty('key');
    expect(sink.points[0]).toMatchObject({ metadata: { source: 'till' }, data: { price: 1 } });
  });

  test('waits for a slow sink, reads no further meanwhile, and catches up', async () => {
    let read = 0;
    async function* counted() {
      for (let i = 0; i < 100; i += 1) {
        read += 1;
        yield pointAt(i * 1000);
      }
    }
    const clock = new FakeClock();
    const sink = new CollectingSink();
    sink.hold();
    const count = replayPoints(counted(), { sink, clock, speed: 1 });
    await clock.advance(50_000);
    expect([sink.inFlight, sink.points.length]).toEqual([1, 0]);
    expect(read).toBeLessThanOrEqual(2);
    sink.release();
    await clock.advance(0);
    expect(sink.points).toHaveLength(51);
    expect(sink.mostInFlight).toBe(1);
    await clock.advance(49_000);
    expect(await count).toBe(100);
  });

  test('ends early with the count so far where it is told to, and closes what it reads from', async () => {
    let isClosed = false;
    async function* endless() {
      try {
        for (let i = 0; ; i += 1) yield pointAt(i * 1000);
      } finally {
        isClosed = true;
      }
    }
    const clock = new FakeClock();
    const ending = new AbortController();
    const count = replayPoints(endless(), { sink: new CollectingSink(), clock, speed: 1, signal: ending.signal });
    await clock.advance(2500);
    ending.abort();
    expect(await count).toBe(3);
    expect(isClosed).toBe(true);
    expect(clock.timers).toBe(0);
  });

  test('ends with the error of a send that fails', async () => {
    const { sink, count } = setUp([pointAt(0)]);
    sink.failure = new Error('no room');
    await expect(count).rejects.toThrow('no room');
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('at speed %d is refused', async (speed) => {
    await expect(setUp([], { speed }).count).rejects.toThrow(`a speed is a number above 0, not ${speed}`);
  });

  test('of nothing sends nothing', async () => {
    expect(await setUp([]).count).toBe(0);
  });
});
