// The log's times under a wall clock that is stepped.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LogClock, type LogClockOptions, settleMs } from '../../src/store/log-clock.ts';
import { FakeClock } from '../support/fake-clock.ts';

const start = Date.UTC(2026, 10, 24, 12);
const secondMs = 1000;
const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;
const yearMs = 365 * dayMs;
const maxClockStepMs = 10 * minuteMs;

function world(options: Partial<LogClockOptions> = {}, clock = new FakeClock(start)) {
  const log = new LogClock({ clock, maxClockStepMs, newestArrival: null, saved: null, ...options });
  const step = (ms: number) => clock.setNow(clock.now() + ms);
  return { clock, log, step };
}

describe('a step that is too large', () => {
  test.each([hourMs, 40 * dayMs, 10 * yearMs, -hourMs, -40 * dayMs, -10 * yearMs])(
    'of %d ms is not believed while it lasts, and leaves nothing behind',
    (ms) => {
      const { clock, log, step } = world();
      step(ms);
      for (let second = 1; second <= 70; second += 1) {
        clock.pass(secondMs);
        expect([log.now(), log.arrival(), log.deletion()]).toEqual(Array(3).fill(start + second * secondMs));
        expect(log.latest()).toBe(Math.max(log.now(), clock.now()));
      }
      expect(log.state.step).toEqual({ since: start + secondMs, takenOverAt: start + secondMs + settleMs });
      step(-ms);
      clock.pass(secondMs);
      expect([log.now(), log.latest(), log.deletion()]).toEqual(Array(3).fill(start + 71 * secondMs));
      expect([log.state.step, log.state.takenOver]).toEqual([null, 0]);
    },
  );

  test('is taken over after ten minutes without another, for everything but deletion', () => {
    const { clock, log, step } = world();
    step(40 * dayMs);
    log.now();
    clock.pass(settleMs - 1);
    expect(log.now()).toBe(start + settleMs - 1);
    clock.pass(1);
    expect([log.now(), log.arrival(), log.latest()]).toEqual(Array(3).fill(start + settleMs + 40 * dayMs));
    expect(log.deletion()).toBe(start + settleMs);
    expect(log.state).toMatchObject({ step: null, takenOver: 1 });
    clock.pass(hourMs);
    expect(log.deletion()).toBe(start + settleMs + hourMs);
  });

  test('begins its ten minutes again with every further step', () => {
    const { clock, log, step } = world();
    for (let i = 0; i < 5; i += 1) {
      step(hourMs);
      log.now();
      clock.pass(settleMs - 1);
      expect(log.now()).toBe(start + (i + 1) * (settleMs - 1));
    }
    clock.pass(1);
    expect(log.now()).toBe(clock.now());
  });

  test('is taken over at once where somebody vouches for it, for deletion too', () => {
    const { log, step } = world();
    step(40 * dayMs);
    expect(log.now()).toBe(start);
    log.accept();
    expect([log.now(), log.deletion()]).toEqual([start + 40 * dayMs, start + 40 * dayMs]);
    expect(log.state).toMatchObject({ step: null, takenOver: 1 });
  });

  test('backward, once it is taken over, halves the rate until the wall clock has caught up', () => {
    const { clock, log, step } = world();
    step(-hourMs);
    log.accept();
    expect(log.now()).toBe(start);
    clock.pass(hourMs);
    expect([log.now(), log.latest()]).toEqual([start + hourMs / 2, start + hourMs / 2]);
    clock.pass(hourMs);
    expect([log.now(), clock.now()]).toEqual([start + hourMs, start + hourMs]);
    clock.pass(hourMs);
    expect(log.now()).toBe(clock.now());
  });
});

describe('a small step', () => {
  test('forward is taken over at once, but not for deletion', () => {
    const { clock, log, step } = world();
    step(maxClockStepMs);
    expect([log.now(), log.deletion()]).toEqual([start + maxClockStepMs, start]);
    clock.pass(secondMs);
    expect([log.now(), log.deletion()]).toEqual([clock.now(), start + secondMs]);
  });

  test('back lets the time run slower, and it never stands still', () => {
    const { clock, log, step } = world();
    step(-5 * minuteMs);
    clock.pass(5 * minuteMs);
    expect(log.now()).toBe(start + 2.5 * minuteMs);
    clock.pass(5 * minuteMs);
    expect([log.now(), clock.now()]).toEqual([start + 5 * minuteMs, start + 5 * minuteMs]);
  });
});

