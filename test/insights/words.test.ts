// What an insight says of itself.
import { expect, test } from 'vitest';
import type { Insight, Part } from '../../src/insights/insight.ts';
import { advance, fallSilent, type Seen, type Situation } from '../../src/insights/situation.ts';
import { changeOf, descriptionOf, directionOf, recommendationsOf, titleOf } from '../../src/insights/words.ts';

const at = Date.UTC(2026, 0, 5, 12, 30);
const seen: Seen = {
  at,
  observed: 812,
  offset: 1,
  expectation: { expected: 120, lower: 80, upper: 160 },
  shift: null,
  score: 1,
  surprise: 5,
  strength: 3,
  isUnusual: true,
  isAlarm: true,
};

function insight(situation: Situation, asked: Partial<Insight['subject']> = {}, ...fields: string[]): Insight {
  const subject = { entityType: 'orders', serviceId: 'web', dashboardId: null, widgetId: null, group: [], ...asked };
  const parts = (fields.length === 0 ? ['latency'] : fields).map(
    (field): Part => ({ field: field === '' ? null : field, situation, steps: [] }),
  );
  const times = { generatedAt: at, updatedAt: at };
  return { id: 'insight_1', subject, parts, acknowledged: null, ...times, changes: 1, isTold: true };
}

const opened = (asked: Partial<Seen> = {}) => advance(null, { ...seen, ...asked }) as Situation;
const shiftTo = (before: number, after: number, isGradual = false) => ({
  shift: { isUp: after > before, before, after, values: 9, confidence: 1, isGradual },
  observed: after,
});

test.each<[Situation, string]>([
  [opened(), 'latency of orders/web: unusually high'],
  [opened({ observed: 3 }), 'latency of orders/web: unusually low'],
  [opened({ observed: 150 }), 'latency of orders/web: moves unusually'],
  [opened({ expectation: null }), 'latency of orders/web: moves unusually'],
  [opened(shiftTo(1e-9, 5e-10)), 'latency of orders/web: has fallen, by 50 %'],
  [opened(shiftTo(0, 4e20)), 'latency of orders/web: has risen to 4.000e+20'],
  [opened(shiftTo(120, 158)), 'latency of orders/web: has risen, by 31.67 %'],
  [opened(shiftTo(120, 60)), 'latency of orders/web: has fallen, by 50 %'],
  [opened(shiftTo(0, 60)), 'latency of orders/web: has risen to 60'],
  [opened(shiftTo(100, 125, true)), 'latency of orders/web: rising, by 25 %'],
  [fallSilent({ at, observed: 4 }, at + 60_000), 'No data: latency of orders/web'],
])('the title says what it is: %#', (situation, title) => {
  expect(titleOf(insight(situation))).toBe(title);
});

test('the title names other fields, and what a KPI is of', () => {
  expect(titleOf(insight(opened(), {}, 'a', 'b'))).toBe('a of orders/web and another field: unusually high');
  expect(titleOf(insight(opened(), {}, 'a', 'b', 'c'))).toBe('a of orders/web and 2 other fields: unusually high');
  const kpi = { serviceId: null, widgetId: 'wid_1', name: 'Latency', group: [{ field: 'country', value: 'NO' }] };
  expect(titleOf(insight(opened(), kpi, ''))).toBe('Latency of orders (country NO): unusually high');
});

test('the description has the value, what was expected, and since when', () => {
  expect(descriptionOf(insight(opened()))).toBe(
    'At 2026-01-05 12:30:00 UTC it was 812, where 120 was expected (80 to 160).',
  );
  const longer = advance(opened(), { ...seen, at: at + 1000 }) as Situation;
  expect(descriptionOf(insight(longer))).toContain('2 values since 2026-01-05 12:30:00 UTC were part of it.');
  expect(descriptionOf(insight(opened(shiftTo(120, 158))))).toContain('Its level went from 120 to 158');
});

test('what is recommended names the metric, the value, what was expected and since when', () => {
  const [first, ...others] = recommendationsOf(insight(opened()));
  for (const part of ['latency of orders/web', '812', '120', '2026-01-05 12:30:00']) expect(first).toContain(part);
  expect(others).toHaveLength(1);
  expect(recommendationsOf(insight(opened(shiftTo(120, 158))))).toHaveLength(3);
  expect(recommendationsOf(insight(fallSilent({ at, observed: 4 }, at + 60_000)))[0]).toContain(
    'nothing has come since',
  );
});

test('the change is in percent of what was expected, or of the level before, and has a direction', () => {
  expect([changeOf(opened({ observed: 180 })), directionOf(opened({ observed: 180 }))]).toEqual([50, 'UP']);
  expect([changeOf(opened(shiftTo(100, 80))), directionOf(opened(shiftTo(100, 80)))]).toEqual([-20, 'DOWN']);
  expect(changeOf(opened(shiftTo(0, 80)))).toBeNull();
  const silent = fallSilent({ at, observed: 4 }, at + 60_000);
  expect([changeOf(silent), directionOf(silent)]).toEqual([null, 'STABLE']);
});
