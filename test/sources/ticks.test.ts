// The loop of every source: its times, what a slow or failing tick does, and that stopping leaves nothing.
import { describe, expect, test } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { startTicks, type TickOptions } from '../../src/sources/ticks.ts';
import { FakeClock } from '../support/fake-clock.ts';

function setUp(options: Partial<TickOptions> = {}) {
  const clock = new FakeClock();
  const errors: unknown[] = [];
  const at: number[] = [];
  const onError = (error: unknown) => errors.push(error);
  const start = (tick: (index: number) => Promise<void> = async () => undefined) =>
    startTicks({ clock, intervalMs: 1000, onError, ...options }, async (index) => {
      at.push(clock.monotonic());
      await tick(index);
    });
  return { clock, errors, at, start };
}

describe('ticks', () => {
  test('come at once and then at each whole interval', async () => {
    const { clock, at, start } = setUp();
    const ticks = start();
    await clock.advance(3500);
    expect(at).toEqual([0, 1000, 2000, 3000]);
    await ticks.stop();
  });

  test('that fall while one runs fall out, and the next comes at its place', async () => {
    const { clock, at, start } = setUp();
    const slow = Promise.withResolvers<void>();
    const ticks = start((index) => (index === 1 ? slow.promise : Promise.resolve()));
    await clock.advance(3400);
    slow.resolve();
    await clock.advance(2000);
    expect(at).toEqual([0, 1000, 4000, 5000]);
    await ticks.stop();
  });

  test('are not repeated where a timer fires a little early', async () => {
    const { clock, at } = setUp();
    const early: Clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      after: (delayMs, run) => clock.after(delayMs - 0.4, run),
      every: (intervalMs, run) => clock.every(intervalMs, run),
    };
    const ticks = startTicks({ clock: early, intervalMs: 1000, onError: () => undefined }, async () => {
      at.push(Math.round(clock.monotonic()));
    });
    await clock.advance(4000);
    expect(at).toEqual([0, 1000, 2000, 3000, 4000]);
    await ticks.stop();
  });

  test('go on after one that fails, which is told', async () => {
    const { clock, errors, at, start } = setUp();
    const failure = new Error('no room');
    const ticks = start(async (index) => {
      if (index === 0) throw failure;
    });
    await clock.advance(1000);
    expect(errors).toEqual([failure]);
    expect(at).toEqual([0, 1000]);
    await ticks.stop();
  });

  test('end after as many as were asked for, at once where that is none', async () => {
    const { clock, at, start } = setUp({ times: 2 });
    const ticks = start();
    await clock.advance(1000);
    await ticks.ended;
    expect(at).toEqual([0, 1000]);
    expect(clock.timers).toBe(0);

    const none = setUp({ times: 0 });
    await none.start().ended;
    expect(none.at).toEqual([]);
  });

  test('leave no timer once they are stopped, and stopping twice is no harm', async () => {
    const { clock, at, start } = setUp();
    const ticks = start();
    await clock.advance(0);
    expect(clock.timers).toBe(1);
    await ticks.stop();
    await ticks.stop();
    await clock.advance(5000);
    expect(clock.timers).toBe(0);
    expect(at).toEqual([0]);
  });

  test('are stopped only when the one that runs has ended', async () => {
    const { clock, start } = setUp();
    const slow = Promise.withResolvers<void>();
    let isStopped = false;
    const ticks = start(() => slow.promise);
    const stopped = ticks.stop().then(() => {
      isStopped = true;
    });
    await clock.advance(5000);
    expect(isStopped).toBe(false);
    slow.resolve();
    await stopped;
    expect(clock.timers).toBe(0);
  });
});