describe('after a start', () => {
  test('downtime is believed however long, and proves nothing to deletion', () => {
    const clock = new FakeClock(start);
    const saved = { deletion: start - 400 * dayMs, time: start - 400 * dayMs, boot: null };
    const { log } = world({ saved, newestArrival: start - 400 * dayMs }, clock);
    expect([log.now(), log.arrival(), log.latest()]).toEqual([start, start, start]);
    expect(log.deletion()).toBe(start - 400 * dayMs);
  });

  test('of the process alone, deletion counts the time that passed, and a stepped clock is found out', () => {
    const clock = new FakeClock(start);
    clock.reboot();
    clock.pass(hourMs);
    const before = world({}, clock);
    const saved = before.log.save();
    clock.pass(3 * hourMs);
    expect(world({ saved, newestArrival: start }, clock).log.deletion()).toBe(start + 4 * hourMs);
    for (const ms of [40 * dayMs, -40 * dayMs]) {
      before.step(ms);
      const { log } = world({ saved, newestArrival: start }, clock);
      expect([log.now(), log.deletion()]).toEqual([start + 4 * hourMs, start + 4 * hourMs]);
      expect(log.state.step).not.toBeNull();
      before.step(-ms);
    }
  });

  test('of the machine, deletion counts the time since then', () => {
    const clock = new FakeClock(start);
    clock.reboot();
    const saved = world({}, clock).log.save();
    clock.pass(8 * hourMs);
    clock.reboot();
    clock.pass(minuteMs);
    expect(world({ saved, newestArrival: start }, clock).log.deletion()).toBe(start + minuteMs);
  });

  test('a newest arrival in the future raises what arrives, and nothing else', () => {
    const newestArrival = start + 10 * yearMs;
    const { clock, log } = world({ newestArrival, saved: { deletion: start, time: start, boot: null } });
    expect([log.now(), log.arrival(), log.deletion()]).toEqual([start, newestArrival, start]);
    clock.pass(minuteMs);
    expect([log.now(), log.arrival()]).toEqual([start + minuteMs, newestArrival + minuteMs / 2]);
  });

  test('where the newest arrival is later than the wall clock and nothing proves which is wrong, points of a day ahead may be right', () => {
    const newestArrival = start + 23 * hourMs;
    const { clock, log, step } = world({ newestArrival });
    expect(log.latest()).toBe(newestArrival + dayMs);
    step(dayMs);
    log.accept();
    expect(log.latest()).toBe(clock.now());
  });
});

type Action = readonly ['pass' | 'step' | 'restart' | 'reboot', number];

const span = fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: dayMs }));
const jump = fc.oneof(
  fc.integer({ min: -maxClockStepMs, max: maxClockStepMs }),
  fc.integer({ min: -10 * yearMs, max: 10 * yearMs }),
);
const actions = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constant('pass' as const), span) },
    { weight: 4, arbitrary: fc.tuple(fc.constant('step' as const), jump) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('restart' as const), span) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('reboot' as const), span) },
  ),
  { maxLength: 60 },
);

describe('whatever the wall clock does', () => {
  test('no time goes back or stands still, and deletion never runs ahead of the time that passed', () => {
    fc.assert(
      fc.property(actions, fc.boolean(), (all: Action[], namesBoots) => {
        const clock = new FakeClock(start);
        if (namesBoots) clock.reboot();
        let { log } = world({}, clock);
        let newest = log.arrival();
        for (const [what, ms] of all) {
          const before = [log.now(), log.arrival(), log.deletion()] as const;
          if (what === 'step') clock.setNow(clock.now() + ms);
          else clock.pass(ms);
          if (what === 'restart' || what === 'reboot') {
            const saved = log.save();
            if (what === 'reboot' && namesBoots) clock.reboot();
            log = world({ saved, newestArrival: newest }, clock).log;
          }
          const after = [log.now(), log.arrival(), log.deletion()] as const;
          const passed = what === 'step' ? 0 : ms;
          if (what === 'pass' || what === 'step')
            expect(after[0] - before[0]).toBeGreaterThanOrEqual(Math.floor(passed / 2));
          expect(after[1]).toBeGreaterThanOrEqual(before[1]);
          expect(after[2]).toBeGreaterThanOrEqual(before[2]);
          expect(after[2] - before[2]).toBeLessThanOrEqual(passed + 1);
          expect(log.latest()).toBeGreaterThanOrEqual(Math.max(log.now(), clock.now()));
          expect(log.arrival()).toBeGreaterThanOrEqual(Math.max(log.now(), log.deletion()));
          newest = log.arrival();
        }
      }),
    );
  });

  test('a process that is never restarted keeps to the right time while steps last less than ten minutes', () => {
    const lasting = fc.integer({ min: 0, max: settleMs - 1 });
    const large = fc.integer({ min: 11 * minuteMs, max: 10 * yearMs });
    fc.assert(
      fc.property(fc.array(fc.tuple(large, fc.boolean(), lasting, span)), (steps) => {
        const { clock, log, step } = world();
        for (const [size, isBack, lasts, then] of steps) {
          const ms = isBack ? -size : size;
          const right = clock.now();
          step(ms);
          log.now();
          clock.pass(lasts);
          expect(log.now()).toBe(right + lasts);
          step(-ms);
          clock.pass(then);
          expect([log.now(), log.deletion(), log.state.step]).toEqual([clock.now(), clock.now(), null]);
        }
      }),
    );
  });
});
