// What a forecast says of a rule: whether, when and how surely, and the life of the insight that tells of it.
import { describe, expect, test } from 'vitest';
import type { AlertRule } from '../../src/alerts/rule.ts';
import { type Foreseen, foresee, stepAt } from '../../src/engine/foresee.ts';
import type { Forecast } from '../../src/forecast/auto.ts';
import { type Insight, isOpen, leading } from '../../src/insights/insight.ts';

const hourMs = 3_600_000;
const from = Date.UTC(2026, 0, 1);
const now = from + 600_000;

const rule: AlertRule = {
  id: 'rule_1',
  name: 'high',
  on: 'FORECAST',
  minCount: null,
  condition: 'ABOVE',
  threshold: 104,
  thresholdUpper: null,
  severity: 'HIGH',
  for: null,
  keepFiringFor: null,
  onNoData: false,
  within: { size: 6, unit: 'HOUR', ms: 6 * hourMs },
  webhooks: [],
};

/** Expected are 101, 102, … with an error of `error` each; the last that came is 100. */
function rising(error = 0.5, slope = 1): Foreseen {
  const forecast: Forecast = {
    path: Float64Array.from({ length: 12 }, (_, k) => 100 + slope * (k + 1)),
    errors: new Float64Array(12).fill(error),
    // Straight, as far as these values go.
    transform: { kind: 'ASINH', scale: 1e9, floor: -1, ceiling: 1, isNeverNegative: false },
    isWhole: false,
    seasons: { short: 1, suspected: 1, long: 1 },
    slowPeriod: 1,
    members: [],
    backtests: [],
  };
  const onScale = (value: number) => Math.asinh(value / 1e9);
  const scaled = { ...forecast, path: forecast.path.map(onScale), errors: forecast.errors.map(onScale) };
  const subject = { entityType: 'orders', serviceId: 'web', dashboardId: 'dash_1', widgetId: 'wid_1', group: [] };
  return { subject, past: Float64Array.of(98, 99, 100), forecast: scaled, from, stepMs: hourMs };
}

const situation = (insight: Insight | null) => leading(insight as Insight).situation;

describe('a threshold', () => {
  test('that is crossed is told with the end of the first step beyond it', () => {
    const insight = foresee(null, rule, rising(), now);
    // 104 is as likely as not at the fourth step.
    expect(situation(insight)).toMatchObject({
      severity: 'HIGH',
      breach: { at: from + 4 * hourMs, limit: 'above 104' },
    });
    expect(situation(insight).confidence).toBeGreaterThan(0.99);
    expect(situation(insight).occurrences).toBe(3);
    expect(situation(insight).peak.expectation?.expected).toBeCloseTo(104, 6);
  });

  test.each<[Partial<AlertRule>, number | null]>([
    [{ condition: 'BELOW', threshold: 103.5 }, null],
    [{ condition: 'BELOW', threshold: 90 }, null],
    [{ condition: 'OUTSIDE', threshold: 90, thresholdUpper: 102.5 }, 3],
    [{ condition: 'OUTSIDE', threshold: 90, thresholdUpper: 200 }, null],
    [{ condition: 'INSIDE', threshold: 104.5, thresholdUpper: 106.5 }, 5],
    [{ condition: 'INSIDE', threshold: 120, thresholdUpper: 130 }, null],
    [{ threshold: 107.5 }, null],
  ])('of %j is crossed at step %s', (asked, step) => {
    const insight = foresee(null, { ...rule, ...asked }, rising(0.1), now);
    if (step === null) expect(insight).toBeNull();
    else expect(situation(insight).breach?.at).toBe(from + step * hourMs);
  });

  test('of BELOW is crossed by what falls', () => {
    const insight = foresee(null, { ...rule, condition: 'BELOW', threshold: 97.5 }, rising(0.1, -1), now);
    expect(situation(insight).breach).toMatchObject({ at: from + 3 * hourMs, limit: 'below 97.5' });
  });

  test('is looked for from the step that goes on to the one the rule looks at', () => {
    const later = from + 5.5 * hourMs;
    expect(situation(foresee(null, rule, rising(), later)).breach?.at).toBe(from + 6 * hourMs);
    expect(foresee(null, { ...rule, threshold: 106.4 }, rising(0.1), now)).toBeNull();
    expect([stepAt(from, hourMs, from), stepAt(from, hourMs, now + 6 * hourMs)]).toEqual([0, 5]);
  });
});

describe('an insight', () => {
  const open = foresee(null, rule, rising(), now) as Insight;

  test('stays as it is as long as what it says is nearly the same', () => {
    expect(foresee(open, rule, rising(0.52), now + 1000)).toBe(open);
  });

  test('changes with its rule', () => {
    const worse = foresee(open, { ...rule, severity: 'CRITICAL', threshold: 103 }, rising(), now + 1000);
    expect(worse).toMatchObject({ id: open.id, changes: 2 });
    expect(situation(worse)).toMatchObject({
      severity: 'CRITICAL',
      breach: { at: from + 3 * hourMs, limit: 'above 103' },
    });
    expect(situation(worse).life.map(({ kind }) => kind)).toEqual(['OPENED', 'SEVERITY_CHANGED']);
  });

  test('goes on while it is a little less likely than not, and is over below that', () => {
    const opened = foresee(null, rule, rising(2), now) as Insight;
    const nearly = foresee(opened, { ...rule, threshold: 106.2 }, rising(1), now + 1000) as Insight;
    expect(situation(nearly).confidence).toBeGreaterThan(0.4);
    expect(situation(nearly).confidence).toBeLessThan(0.5);
    expect(isOpen(nearly)).toBe(true);
    expect(isOpen(foresee(nearly, { ...rule, threshold: 107 }, rising(1), now + 2000) as Insight)).toBe(false);
  });

  test('is over once the value is there', () => {
    const there = { ...rising(), past: Float64Array.of(99, 105) };
    expect(isOpen(foresee(open, rule, there, now + 1000) as Insight)).toBe(false);
    expect(foresee(null, rule, there, now)).toBeNull();
  });
});
