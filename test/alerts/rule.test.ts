// Alert rules as clients give them, and how they are matched with those that they replace.
import { describe, expect, test } from 'vitest';
import { type AlertRule, type AlertRuleInput, checkHorizons, readAlertRules } from '../../src/alerts/rule.ts';
import type { InputIssue } from '../../src/base/errors.ts';
import { timeSpan } from '../../src/base/time-span.ts';

const high: AlertRuleInput = { condition: 'ABOVE', threshold: 100 };

function read(inputs: readonly AlertRuleInput[], before: readonly AlertRule[] = [], takesWebhooks = true) {
  const issues: InputIssue[] = [];
  let last = 0;
  const newId = (prefix: string) => {
    last += 1;
    return `${prefix}_${before.length + last}`;
  };
  const rules = readAlertRules(inputs, { before, newId, takesWebhooks }, ['alerts'], issues);
  return { rules, issues: issues.map(({ path }) => path.join('.')) };
}

test('a rule that says little looks at the value, at once, and has a name', () => {
  expect(read([high]).rules).toEqual([
    {
      id: 'rule_1',
      name: 'value above 100',
      on: 'VALUE',
      minCount: null,
      condition: 'ABOVE',
      threshold: 100,
      thresholdUpper: null,
      severity: 'MEDIUM',
      for: null,
      keepFiringFor: null,
      onNoData: false,
      within: null,
      webhooks: [],
    },
  ]);
});

test.each<[Partial<AlertRuleInput>, string]>([
  [{ name: '' }, 'name'],
  [{ name: 'x'.repeat(201) }, 'name'],
  [{ minCount: 0 }, 'minCount'],
  [{ condition: 'INSIDE' }, 'thresholdUpper'],
  [{ condition: 'OUTSIDE', thresholdUpper: 100 }, 'thresholdUpper'],
  [{ thresholdUpper: 200 }, 'thresholdUpper'],
  [{ for: { size: 0, unit: 'SECOND' } }, 'for'],
  [{ keepFiringFor: { size: 367, unit: 'DAY' } }, 'keepFiringFor'],
  [{ within: { size: 1, unit: 'HOUR' } }, 'within'],
  [{ on: 'ANOMALY', threshold: 5 }, 'threshold'],
  [{ on: 'FORECAST' }, 'within'],
  [{ on: 'FORECAST', within: { size: 1, unit: 'HOUR' }, condition: 'EQUAL' }, 'condition'],
  [{ webhooks: ['ftp://example.com'] }, 'webhooks.0'],
  [{ webhooks: ['https://example.com', 'nothing'] }, 'webhooks.1'],
  [{ webhooks: ['https://me:secret@example.com'] }, 'webhooks.0'],
  [{ webhooks: Array.from({ length: 11 }, (_, i) => `https://example.com/${i}`) }, 'webhooks'],
  [{ webhooks: ['https://example.com', 'https://example.com'] }, 'webhooks'],
])('%j is an issue at %s', (asked, path) => {
  expect(read([{ ...high, ...asked }]).issues).toEqual([`alerts.0.${path}`]);
});

test('more than twenty rules are too many, and webhooks need a secret', () => {
  expect(read(Array(21).fill(high)).issues).toEqual(['alerts']);
  expect(read([{ ...high, webhooks: ['https://example.com'] }], [], false).issues).toEqual(['alerts.0.webhooks']);
});

test('a forecast looks ahead from one to three hundred windows', () => {
  const inputs = [2, 600, 1, 601].map(
    (size): AlertRuleInput => ({ ...high, on: 'FORECAST', within: { size, unit: 'MINUTE' } }),
  );
  const issues: InputIssue[] = [];
  checkHorizons(read(inputs).rules, timeSpan(2, 'MINUTE'), ['alerts'], issues);
  expect(issues.map(({ path }) => path.join('.'))).toEqual(['alerts.2.within', 'alerts.3.within']);
});

describe('rules that replace others', () => {
  const low: AlertRuleInput = { condition: 'BELOW', threshold: 1, for: { size: 1, unit: 'MINUTE' } };
  const before = read([high, low]).rules;

  test('keep the id that they name, whatever they say', () => {
    expect(read([{ ...low, id: 'rule_1' }], before).rules.map(({ id }) => id)).toEqual(['rule_1']);
  });

  test('keep the id of one that says the same, in whatever order', () => {
    expect(read([low, high], before).rules.map(({ id }) => id)).toEqual(['rule_2', 'rule_1']);
  });

  test('are new where they say something else, and where another has taken the id', () => {
    expect(read([{ ...high, threshold: 101 }, high, high], before).rules.map(({ id }) => id)).toEqual([
      'rule_3',
      'rule_1',
      'rule_4',
    ]);
  });

  test('that name their id come first, wherever they stand', () => {
    expect(read([high, { ...low, id: 'rule_1' }], before).rules.map(({ id }) => id)).toEqual(['rule_3', 'rule_1']);
  });

  test('cannot name one that is not there, or that another has', () => {
    expect(read([{ ...high, id: 'rule_9' }], before).issues).toEqual(['alerts.0.id']);
    expect(
      read(
        [
          { ...high, id: 'rule_1' },
          { ...low, id: 'rule_1' },
        ],
        before,
      ).issues,
    ).toEqual(['alerts.1.id']);
  });
});
