// Alert rules: what is looked at, when it is wrong, for how long; read, checked, and matched with those that they replace.
import type { InputIssue } from '../base/errors.ts';
import { shown } from '../base/json.ts';
import type { Severity } from '../base/severity.ts';
import { readTimeSpan, type TimeSpan, type TimeSpanInput } from '../base/time-span.ts';

export const alertSubjects = ['VALUE', 'COUNT', 'CHANGE_PERCENT', 'ANOMALY', 'FORECAST'] as const;
export type AlertSubject = (typeof alertSubjects)[number];

export const alertConditions = ['ABOVE', 'BELOW', 'EQUAL', 'NOT_EQUAL', 'INSIDE', 'OUTSIDE'] as const;
export type AlertCondition = (typeof alertConditions)[number];

export interface AlertRule {
  readonly id: string;
  readonly name: string;
  readonly on: AlertSubject;
  /** The rule holds its state while there are fewer points. */
  readonly minCount: number | null;
  readonly condition: AlertCondition;
  readonly threshold: number;
  /** For INSIDE and OUTSIDE. */
  readonly thresholdUpper: number | null;
  readonly severity: Severity;
  /** How long the condition must hold before it fires; null: at once. */
  readonly for: TimeSpan | null;
  /** How long it must be clear before it resolves; null: at once. */
  readonly keepFiringFor: TimeSpan | null;
  readonly onNoData: boolean;
  /** For FORECAST. */
  readonly within: TimeSpan | null;
  readonly webhooks: readonly string[];
}

type Optional<T> = { readonly [Key in keyof T]?: T[Key] | null | undefined };

export interface AlertRuleInput
  extends Optional<Omit<AlertRule, 'condition' | 'threshold' | 'for' | 'keepFiringFor' | 'within'>> {
  readonly condition: AlertCondition;
  readonly threshold: number;
  readonly for?: TimeSpanInput | null | undefined;
  readonly keepFiringFor?: TimeSpanInput | null | undefined;
  readonly within?: TimeSpanInput | null | undefined;
}

export interface RuleReading {
  /** Of the widget before: their ids stay with rules that name them or say the same. */
  readonly before: readonly AlertRule[];
  newId(prefix: string): string;
  /** Whether requests can be signed. */
  readonly takesWebhooks: boolean;
}

export const maxRules = 20;
export const maxWebhooks = 10;
export const mostWindowsAhead = 300;
const maxUrlLength = 2000;
const maxNameLength = 200;
const spanBounds = { leastMs: 1000, mostMs: 366 * 86_400_000 };

/** The rules, with every issue pushed onto `issues`. */
export function readAlertRules(
  inputs: readonly AlertRuleInput[],
  reading: RuleReading,
  at: readonly string[],
  issues: InputIssue[],
): readonly AlertRule[] {
  if (inputs.length > maxRules) issues.push({ path: at, message: `at most ${maxRules} rules, not ${inputs.length}` });
  const rules = inputs.map((input, i) => readRule(input, [...at, String(i)], issues));
  for (const [i, { webhooks }] of rules.entries()) {
    if (webhooks.length === 0 || reading.takesWebhooks) continue;
    const message = 'needs a server with --webhook-secret, which requests are signed with';
    issues.push({ path: [...at, String(i), 'webhooks'], message });
  }
  const ids = idsOf(inputs, rules, reading, at, issues);
  return rules.map((rule, i) => ({ ...rule, id: ids[i] ?? reading.newId('rule') }));
}

/** A rule that stands for itself, as for a preview. */
export function readAlertRule(input: AlertRuleInput, at: readonly string[], issues: InputIssue[]): AlertRule {
  return { ...readRule(input, at, issues), id: 'preview' };
}

/** Those that are named come first; then rules that say the same as one before, whose id is free. */
function idsOf(
  inputs: readonly AlertRuleInput[],
  rules: readonly Omit<AlertRule, 'id'>[],
  { before }: RuleReading,
  at: readonly string[],
  issues: InputIssue[],
): (string | undefined)[] {
  const free = new Map(before.map((rule) => [rule.id, rule]));
  const ids = inputs.map(({ id }, i) => {
    if (id == null) return undefined;
    if (!free.delete(id)) {
      const message = `there is no rule ${shown(id)} on this widget that it could replace`;
      issues.push({ path: [...at, String(i), 'id'], message });
    }
    return id;
  });
  return ids.map((id, i) => {
    if (id !== undefined) return id;
    const same = [...free.values()].find((one) => saysTheSame(one, rules[i] as Omit<AlertRule, 'id'>));
    if (same !== undefined) free.delete(same.id);
    return same?.id;
  });
}

function saysTheSame({ id: _, ...before }: AlertRule, after: Omit<AlertRule, 'id'>): boolean {
  const text = (rule: Omit<AlertRule, 'id'>) =>
    JSON.stringify(Object.entries(rule).sort(([a], [b]) => (a < b ? -1 : 1)));
  return text(before) === text(after);
}

