// Alert rules, in and out, and what one would have done.
import type { AlertRule } from '../alerts/rule.ts';
import type { AlertPreview, AlertTransition } from '../engine/alert-preview.ts';
import { builder } from './builder.ts';
import { AlertConditionEnum, AlertStateEnum, AlertSubjectEnum, SeverityEnum } from './enums.ts';
import { GroupKeyType, KpiQueryInputType } from './kpis.ts';
import { TimeSpanInput, TimeSpanType } from './time-spans.ts';

export const AlertRuleInputType = builder.inputType('AlertRuleInput', {
  description: 'When a widget’s value is wrong.',
  fields: (t) => ({
    id: t.id({
      description:
        'Of the rule that this one replaces: it keeps its state. Without it, a rule of equal content keeps its own.',
    }),
    name: t.string({ description: '1 to 200 characters.' }),
    on: t.field({ type: AlertSubjectEnum, defaultValue: 'VALUE', description: 'What the condition looks at.' }),
    minCount: t.int({
      description: 'The rule holds its state while the window has fewer points than this: small numbers are noise.',
    }),
    condition: t.field({ type: AlertConditionEnum, required: true, description: 'When it holds.' }),
    threshold: t.float({ required: true, description: 'What it is compared with.' }),
    thresholdUpper: t.float({ description: 'Upper threshold, for INSIDE and OUTSIDE.' }),
    severity: t.field({ type: SeverityEnum, defaultValue: 'MEDIUM', description: 'How bad it is.' }),
    for: t.field({
      type: TimeSpanInput,
      description: 'How long the condition must hold before the alert fires. Null: at once.',
    }),
    keepFiringFor: t.field({
      type: TimeSpanInput,
      description: 'How long the condition must be clear before a firing alert resolves. Null: at once.',
    }),
    onNoData: t.boolean({ defaultValue: false, description: 'Fire when the window has no data.' }),
    within: t.field({
      type: TimeSpanInput,
      description: 'For FORECAST: how far ahead, 1 to 300 times the widget’s timeWindow.',
    }),
    webhooks: t.stringList({
      description:
        'URLs that get a signed POST (Standard Webhooks) when the alert fires and when it resolves; at most 10.',
    }),
  }),
});

export const AlertRuleType = builder.objectRef<AlertRule>('AlertRule').implement({
  description: 'When a widget’s value is wrong.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Stays when the rule is changed under it.' }),
    name: t.exposeString('name', { description: 'What it is called; what it says where no name was given.' }),
    on: t.expose('on', { type: AlertSubjectEnum, description: 'What the condition looks at.' }),
    minCount: t.exposeInt('minCount', { nullable: true, description: 'With fewer points its state is held.' }),
    within: t.expose('within', { type: TimeSpanType, nullable: true, description: 'For FORECAST: how far ahead.' }),
    condition: t.expose('condition', { type: AlertConditionEnum, description: 'When it holds.' }),
    threshold: t.exposeFloat('threshold', { description: 'What it is compared with.' }),
    thresholdUpper: t.exposeFloat('thresholdUpper', { nullable: true, description: 'For INSIDE and OUTSIDE.' }),
    severity: t.expose('severity', { type: SeverityEnum, description: 'How bad it is.' }),
    for: t.expose('for', { type: TimeSpanType, nullable: true, description: 'How long it must hold before it fires.' }),
    keepFiringFor: t.expose('keepFiringFor', {
      type: TimeSpanType,
      nullable: true,
      description: 'How long it must be clear before it resolves.',
    }),
    onNoData: t.exposeBoolean('onNoData', { description: 'Whether it fires when there is no data.' }),
    webhooks: t.stringList({ description: 'URLs that get a signed POST.', resolve: ({ webhooks }) => [...webhooks] }),
  }),
});

const AlertTransitionType = builder.objectRef<AlertTransition>('AlertTransition').implement({
  description: 'A change of state that there would have been.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When.' }),
    group: t.field({ type: [GroupKeyType], description: 'Of which group.', resolve: ({ group }) => [...group] }),
    from: t.expose('from', { type: AlertStateEnum, description: 'The state before.' }),
    to: t.expose('to', { type: AlertStateEnum, description: 'The state from then on.' }),
    value: t.exposeFloat('value', { nullable: true, description: 'What the condition looked at.' }),
  }),
});

const AlertPreviewType = builder.objectRef<AlertPreview>('AlertPreview').implement({
  description: 'What a rule would have done on stored points: the same state machine, run over the past.',
  fields: (t) => ({
    transitions: t.field({
      type: [AlertTransitionType],
      description: 'In their order.',
      resolve: ({ transitions }) => [...transitions],
    }),
    firings: t.exposeInt('firings', { description: 'How often it would have fired.' }),
    firingSeconds: t.exposeFloat('firingSeconds', { description: 'How long it would have fired, over all groups.' }),
    truncated: t.exposeString('truncated', { nullable: true, description: 'Null, or why the preview is cut short.' }),
  }),
});

builder.queryField('alertPreview', (t) =>
  t.field({
    type: AlertPreviewType,
    description:
      'What this rule would have done between from and to: at most 100,000 seconds and 200,000 points by default, the newest where there are more.',
    args: {
      query: t.arg({ type: KpiQueryInputType, required: true, description: 'What is looked at.' }),
      rule: t.arg({ type: AlertRuleInputType, required: true, description: 'The rule.' }),
      from: t.arg({ type: 'DateTime', required: true, description: 'Begins here, with every alert inactive.' }),
      to: t.arg({ type: 'DateTime', description: 'Ends here; null: now.' }),
    },
    resolve: (_, { query, rule, from, to }, { engine, viewer, signal }) =>
      engine.alerts.preview(viewer, { query, rule, from, to: to ?? null }, signal),
  }),
);
