// An alert: the state of one rule for one group of one widget, as it is kept and shown.
import { hash } from 'node:crypto';
import type { Group } from '../base/group.ts';
import type { ChangeBody, Stored } from '../changes/stored.ts';
import type { AlertRule } from './rule.ts';
import type { AlertStatus } from './transition.ts';

export interface Alert extends AlertStatus, ChangeBody {
  readonly rule: AlertRule;
  readonly dashboardId: string;
  readonly widgetId: string;
  /** Whose points it is about: whoever may not read them does not see it. */
  readonly entityType: string;
  /** Empty where the widget does not group. */
  readonly group: Group;
  /** What the condition looked at when the state last changed. */
  readonly value: number | null;
  readonly acknowledgedBy: string | null;
}

export type StoredAlert = Stored<Alert>;

/** The same from firing to firing. */
export function alertId(ruleId: string, group: Group): string {
  return `alert_${hashOf([ruleId, group])}`;
}

/** Of a delivery: computed again it is the same. */
export function deliveryId(alert: Alert, url: string): string {
  return `msg_${hashOf([alert.id, alert.state, alert.since, url])}`;
}

function hashOf(parts: unknown): string {
  return hash('sha256', JSON.stringify(parts), 'base64url').slice(0, 22);
}
