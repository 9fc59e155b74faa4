// One look at a window: which alerts change, of the whole and of each group.
import { describe, expect, test } from 'vitest';
import { type Alert, alertId } from '../../src/alerts/alert.ts';
import { evaluate, knownOf, type Row, type Target } from '../../src/alerts/evaluate.ts';
import { type AlertRuleInput, readAlertRule } from '../../src/alerts/rule.ts';

function targetOf(asked: Partial<AlertRuleInput> = {}): Target {
  const rule = readAlertRule({ condition: 'ABOVE', threshold: 10, ...asked }, [], []);
  return { dashboardId: 'dash', widgetId: 'wid', entityType: 'orders', rule };
}

function row(value: number | null, asked: Partial<Row> = {}): Row {
  return { group: [], value, count: value === null ? 0 : 5, changePercent: null, derived: null, ...asked };
}

function at(now: number, rows: readonly Row[]) {
  const isGrouped = rows.every(({ group }) => group.length > 0);
  return { now, isGrouped, count: rows.reduce((sum, { count }) => sum + count, 0) };
}

/** The states after each look. */
function statesOf(target: Target, looks: readonly (readonly Row[])[]): (string | undefined)[][] {
  const known = knownOf([]);
  return looks.map((rows, i) => {
    evaluate(target, known, rows, at(i, rows));
    return [...known.alerts.values()].map(({ group, state }) => `${group[0]?.value ?? 'all'} ${state}`);
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

test('fewer points than minCount hold the state, none at all do not', () => {
  const rule = { minCount: 3 };
  const few = row(0, { count: 2 });
  expect(statesOf(targetOf(rule), [[row(20)], [few], [row(5)], [row(20)], [row(null)]])).toEqual([
    ['all FIRING'],
    ['all FIRING'],
    ['all INACTIVE'],
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
    const rows = [of('a', 20)];
    const [alert] = evaluate(target, knownOf([]), rows, at(7, rows));
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

  test('that were well are missing too once they have no points, and those that never come back are given up', () => {
    const target = targetOf({ onNoData: true });
    expect(statesOf(target, [[of('a', 5), of('b', 5)], [of('a', 5)], [of('a', 5)]])).toEqual([
      [],
      ['b NO_DATA'],
      ['b NO_DATA'],
    ]);
    const known = knownOf([]);
    const day = 86_400_000;
    for (const [now, rows] of [
      [0, [of('a', 5)]],
      [1, []],
      [day, []],
      [day + 1, []],
    ] as const) {
      evaluate(target, known, rows, { now, isGrouped: true, count: rows.length });
    }
    expect([...known.alerts.values()].map(({ group, state }) => [group[0]?.value, state])).toContainEqual([
      'a',
      'INACTIVE',
    ]);
  });

  test('of which there never was one: then the whole has no data, until there is one', () => {
    expect(statesOf(targetOf({ onNoData: true }), [[], [of('a', 5)]])).toEqual([['all NO_DATA'], ['all INACTIVE']]);
    expect(statesOf(targetOf(), [[]])).toEqual([[]]);
  });
});

test('who has seen an alert is forgotten when it fires anew, not while it goes on', () => {
  const target = targetOf({ onNoData: true });
  const look = (before: readonly Alert[], value: number | null, now: number) => {
    const rows = [row(value)];
    return evaluate(target, knownOf(before), rows, at(now, rows))[0] as Alert;
  };
  const seen = { ...look([], 20, 1), acknowledgedBy: 'ann' };
  const missing = look([seen], null, 2);
  expect(missing).toMatchObject({ state: 'NO_DATA', acknowledgedBy: 'ann' });
  const clear = look([missing], 1, 3);
  const again = look([clear], 20, 4);
  expect([clear.acknowledgedBy, again.acknowledgedBy]).toEqual(['ann', null]);
});
