// The life of a situation: one from its opening until it is over, whatever comes in between.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Severity, severities } from '../../src/base/severity.ts';
import { Detector } from '../../src/insights/detector.ts';
import { severityOfAnomaly, severityOfShift } from '../../src/insights/severity.ts';
import { type Shift, ShiftDetector } from '../../src/insights/shift.ts';
import { advance, expire, expiresAt, type Seen, type Situation } from '../../src/insights/situation.ts';
import { Random } from '../../src/sources/random.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;

const usual: Omit<Seen, 'at'> = {
  observed: 100,
  offset: null,
  expectation: null,
  shift: null,
  score: 0,
  surprise: 0,
  strength: 0,
  isUnusual: false,
  isAlarm: false,
};
const unusual = { ...usual, observed: 150, surprise: 2, strength: 1.2, isUnusual: true };
const alarm = { ...unusual, isAlarm: true };
const shiftTo = (before: number, after: number, isGradual = false): Partial<Seen> => {
  const shift: Shift = { isUp: after > before, before, after, values: 5, confidence: 1, isGradual };
  return { shift, observed: after };
};

/** One value a minute. */
function live(values: readonly Partial<Seen>[]): Situation | null {
  let situation: Situation | null = null;
  for (const [i, value] of values.entries()) situation = advance(situation, { ...usual, ...value, at: i * minuteMs });
  return situation;
}

/** Every situation of a series, as the detectors see it, each as it was last. */
function situationsOf(values: Iterable<number>, everyMs = minuteMs): Situation[] {
  const [detector, shifts] = [new Detector(), new ShiftDetector()];
  const all: Situation[] = [];
  let situation: Situation | null = null;
  let at = 0;
  for (const observed of values) {
    const expectation = detector.expectation(at);
    const before: Situation | null = situation;
    const shift = shifts.observe(observed);
    situation = advance(before, { ...detector.observe(observed, at), at, observed, offset: null, expectation, shift });
    if (situation !== null && (before === null || before.from !== situation.from)) all.push(situation);
    else if (situation !== null) all[all.length - 1] = situation;
    at += everyMs;
  }
  return all;
}

function noise(count: number, seed: number, more: (i: number) => number): number[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) => 100 + random.normal() + more(i));
}

const kindsOf = (situation: Situation | null) => situation?.life.map(({ kind }) => kind);
const quiet = (count: number) => Array<Partial<Seen>>(count).fill(usual);

