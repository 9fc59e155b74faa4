// One look at a window with one rule: which of its alerts change. Pure, but for what it remembers of the groups that it has seen.
import type { Group } from '../base/group.ts';
import { type Alert, alertId } from './alert.ts';
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

/** What a rule knows from look to look, by group. */
export interface Known {
  readonly alerts: Map<string, Alert>;
  /** Groups that had points at the last look, where it is an alarm that they have none. */
  groups: Map<string, Group>;
}

// A group that has been silent for so long will not come back.
const goneMs = 24 * 3_600_000;
const whole: Group = [];

/** Alerts by their groups. */
export function knownOf(alerts: readonly Alert[]): Known {
  return { alerts: new Map(alerts.map((alert) => [textOf(alert.group), alert])), groups: new Map() };
}

/** Changes of the alerts of a rule, which `known` has from then on. `isGrouped`: rows are those of groups, and `count` is of all points. */
export function evaluate(
  target: Target,
  known: Known,
  rows: readonly Row[],
  { now, isGrouped, count }: { now: number; isGrouped: boolean; count: number },
): Alert[] {
  const changes: Alert[] = [];
  const look = (text: string, group: Group, subject: Subject) => {
    const before = known.alerts.get(text);
    const changed = next(target, before ?? made(target, group, now), subject, now);
    if (changed === undefined) return;
    const alert = before === undefined ? { ...changed, id: alertId(target.rule.id, group) } : changed;
    known.alerts.set(text, alert);
    changes.push(alert);
  };
  const seen = new Map<string, Group>();
  for (const row of rows) {
    const text = textOf(row.group);
    seen.set(text, row.group);
    look(text, row.group, row);
  }
  if (isGrouped) {
    lookForMissing(target.rule, known, seen, now, look);
    // Where no group has ever been seen, the whole is what has no data.
    if (target.rule.onNoData && !seen.has('')) look('', whole, { ...noSubject, count: isSilent(known, count) ? 0 : 1 });
  }
  return changes;
}

/** Whether time alone may change one of them. */
export function isWaiting({ alerts }: Known): boolean {
  for (const alert of alerts.values()) if (isTimed(alert) || alert.state === 'NO_DATA') return true;
  return false;
}

/** Groups that have no points any more have no row. */
function lookForMissing(
  rule: AlertRule,
  known: Known,
  seen: ReadonlyMap<string, Group>,
  now: number,
  look: (text: string, group: Group, subject: Subject) => void,
): void {
  for (const [text, { group, state, since }] of [...known.alerts]) {
    if (seen.has(text) || text === '' || state === 'INACTIVE') continue;
    const isGone = state === 'NO_DATA' && now - since >= goneMs;
    look(text, group, isGone ? { ...noSubject, count: 1 } : noSubject);
  }
  if (!rule.onNoData) return;
  for (const [text, group] of known.groups) {
    const state = known.alerts.get(text)?.state ?? 'INACTIVE';
    if (!seen.has(text) && state === 'INACTIVE') look(text, group, noSubject);
  }
  known.groups = new Map(seen);
}

function isSilent({ alerts }: Known, count: number): boolean {
  if (count > 0) return false;
  for (const [text, { state }] of alerts) if (text !== '' && state !== 'INACTIVE') return false;
  return true;
}

/** Different for different groups; empty for the whole. */
function textOf(group: Group): string {
  let text = '';
  for (const { value } of group) text += value === null ? '\u0001' : `\u0002${value}`;
  return text;
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

/** One that has never been anything; it has an id once it is. */
function made({ rule, dashboardId, widgetId, entityType }: Target, group: Group, now: number): Alert {
  const parts = { id: '', rule, dashboardId, widgetId, entityType, group };
  return { ...parts, value: null, acknowledgedBy: null, isTold: false, ...inactive(now) };
}
