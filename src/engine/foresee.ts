// What a forecast says of an alert rule: whether, when and how surely its threshold is crossed within its horizon, as an insight that opens, changes
// and ends.
import { holds } from '../alerts/observe.ts';
import type { AlertRule } from '../alerts/rule.ts';
import { boundsOf, type Forecast, valuesOf } from '../forecast/auto.ts';
import { chanceAbove, chanceBelow } from '../forecast/chance.ts';
import type { EvidenceStep } from '../insights/evidence.ts';
import { endedInsight, type Insight, insightId, leading, type Subject } from '../insights/insight.ts';
import type { Situation } from '../insights/situation.ts';

/** The value of a widget, or of a group of it, and how it goes on. */
export interface Foreseen {
  readonly subject: Subject;
  /** A value a step; not a number where there was none. */
  readonly past: Float64Array;
  readonly forecast: Forecast;
  /** End of the last step of the past, and how long one is. */
  readonly from: number;
  readonly stepMs: number;
}

interface Crossing {
  readonly at: number;
  readonly step: number;
  /** That some step within the horizon is beyond the threshold: of the likeliest of them. */
  readonly probability: number;
  /** Steps within the horizon that are likelier to be beyond it than not. */
  readonly steps: number;
}

// It opens where being beyond is likelier than not, and is over where it has become clearly less likely.
const opens = 0.5;
const holdsFrom = 0.4;
// What is less of a change is not told.
const leastChange = 0.05;
const level = 0.95;
const pastSteps = 60;
const mostAhead = 120;

/** The insight as it is now; the same object where nothing has changed, null where there is none. */
export function foresee(before: Insight | null, rule: AlertRule, seen: Foreseen, now: number): Insight | null {
  const last = lastOf(seen.past);
  const crossing = crossingOf(rule, seen, now);
  // What has come is no forecast any more.
  const isOver = crossing === null || (last !== null && holds(rule, last));
  if (before === null) {
    return isOver || crossing.probability < opens ? null : opened(rule, seen, crossing, now);
  }
  const { situation } = leading(before);
  if (isOver || crossing.probability < holdsFrom) return endedInsight(before, now);
  if (isSame(situation, rule, crossing)) return before;
  const raised = situation.severity === rule.severity ? situation : withSeverity(situation, rule, now);
  const parts = [{ ...leading(before), situation: situationOf(raised, rule, seen, crossing), steps: stepsOf(seen) }];
  return { ...before, parts, updatedAt: now, changes: before.changes + 1 };
}

/** Number of the step behind `from` that ends nearest to a time. */
export function stepAt(from: number, stepMs: number, time: number): number {
  return Math.max(0, Math.round((time - from) / stepMs) - 1);
}

function isSame({ confidence, severity, breach }: Situation, rule: AlertRule, { probability, at }: Crossing): boolean {
  const isNear = Math.abs(probability - confidence) < leastChange && at === breach?.at;
  return isNear && severity === rule.severity && breach.limit === limitOf(rule);
}

function withSeverity(situation: Situation, { severity }: AlertRule, now: number): Situation {
  const told = { at: now, kind: 'SEVERITY_CHANGED', severity, observed: null } as const;
  return { ...situation, severity, life: [...situation.life, told] };
}

function opened(rule: AlertRule, seen: Foreseen, crossing: Crossing, now: number): Insight {
  const { severity } = rule;
  const begin: Situation = {
    type: 'FORECAST_BREACH',
    state: 'OPEN',
    severity,
    confidence: crossing.probability,
    from: now,
    to: crossing.at,
    occurrences: crossing.steps,
    peak: { at: crossing.at, observed: null, expectation: null, strength: 0, offset: null },
    movement: null,
    life: [{ at: now, kind: 'OPENED', severity, observed: lastOf(seen.past) }],
    quiet: 0,
    quietSince: null,
  };
  return {
    id: insightId('FORESEEN', seen.subject, rule.id, now),
    subject: seen.subject,
    parts: [{ field: null, situation: situationOf(begin, rule, seen, crossing), steps: stepsOf(seen) }],
    acknowledged: null,
    generatedAt: now,
    updatedAt: now,
    changes: 1,
    isTold: true,
  };
}

function situationOf(before: Situation, rule: AlertRule, { past, forecast }: Foreseen, crossing: Crossing): Situation {
  const { at, step, probability, steps } = crossing;
  const { lower, upper } = boundsOf(forecast, level);
  const expected = valuesOf(forecast)[step] as number;
  const expectation = { expected, lower: lower[step] as number, upper: upper[step] as number };
  return {
    ...before,
    confidence: probability,
    to: at,
    occurrences: steps,
    peak: { ...before.peak, at, observed: lastOf(past), expectation },
    breach: { ruleId: rule.id, limit: limitOf(rule), at },
  };
}

/** Null: no step within the horizon that is not over. */
function crossingOf(rule: AlertRule, { forecast, from, stepMs }: Foreseen, now: number): Crossing | null {
  // The steps from the one that goes on now to the one that the rule looks at.
  const first = Math.max(0, Math.floor((now - from) / stepMs));
  const last = Math.min(forecast.path.length - 1, stepAt(from, stepMs, now + (rule.within?.ms ?? 0)));
  const chances = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => chanceOf(rule, forecast, first + i));
  if (chances.length === 0) return null;
  const probability = Math.max(...chances);
  const least = Math.min(opens, probability);
  const step = first + chances.findIndex((chance) => chance >= least);
  return {
    at: from + (step + 1) * stepMs,
    step,
    probability,
    steps: chances.filter((chance) => chance >= least).length,
  };
}

/** That a step is what the rule is about. */
function chanceOf({ condition, threshold, thresholdUpper }: AlertRule, forecast: Forecast, step: number): number {
  const below = chanceBelow(forecast, step, threshold);
  if (condition === 'ABOVE') return chanceAbove(forecast, step, threshold);
  if (condition === 'BELOW') return below;
  const outside = below + chanceAbove(forecast, step, thresholdUpper ?? threshold);
  return condition === 'OUTSIDE' ? outside : 1 - outside;
}

function limitOf({ condition, threshold, thresholdUpper }: AlertRule): string {
  if (condition === 'INSIDE') return `between ${threshold} and ${thresholdUpper}`;
  return condition === 'OUTSIDE'
    ? `outside ${threshold} to ${thresholdUpper}`
    : `${condition.toLowerCase()} ${threshold}`;
}

function lastOf(past: Float64Array): number | null {
  return past.findLast((value) => !Number.isNaN(value)) ?? null;
}

/** The last steps that came, and those that are forecast. */
function stepsOf({ past, forecast, from, stepMs }: Foreseen): EvidenceStep[] {
  const begin = Math.max(0, past.length - pastSteps);
  const nothing = { expected: null, lower: null, upper: null, isAnomalous: false };
  const seen = Array.from(past.subarray(begin), (observed, i) => ({
    ...nothing,
    at: from - (past.length - begin - 1 - i) * stepMs,
    observed: Number.isNaN(observed) ? null : observed,
  }));
  const { lower, upper } = boundsOf(forecast, level);
  const ahead = Array.from(valuesOf(forecast).subarray(0, mostAhead), (expected, k) => ({
    at: from + (k + 1) * stepMs,
    observed: null,
    expected,
    lower: lower[k] as number,
    upper: upper[k] as number,
    isAnomalous: false,
  }));
  return [...seen, ...ahead];
}