function readRule(input: AlertRuleInput, at: readonly string[], issues: InputIssue[]): Omit<AlertRule, 'id'> {
  const on = input.on ?? 'VALUE';
  const name = input.name ?? usualName(on, input);
  if (name === '' || name.length > maxNameLength) {
    issues.push({ path: [...at, 'name'], message: `must have 1 to ${maxNameLength} characters, not ${name.length}` });
  }
  const minCount = input.minCount ?? null;
  if (minCount !== null && minCount < 1) {
    issues.push({ path: [...at, 'minCount'], message: `must be at least 1, not ${minCount}` });
  }
  checkForecast(input, at, issues);
  return {
    name,
    on,
    minCount,
    condition: input.condition,
    ...readThresholds(input, at, issues),
    severity: input.severity ?? 'MEDIUM',
    for: readSpan(input.for, [...at, 'for'], issues),
    keepFiringFor: readSpan(input.keepFiringFor, [...at, 'keepFiringFor'], issues),
    onNoData: input.onNoData ?? false,
    within: readSpan(input.within, [...at, 'within'], issues),
    webhooks: readWebhooks(input.webhooks ?? [], [...at, 'webhooks'], issues),
  };
}

function checkForecast({ on, within, condition }: AlertRuleInput, at: readonly string[], issues: InputIssue[]): void {
  if (within != null && on !== 'FORECAST') {
    issues.push({ path: [...at, 'within'], message: `goes with FORECAST, not with ${on ?? 'VALUE'}` });
  }
  if (on !== 'FORECAST') return;
  if (within == null) issues.push({ path: [...at, 'within'], message: 'must be given for FORECAST: how far ahead' });
  if (condition === 'EQUAL' || condition === 'NOT_EQUAL') {
    const message = `cannot be ${condition} for FORECAST, which is never exact; take ABOVE, BELOW, INSIDE or OUTSIDE`;
    issues.push({ path: [...at, 'condition'], message });
  }
}

/** Forecasts are made in steps as long as the widget's window: how far ahead they look must be one of them to 300. */
export function checkHorizons(
  rules: readonly AlertRule[],
  window: TimeSpan,
  at: readonly string[],
  issues: InputIssue[],
): void {
  for (const [i, { on, within }] of rules.entries()) {
    if (on !== 'FORECAST' || within === null) continue;
    const windows = within.ms / window.ms;
    if (windows >= 1 && windows <= mostWindowsAhead) continue;
    const message = `must be 1 to ${mostWindowsAhead} times the widget's timeWindow, whose length a forecast's steps have, not ${windows}`;
    issues.push({ path: [...at, String(i), 'within'], message });
  }
}

/** Such as `count below 5`. */
function usualName(on: AlertSubject, { condition, threshold, thresholdUpper }: AlertRuleInput): string {
  const words = `${on} ${condition}`.toLowerCase().replaceAll('_', ' ');
  return `${words} ${threshold}${thresholdUpper == null ? '' : ` to ${thresholdUpper}`}`;
}

function readThresholds(
  { on, condition, threshold, thresholdUpper = null }: AlertRuleInput,
  at: readonly string[],
  issues: InputIssue[],
): Pick<AlertRule, 'threshold' | 'thresholdUpper'> {
  const path = [...at, 'thresholdUpper'];
  const isRange = condition === 'INSIDE' || condition === 'OUTSIDE';
  if (isRange && (thresholdUpper === null || thresholdUpper <= threshold)) {
    issues.push({ path, message: `must be above threshold (${threshold}) for ${condition}, not ${thresholdUpper}` });
  }
  if (!isRange && thresholdUpper !== null) {
    issues.push({ path, message: `goes with INSIDE and OUTSIDE, not with ${condition}` });
  }
  if (on === 'ANOMALY' && (threshold < 0 || threshold > 1)) {
    const message = `must be from 0 to 1 for ANOMALY, where 0.2 is unusual and 0.5 rare, not ${threshold}`;
    issues.push({ path: [...at, 'threshold'], message });
  }
  return { threshold, thresholdUpper };
}

function readSpan(input: TimeSpanInput | null | undefined, path: readonly string[], issues: InputIssue[]) {
  return input == null ? null : (readTimeSpan(input, path, issues, spanBounds) ?? null);
}

function readWebhooks(urls: readonly string[], at: readonly string[], issues: InputIssue[]): readonly string[] {
  if (urls.length > maxWebhooks) issues.push({ path: at, message: `at most ${maxWebhooks}, not ${urls.length}` });
  if (new Set(urls).size < urls.length) issues.push({ path: at, message: 'names an address twice' });
  for (const [i, url] of urls.entries()) {
    const path = [...at, String(i)];
    if (url.length > maxUrlLength || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      issues.push({
        path,
        message: `must be an http or https URL of at most ${maxUrlLength} characters, not ${shown(url)}`,
      });
    } else if (new URL(url).username !== '' || new URL(url).password !== '') {
      issues.push({ path, message: 'must have no user name or password in it: requests are signed' });
    }
  }
  return urls;
}
