// What a rule sees in the value of a window or group.
import type { AlertRule } from './rule.ts';
import type { Observation } from './transition.ts';

/** A window's value, or that of one of its groups. */
export interface Subject {
  readonly value: number | null;
  readonly count: number;
  readonly changePercent: number | null;
  /** For a rule on what is made of the value's history: its anomaly score in [0, 1], or what is forecast of it; null: not known. */
  readonly derived: number | null;
}

export const noSubject: Subject = { value: null, count: 0, changePercent: null, derived: null };

export function observe(rule: AlertRule, subject: Subject): Observation {
  if (subject.count === 0 && rule.onNoData) return 'NO_DATA';
  // What has no points at all is no longer noisy, it is gone: held, it would fire for ever.
  if (subject.count === 0 && rule.minCount !== null) return 'CLEAR';
  if (rule.minCount !== null && subject.count < rule.minCount) return 'TOO_FEW';
  // What cannot be forecast is not clear.
  if (rule.on === 'FORECAST' && subject.derived === null) return 'TOO_FEW';
  const seen = seenBy(rule, subject);
  return seen !== null && holds(rule, seen) ? 'HOLDS' : 'CLEAR';
}

/** What the condition looks at. */
export function seenBy(
  { on }: Pick<AlertRule, 'on'>,
  { value, count, changePercent, derived }: Subject,
): number | null {
  if (on === 'COUNT') return count;
  if (on === 'ANOMALY' || on === 'FORECAST') return derived;
  return on === 'CHANGE_PERCENT' ? changePercent : value;
}

/** Whether a value is what the rule is about. */
export function holds(
  { condition, threshold, thresholdUpper }: Pick<AlertRule, 'condition' | 'threshold' | 'thresholdUpper'>,
  value: number,
): boolean {
  const upper = thresholdUpper ?? threshold;
  switch (condition) {
    case 'ABOVE':
      return value > threshold;
    case 'BELOW':
      return value < threshold;
    case 'EQUAL':
      return value === threshold;
    case 'NOT_EQUAL':
      return value !== threshold;
    case 'INSIDE':
      return value >= threshold && value <= upper;
    default:
      return value < threshold || value > upper;
  }
}
