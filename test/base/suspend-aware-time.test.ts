// Monotonic time across a suspend of the machine.
import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { SuspendAwareTime } from '../../src/base/suspend-aware-time.ts';

function machine(startUptime: number | null = 5000) {
  const now = { running: 100, uptime: startUptime };
  const time = new SuspendAwareTime({ runningMs: () => now.running, uptimeMs: () => now.uptime });
  const run = (ms: number) => {
    now.running += ms;
    if (now.uptime !== null) now.uptime += ms;
  };
  const suspend = (ms: number) => {
    if (now.uptime !== null) now.uptime += ms;
  };
  return { time, run, suspend };
}

test('a suspend counts within a second of running time, or at once where it is asked for', () => {
  const { time, run, suspend } = machine();
  run(400);
  expect(time.read()).toBe(500);
  suspend(3_600_000);
  run(599);
  expect(time.read()).toBe(1099);
  run(1);
  expect(time.read()).toBe(3_601_100);
  suspend(60_000);
  expect(time.read()).toBe(3_601_100);
  expect(time.readChecked()).toBe(3_661_100);
  expect(time.read()).toBe(3_661_100);
});

test('the coarse steps of the uptime do not show, and short suspends count once they add up to two seconds', () => {
  const { time, run, suspend } = machine();
  suspend(999);
  run(1000);
  expect(time.read()).toBe(1100);
  suspend(999);
  run(1000);
  expect(time.read()).toBe(2100);
  suspend(2);
  run(1000);
  expect(time.read()).toBe(5100);
});

test('without an uptime it is the running time', () => {
  const { time, run } = machine(null);
  run(5000);
  expect([time.read(), time.readChecked()]).toEqual([5100, 5100]);
});

test('the machine has a boot, which is the same each time', () => {
  const first = systemClock.boot?.();
  expect(first?.id).toMatch(/^[0-9a-f-]{36}$/);
  expect(systemClock.boot?.()?.id).toBe(first?.id);
  expect(first?.uptimeMs).toBeGreaterThan(0);
});