describe('a situation', () => {
  test('opens with an alarm, not with what is merely unusual', () => {
    expect(live([usual, unusual, usual])).toBeNull();
    expect(live([usual, alarm])).toMatchObject({
      type: 'ANOMALY_DETECTION',
      state: 'OPEN',
      from: minuteMs,
      occurrences: 1,
    });
  });

  test('is one, however many values are unusual', () => {
    const situation = live([alarm, unusual, ...quiet(10), unusual, unusual]);
    expect(situation).toMatchObject({ state: 'OPEN', occurrences: 4, from: 0, to: 13 * minuteMs });
    expect(kindsOf(situation)).toEqual(['OPENED']);
  });

  test('changes nothing that is told while values are as usual', () => {
    const opened = live([alarm]);
    const calm = advance(opened, { ...usual, at: minuteMs });
    expect({ ...calm, quiet: 0, quietSince: null }).toEqual(opened);
  });

  test('gets more severe, never less', () => {
    const situation = live([alarm, { ...alarm, strength: 2.5 }, unusual, { ...unusual, strength: 3.5 }, unusual]);
    expect(situation?.severity).toBe('CRITICAL');
    expect(situation?.life.map(({ kind, severity }) => [kind, severity])).toEqual([
      ['OPENED', 'LOW'],
      ['SEVERITY_CHANGED', 'HIGH'],
      ['SEVERITY_CHANGED', 'CRITICAL'],
    ]);
  });

  test('is over after 50 values as usual, and says since when they were', () => {
    const peak = { ...unusual, strength: 1.4, observed: 170 };
    const values = [alarm, peak, unusual, ...quiet(49)];
    expect(live(values)?.state).toBe('OPEN');
    const situation = live([...values, usual]);
    expect(situation?.life).toMatchObject([
      { kind: 'OPENED', at: 0, observed: 150 },
      { kind: 'PEAK', at: minuteMs, observed: 170 },
      { kind: 'BACK_TO_NORMAL', at: 3 * minuteMs },
      { kind: 'RESOLVED', at: 52 * minuteMs },
    ]);
  });

  test('that is over stays as it is; the next alarm is another', () => {
    const over = live([alarm, ...quiet(50)]);
    expect(advance(over, { ...unusual, at: hourMs })).toBe(over);
    expect(advance(over, { ...alarm, at: hourMs })).toMatchObject({ state: 'OPEN', from: hourMs, occurrences: 1 });
  });

  test('ends with its time, also where no value comes any more', () => {
    const opened = live([alarm]) as Situation;
    expect(expiresAt(opened)).toBe(72 * hourMs);
    expect(expire(opened, 72 * hourMs - 1)).toBe(opened);
    expect(kindsOf(expire(opened, 72 * hourMs))).toEqual(['OPENED', 'RESOLVED']);
    expect(advance(opened, { ...unusual, at: 73 * hourMs })).toEqual(expire(opened, 80 * hourMs));
  });

  test('that is over by the time of an alarm leaves it to the next one', () => {
    const opened = live([alarm]) as Situation;
    const late = { ...alarm, at: 73 * hourMs };
    expect(advance(opened, late)).toMatchObject({ state: 'OPEN', from: 73 * hourMs });
    expect(advance(opened, late)).toEqual(advance(expire(opened, late.at), late));
  });
});

describe('a level that has moved', () => {
  test('is a change point, with both levels', () => {
    expect(live([usual, shiftTo(100, 112)])).toMatchObject({
      type: 'CHANGE_POINT',
      severity: 'MEDIUM',
      movement: { before: 100, after: 112, changePercent: 12 },
    });
  });

  test('makes of an open anomaly a change point: one situation, not two', () => {
    const situation = live([alarm, unusual, shiftTo(100, 130)]);
    expect(situation).toMatchObject({ type: 'CHANGE_POINT', severity: 'HIGH', occurrences: 3, from: 0 });
  });

  test('and goes on the same way is a trend', () => {
    const situation = live([shiftTo(100, 112), ...quiet(5), shiftTo(100, 125, true)]);
    expect(situation).toMatchObject({ type: 'TREND_ALERT', movement: { before: 100, after: 125, changePercent: 25 } });
    expect(kindsOf(situation)).toEqual(['OPENED', 'SEVERITY_CHANGED']);
  });

  test('late in an anomaly is watched for a day from then on', () => {
    const opened = live([alarm]) as Situation;
    const moved = advance(opened, { ...usual, ...shiftTo(100, 200), at: 60 * hourMs }) as Situation;
    expect(moved.type).toBe('CHANGE_POINT');
    expect(expiresAt(moved)).toBe(84 * hourMs);
  });

  test.each([0, 0.1, -1e-310])('from next to nothing has no percentage: %d', (before) => {
    expect(live([shiftTo(before, 5)])).toMatchObject({ severity: 'HIGH', movement: { after: 5, changePercent: null } });
  });
});

