// Alerts: read, watched, acknowledged.
import type { StoredAlert } from '../alerts/alert.ts';
import { NotFoundError } from '../base/errors.ts';
import { AlertRuleType } from './alert-rules.ts';
import { builder } from './builder.ts';
import { AlertStateEnum } from './enums.ts';
import { GroupKeyType } from './kpis.ts';
import { latestFirst, pageOf } from './page-of.ts';
import { WidgetType } from './widgets.ts';

const alertRef = builder.objectRef<StoredAlert>('Alert');

const AlertType = builder.node(alertRef, {
  description: 'The state of one alert rule for one group of one widget; its id stays the same from firing to firing.',
  id: { resolve: ({ id }) => id },
  loadOne: (id, { engine, viewer }) => engine.alerts.get(viewer, id) ?? null,
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'revision' in value && 'rule' in value,
  fields: (t) => ({
    rule: t.expose('rule', { type: AlertRuleType, description: 'As it was when the state last changed.' }),
    dashboardId: t.exposeID('dashboardId', { description: 'The dashboard of the widget.' }),
    widgetId: t.exposeID('widgetId', { description: 'The widget.' }),
    group: t.field({
      type: [GroupKeyType],
      description: 'Empty where the widget does not group.',
      resolve: ({ group }) => [...group],
    }),
    state: t.expose('state', { type: AlertStateEnum, description: 'Now.' }),
    value: t.exposeFloat('value', {
      nullable: true,
      description: 'What the condition looked at when the state last changed.',
    }),
    since: t.expose('since', { type: 'DateTime', description: 'When it came to this state.' }),
    firedAt: t.expose('firedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it last fired; null where it never did.',
    }),
    resolvedAt: t.expose('resolvedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it last resolved; null where it never did.',
    }),
    acknowledgedBy: t.exposeString('acknowledgedBy', {
      nullable: true,
      description: 'Who has seen it; empty again when it fires anew.',
    }),
    cursor: t.field({
      type: 'Cursor',
      description: 'Place of the last change; resume Subscription.alerts from it.',
      resolve: (alert, _, { engine }) => engine.alerts.cursorOf(alert),
    }),
  }),
});

builder.objectFields(WidgetType, (t) => ({
  alertRules: t.field({
    type: [AlertRuleType],
    description: 'When its value is wrong.',
    resolve: ({ widget }) => [...widget.alertRules],
  }),
  alerts: t.field({
    type: [AlertType],
    description: 'States of its rules that have ever been other than inactive, those that changed last first.',
    resolve: ({ widget, record }, _, { engine, viewer }) =>
      engine.alerts.ofWidget(viewer, record.dashboard.id, widget.id),
  }),
}));

builder.queryField('alerts', (t) =>
  t.connection(
    {
      type: AlertType,
      description: 'Alerts that have ever been other than inactive, those that changed last first.',
      args: {
        dashboardId: t.arg.id({ description: 'Only those of this dashboard.' }),
        state: t.arg({ type: AlertStateEnum, description: 'Only those in this state.' }),
      },
      resolve: (_, { dashboardId, state, ...page }, { engine, viewer }) => {
        const all = engine.alerts.list(viewer, dashboardId ?? null);
        const found = state == null ? all : all.filter((alert) => alert.state === state);
        return pageOf(found, latestFirst, page, engine.limits);
      },
    },
    {
      name: 'AlertConnection',
      description: 'A page of alerts.',
      fields: (f) => ({ totalCount: f.exposeInt('totalCount', { description: 'On all pages.' }) }),
    },
    { name: 'AlertEdge', description: 'An alert with its place.' },
  ),
);

builder.subscriptionField('alerts', (t) =>
  t.field({
    type: AlertType,
    description:
      'Each change of state of an alert; first the ones that fire now, or with `after` every change since. Changes are kept for 7 days: from further back it ' +
      'begins with what fires now.',
    args: {
      dashboardId: t.arg.id({ description: 'Only those of this dashboard.' }),
      after: t.arg({ type: 'Cursor', description: 'Every change behind this cursor, then what comes.' }),
    },
    subscribe: (_, { dashboardId, after }, { engine, viewer }) =>
      engine.watchAlerts(viewer, dashboardId ?? null, after ?? null),
    resolve: (alert) => alert,
  }),
);

const AcknowledgeAlertResult = builder.errorUnion('AcknowledgeAlertResult', {
  description: 'The alert with who has seen it, or that there is none.',
  types: [AlertType, NotFoundError],
});

builder.mutationField('acknowledgeAlert', (t) =>
  t.field({
    type: AcknowledgeAlertResult,
    description: 'Says that you have seen an alert; it is forgotten when it fires anew.',
    args: { id: t.arg.id({ required: true, description: 'Which one.' }) },
    resolve: (_, { id }, { engine, viewer }) => engine.alerts.acknowledge(viewer, id),
  }),
);
