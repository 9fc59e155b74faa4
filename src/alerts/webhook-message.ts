// What is sent when an alert fires or resolves: the body of Standard Webhooks (standardwebhooks.com), a type, a time and the data.
import { isoTime } from '../base/iso-time.ts';
import type { Alert } from './alert.ts';
import { isAlarming } from './transition.ts';

export interface Delivery {
  readonly url: string;
  /** JSON, as it is sent and signed. */
  readonly payload: string;
}

/** The body of an outbox row. */
export function deliveryBody(url: string, alert: Alert): string {
  return JSON.stringify({ url, payload: payloadOf(alert) } satisfies Delivery);
}

export function readDelivery(body: string): Delivery {
  return JSON.parse(body) as Delivery;
}

function payloadOf({
  id,
  rule,
  dashboardId,
  widgetId,
  entityType,
  group,
  state,
  value,
  since,
  firedAt,
  resolvedAt,
}: Alert): string {
  const { id: ruleId, name, on, condition, threshold, thresholdUpper, severity } = rule;
  return JSON.stringify({
    type: isAlarming(state) ? 'alert.firing' : 'alert.resolved',
    timestamp: timeText(since),
    data: {
      alertId: id,
      rule: { id: ruleId, name, on, condition, threshold, thresholdUpper, severity },
      dashboardId,
      widgetId,
      entityType,
      group,
      state,
      value,
      firedAt: timeText(firedAt),
      resolvedAt: timeText(resolvedAt),
    },
  });
}

function timeText(time: number | null): string | null {
  return time === null ? null : isoTime(time);
}