describe('with the detectors', () => {
  test('a spike is one situation that is over', () => {
    const [situation, ...more] = situationsOf(noise(3000, 3, (i) => (i === 2500 ? 12 : 0))).filter(
      ({ from }) => from >= 2500 * minuteMs,
    );
    expect(more).toEqual([]);
    expect(situation).toMatchObject({ type: 'ANOMALY_DETECTION', state: 'RESOLVED', from: 2500 * minuteMs });
    expect(situation?.peak.expectation?.expected).toBeCloseTo(100, -1);
  });

  test('a step of the level is one change point', () => {
    const found = situationsOf(noise(2600, 5, (i) => (i < 2500 ? 0 : 30))).filter(
      ({ from }) => from >= 2500 * minuteMs,
    );
    expect(found.map(({ type }) => type)).toEqual(['CHANGE_POINT']);
    expect(found[0]?.movement?.changePercent).toBeCloseTo(30, 0);
  });

  test('a ramp is one trend, not one a value', () => {
    const ramp = (i: number) => Math.max(0, Math.min(60, (i - 2500) / 2));
    const found = situationsOf(noise(2640, 7, ramp)).filter(({ from }) => from >= 2500 * minuteMs);
    expect(found.map(({ type }) => type)).toEqual(['TREND_ALERT']);
  });

  test('a ramp too slow for alarms is one trend too', () => {
    const ramp = (i: number) => Math.max(0, Math.min(30, (i - 2500) / 20));
    const found = situationsOf(noise(3000, 9, ramp)).filter(({ from }) => from >= 2500 * minuteMs);
    expect(found.map(({ type }) => type)).toEqual(['TREND_ALERT']);
    expect(found[0]?.movement?.before).toBeCloseTo(100, -1);
  });

  test('a constant series has none', () => {
    expect(situationsOf(Array(20_000).fill(7))).toEqual([]);
  });
});

describe('whatever comes', () => {
  const seen = fc.record({
    strength: fc.double({ min: 0, max: 5, noNaN: true }),
    surprise: fc.double({ min: 0, max: 10, noNaN: true }),
    isUnusual: fc.boolean(),
    isAlarm: fc.boolean(),
    gap: fc.integer({ min: 1, max: 5 * hourMs }),
    after: fc.option(fc.double({ min: 1, max: 1000, noNaN: true }), { nil: null, freq: 8 }),
  });

  test('life is in order, begins with OPENED, ends with RESOLVED where it is over, and severity never falls', () => {
    fc.assert(
      fc.property(fc.array(seen, { maxLength: 200 }), (values) => {
        let at = 0;
        let situation: Situation | null = null;
        for (const { gap, after, ...value } of values) {
          at += gap;
          const before: Situation | null = situation;
          const shift = after === null ? {} : shiftTo(100, after);
          situation = advance(before, {
            ...usual,
            ...value,
            isUnusual: value.isUnusual || value.isAlarm,
            ...shift,
            at,
          });
          if (situation === null) continue;
          check(situation);
          if (before?.from === situation.from)
            expect(rank(situation.severity)).toBeGreaterThanOrEqual(rank(before.severity));
        }
      }),
    );
  });

  const rank = (severity: Severity) => severities.indexOf(severity);

  function check({ life, state, from, to, confidence, peak }: Situation): void {
    expect(life[0]?.kind).toBe('OPENED');
    expect(life.map(({ at }) => at)).toEqual(life.map(({ at }) => at).sort((a, b) => a - b));
    expect(life.filter(({ kind }) => kind === 'RESOLVED').length).toBe(state === 'RESOLVED' ? 1 : 0);
    if (state === 'RESOLVED') expect(life.at(-1)?.kind).toBe('RESOLVED');
    expect(life.length).toBeLessThanOrEqual(8);
    expect(from <= peak.at && peak.at <= to).toBe(true);
    expect(confidence >= 0 && confidence <= 1).toBe(true);
  }
});

test.each([
  [1, 'LOW'],
  [1.5, 'MEDIUM'],
  [2.2, 'HIGH'],
  [3, 'CRITICAL'],
] as const)('an anomaly of %d thresholds is %s', (strength, severity) => {
  expect(severityOfAnomaly(strength)).toBe(severity);
});

test.each([
  [5, 1, 'LOW'],
  [-10, 1, 'MEDIUM'],
  [20, 1, 'HIGH'],
  [20, 0.9, 'MEDIUM'],
  [-50, 1, 'CRITICAL'],
  [5, 0.9, 'LOW'],
  [null, 1, 'HIGH'],
] as const)('a level that has moved by %s %% with a confidence of %d is %s', (percent, confidence, severity) => {
  expect(severityOfShift(percent, confidence)).toBe(severity);
});
