// One look at a window: which alerts change, of the whole and of each group.
import { describe, expect, test } from 'vitest';
import { type Alert, alertId } from '../../src/alerts/alert.ts';
import { evaluate, type Row, type Target } from '../../src/alerts/evaluate.ts';
import { type AlertRuleInput, readAlertRule } from '../../src/alerts/rule.ts';

function targetOf(asked: Partial<AlertRuleInput> = {}): Target {
  const rule = readAlertRule({ condition: 'ABOVE', threshold: 10, ...asked }, [], []);
  return { dashboardId: 'dash', widgetId: 'wid', entityType: 'orders', rule };
}

function row(value: number | null, asked: Partial<Row> = {}): Row {
  return { group: [], value, count: value === null ? 0 : 5, changePercent: null, ...asked };
}

/** The states after each look. */
function statesOf(target: Target, looks: readonly (readonly Row[])[]): (string | undefined)[][] {
  const known = new Map<string, Alert>();
  return looks.map((rows, i) => {
    for (const alert of evaluate(target, known, rows, i)) known.set(alert.id, alert);
    return [...known.values()].map(({ group, state }) => `${group[0]?.value ?? 'all'} ${state}`);
  });
}

describe('conditions', () => {
  test.each([
    ['ABOVE', [11], [10, 9]],
    ['BELOW', [9], [10, 11]],
    ['EQUAL', [10], [9, 11]],
    ['NOT_EQUAL', [9, 11], [10]],
    ['INSIDE', [10, 15, 20], [9, 21]],
    ['OUTSIDE', [9, 21], [10, 15, 20]],
  ] as const)('%s holds at %j and not at %j', (condition, holding, clear) => {
    const isRange = condition === 'INSIDE' || condition === 'OUTSIDE';
    const target = targetOf({ condition, thresholdUpper: isRange ? 20 : null });
    for (const value of holding) expect(statesOf(target, [[row(value)]])).toEqual([['all FIRING']]);
    for (const value of clear) expect(statesOf(target, [[row(value)]])).toEqual([[]]);
  });
});

test('COUNT looks at the points, CHANGE_PERCENT at the window before; what is null holds nothing', () => {
  expect(statesOf(targetOf({ on: 'COUNT', condition: 'BELOW', threshold: 1 }), [[row(null)]])).toEqual([
    ['all FIRING'],
  ]);
  const change = targetOf({ on: 'CHANGE_PERCENT', condition: 'BELOW', threshold: -50 });
  expect(statesOf(change, [[row(1, { changePercent: -60 })]])).toEqual([['all FIRING']]);
  expect(statesOf(change, [[row(1)]])).toEqual([[]]);
  expect(statesOf(targetOf({ condition: 'NOT_EQUAL' }), [[row(null, { count: 3 })]])).toEqual([[]]);
});

test('fewer points than minCount hold the state, none at all too, unless missing data is an alarm', () => {
  const rule = { minCount: 3 };
  const few = row(0, { count: 2 });
  expect(statesOf(targetOf(rule), [[row(20)], [few], [row(null)], [row(5)]])).toEqual([
    ['all FIRING'],
    ['all FIRING'],
    ['all FIRING'],
    ['all INACTIVE'],
  ]);
  expect(statesOf(targetOf({ ...rule, onNoData: true }), [[row(20)], [few], [row(null)]]).at(-1)).toEqual([
    'all NO_DATA',
  ]);
});

describe('groups', () => {
  const of = (name: string, value: number | null) => row(value, { group: [{ field: 'k', value: name }] });

  test('have an alert each, whose id is that of rule and group', () => {
    const target = targetOf();
    expect(statesOf(target, [[of('a', 20), of('b', 5), of('c', 30)]])).toEqual([['a FIRING', 'c FIRING']]);
    const [alert] = evaluate(target, new Map(), [of('a', 20)], 7);
    expect(alert).toMatchObject({
      id: alertId(target.rule.id, [{ field: 'k', value: 'a' }]),
      dashboardId: 'dash',
      widgetId: 'wid',
      value: 20,
      since: 7,
      firedAt: 7,
    });
  });

  test('that have no points any more are clear, or missing where that is an alarm', () => {
    expect(statesOf(targetOf(), [[of('a', 20)], []])).toEqual([['a FIRING'], ['a INACTIVE']]);
    expect(statesOf(targetOf({ onNoData: true }), [[of('a', 20)], [], [of('a', 5)]])).toEqual([
      ['a FIRING'],
      ['a NO_DATA'],
      ['a INACTIVE'],
    ]);
  });
});

test('who has seen an alert is forgotten when it fires anew, not while it goes on', () => {
  const target = targetOf({ onNoData: true });
  const [fired] = evaluate(target, new Map(), [row(20)], 1) as [Alert];
  const seen = { ...fired, acknowledgedBy: 'ann' };
  const [missing] = evaluate(target, new Map([[seen.id, seen]]), [row(null)], 2) as [Alert];
  expect(missing).toMatchObject({ state: 'NO_DATA', acknowledgedBy: 'ann' });
  const [clear] = evaluate(target, new Map([[missing.id, missing]]), [row(1)], 3) as [Alert];
  const [again] = evaluate(target, new Map([[clear.id, clear]]), [row(20)], 4) as [Alert];
  expect([clear.acknowledgedBy, again.acknowledgedBy]).toEqual(['ann', null]);
});
