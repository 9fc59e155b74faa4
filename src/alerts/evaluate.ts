// One look at a window with one rule: which of its alerts change. Pure: what is known comes in, what changes goes out.
import { type Alert, alertId, type Group } from './alert.ts';
import { noSubject, observe, type Subject, seenBy } from './observe.ts';
import type { AlertRule } from './rule.ts';
import { inactive, isAlarming, isTimed, transition } from './transition.ts';

export interface Target {
  readonly dashboardId: string;
  readonly widgetId: string;
  readonly entityType: string;
  readonly rule: AlertRule;
}

/** A row of the window: the whole where it does not group. */
export interface Row extends Subject {
  readonly group: Group;
}

/** Changes of the alerts of a rule, by id; `known` has those that it has so far. */
export function evaluate(
  target: Target,
  known: ReadonlyMap<string, Alert>,
  rows: readonly Row[],
  now: number,
): Alert[] {
  const changes: Alert[] = [];
  const seen = new Set<string>();
  for (const row of rows) {
    const id = alertId(target.rule.id, row.group);
    seen.add(id);
    const changed = next(target, known.get(id) ?? made(target, id, row.group, now), row, now);
    if (changed !== undefined) changes.push(changed);
  }
  // A group that has no points any more has no row.
  for (const [id, alert] of known) {
    if (seen.has(id) || alert.state === 'INACTIVE') continue;
    const changed = next(target, alert, noSubject, now);
    if (changed !== undefined) changes.push(changed);
  }
  return changes;
}

/** Whether time alone may change one of them. */
export function isWaiting(known: ReadonlyMap<string, Alert>): boolean {
  for (const alert of known.values()) if (isTimed(alert)) return true;
  return false;
}

function next(target: Target, alert: Alert, subject: Subject, now: number): Alert | undefined {
  const { rule } = target;
  const { state, since, clearSince, firedAt, resolvedAt } = alert;
  const before = { state, since, clearSince, firedAt, resolvedAt };
  const after = transition(rule, before, observe(rule, subject), now);
  if (after === before) return undefined;
  // Since when it has been clear is noted, and nobody's business.
  if (after.state === state) return { ...alert, ...after, isTold: false };
  const isNew = !isAlarming(state) && isAlarming(after.state);
  const acknowledgedBy = isNew ? null : alert.acknowledgedBy;
  return { ...alert, ...after, rule, value: seenBy(rule, subject), acknowledgedBy, isTold: true };
}

function made({ rule, dashboardId, widgetId, entityType }: Target, id: string, group: Group, now: number): Alert {
  return {
    id,
    rule,
    dashboardId,
    widgetId,
    entityType,
    group,
    value: null,
    acknowledgedBy: null,
    isTold: false,
    ...inactive(now),
  };
}
