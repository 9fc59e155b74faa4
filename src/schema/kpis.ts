// KPIs: what is computed, its value, its past, and watching it.

import type { Aggregation } from '../aggregates/aggregation.ts';
import type { AnswerBudget } from '../base/answer-budget.ts';
import type { GroupKey } from '../windows/group-key.ts';
import type { KpiUpdate } from '../windows/kpi-watch.ts';
import type { WindowOperand, WindowQuery } from '../windows/window-query.ts';
import type { Covered, GroupValue, WindowBucket, WindowValue } from '../windows/window-value.ts';
import { comparesPrevious } from './asked-fields.ts';
import { builder } from './builder.ts';
import { ConditionInputType, ConditionType, FilterInputType, FilterType } from './conditions.ts';
import { AggregationFunctionEnum } from './enums.ts';
import { TimeSpanInput, TimeSpanType } from './time-spans.ts';

const AggregationInputType = builder.inputType('AggregationInput', {
  description: 'How many points become one number.',
  fields: (t) => ({
    function: t.field({ type: AggregationFunctionEnum, required: true, description: 'The function.' }),
    field: t.string({ description: 'Dotted path of the field; not needed for COUNT and RATE.' }),
    quantile: t.float({ description: 'For QUANTILE, in (0, 1).' }),
  }),
});

const KpiOperandInputType = builder.inputType('KpiOperandInput', {
  description: 'What a formula calls by name.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Letters, digits and _; not min, max or abs.' }),
    aggregation: t.field({ type: AggregationInputType, required: true, description: 'What is computed.' }),
    filters: t.field({ type: [FilterInputType], description: 'Beside the filters of the query.' }),
    where: t.field({ type: ConditionInputType, description: 'Beside the condition of the query.' }),
  }),
});

export const KpiQueryInputType = builder.inputType('KpiQueryInput', {
  description:
    'Either one aggregation, or a formula over named operands, of the points in a window that slides with time.',
  fields: (t) => ({
    entityType: t.string({ required: true, description: 'What kind of events.' }),
    serviceId: t.string({ description: 'Null: all services.' }),
    aggregation: t.field({ type: AggregationInputType, description: 'What is computed, where there is no formula.' }),
    formula: t.string({
      description:
        'Arithmetic over the names of the operands: numbers, + - * / ( ), unary minus, min(a, b), max(a, b), abs(a); for example ' +
        '"100 * failed / all". Null where an operand is null, a division is by zero, or the limit on groups leaves it unknown.',
    }),
    operands: t.field({
      type: [KpiOperandInputType],
      description:
        'Up to 8; each has its own aggregation and filters, and shares entityType, serviceId, window, groupBy and the filters of the query.',
    }),
    timeWindow: t.field({
      type: TimeSpanInput,
      required: true,
      description:
        'How far back the window reaches; it begins at the edge of a 60th of it, so up to that much earlier.',
    }),
    filters: t.field({ type: [FilterInputType], description: 'Only points for which all of these hold.' }),
    where: t.field({ type: ConditionInputType, description: 'Only points for which this holds.' }),
    groupBy: t.stringList({
      description: 'Dotted paths of text fields, or the words entityType and serviceId; at most 4.',
    }),
    top: t.int({ description: 'Only the largest groups by value; the rest becomes one group with isOther.' }),
  }),
});

const AggregationType = builder.objectRef<Aggregation>('Aggregation').implement({
  description: 'How many points become one number.',
  fields: (t) => ({
    function: t.expose('function', { type: AggregationFunctionEnum, description: 'The function.' }),
    field: t.exposeString('field', { nullable: true, description: 'Dotted path; null for COUNT and RATE.' }),
    quantile: t.exposeFloat('quantile', { nullable: true, description: 'For QUANTILE, in (0, 1).' }),
  }),
});

const KpiOperandType = builder.objectRef<WindowOperand>('KpiOperand').implement({
  description: 'What a formula calls by name.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'As in the formula.' }),
    aggregation: t.expose('aggregation', { type: AggregationType, description: 'What is computed.' }),
    filters: t.field({
      type: [FilterType],
      description: 'All of these hold, beside the filters of the query.',
      resolve: ({ filters }) => [...filters],
    }),
    where: t.expose('where', { type: ConditionType, nullable: true, description: 'This holds too.' }),
  }),
});

export const KpiQueryType = builder.objectRef<WindowQuery>('KpiQuery').implement({
  description:
    'Either one aggregation, or a formula over named operands, of the points in a window that slides with time.',
  fields: (t) => ({
    entityType: t.exposeString('entityType', { description: 'What kind of events.' }),
    serviceId: t.exposeString('serviceId', { nullable: true, description: 'Null: all services.' }),
    aggregation: t.expose('aggregation', {
      type: AggregationType,
      nullable: true,
      description: 'What is computed; null where there is a formula.',
    }),
    formula: t.exposeString('formula', { nullable: true, description: 'Arithmetic over the names of the operands.' }),
    operands: t.field({
      type: [KpiOperandType],
      description: 'What the formula calls by name; none where there is no formula.',
      resolve: ({ operands }) => [...operands],
    }),
    timeWindow: t.expose('timeWindow', { type: TimeSpanType, description: 'How far back the window reaches.' }),
    filters: t.field({ type: [FilterType], description: 'All of these hold.', resolve: ({ filters }) => [...filters] }),
    where: t.expose('where', { type: ConditionType, nullable: true, description: 'This holds.' }),
    groupBy: t.stringList({ description: 'What it is grouped by.', resolve: ({ groupBy }) => [...groupBy] }),
    top: t.exposeInt('top', { nullable: true, description: 'How many of the largest groups are shown; null: all.' }),
  }),
});

export const GroupKeyType = builder.objectRef<GroupKey>('GroupKey').implement({
  description: 'One field of groupBy and its value in a group.',
  fields: (t) => ({
    field: t.exposeString('field', { description: 'As in groupBy.' }),
    value: t.exposeString('value', { nullable: true, description: 'Null: the points have none.' }),
  }),
});

const GroupValueType = builder.objectRef<GroupValue>('GroupValue').implement({
  description: 'The value of one group.',
  fields: (t) => ({
    key: t.field({ type: [GroupKeyType], description: 'In the order of groupBy.', resolve: ({ key }) => [...key] }),
    value: t.exposeFloat('value', { nullable: true, description: 'Null where no value counts.' }),
    count: t.exposeFloat('count', { description: 'Points of the group.' }),
    previous: t.exposeFloat('previous', {
      nullable: true,
      description: 'The value of the group in the window before, as in WidgetValue; null in steps of the past.',
    }),
    changePercent: t.exposeFloat('changePercent', {
      nullable: true,
      description: '100 * (value - previous) / |previous|; null where previous is null or 0.',
    }),
    isOther: t.exposeBoolean('isOther', {
      description: 'The rest, with an empty key, where the query or the limit on groups leaves some out.',
    }),
  }),
});

// A row as JSON with its key, value and count.
const bytesPerRow = 100;

function spent(groups: readonly GroupValue[], answer: AnswerBudget | undefined): GroupValue[] {
  answer?.spend(bytesPerRow * groups.length);
  return [...groups];
}

const WindowCoverageType = builder.objectRef<Covered>('WindowCoverage').implement({
  description: 'The part of a window whose points are all stored: retention deletes older ones (`--retention-days`).',
  fields: (t) => ({
    from: t.expose('from', { type: 'DateTime', description: 'windowStart, or later where points have been deleted.' }),
    to: t.expose('to', { type: 'DateTime', description: 'windowEnd.' }),
    isComplete: t.exposeBoolean('isComplete', { description: 'Whether that is the whole window.' }),
  }),
});

export const WidgetValueType = builder.objectRef<WindowValue>('WidgetValue').implement({
  description: 'The value of a window, exact for the bounds printed with it: windowStart < timestamp <= windowEnd.',
  fields: (t) => ({
    value: t.exposeFloat('value', { nullable: true, description: 'Over all groups; null where the window is empty.' }),
    count: t.exposeFloat('count', {
      description: 'Points in the window that pass the filters, whether or not the field is a number in them.',
    }),
    groups: t.field({
      type: [GroupValueType],
      description:
        'One row a group with at least one point that passes the filters, largest first; empty where the query does not group.',
      resolve: ({ groups }, _, { answer }) => spent(groups, answer),
    }),
    previous: t.exposeFloat('previous', {
      nullable: true,
      description:
        'The value of the window just before this one, which is exactly as long: windowEnd - windowStart. Null also while it is being read.',
    }),
    changePercent: t.exposeFloat('changePercent', {
      nullable: true,
      description: '100 * (value - previous) / |previous|; null where previous is null or 0.',
    }),
    windowStart: t.expose('windowStart', {
      type: 'DateTime',
      description:
        "The window's length before windowEnd, moved back to its pane's edge (a pane is 1/60 of the window).",
    }),
    windowEnd: t.expose('windowEnd', { type: 'DateTime', description: 'As of when.' }),
    covered: t.expose('covered', {
      type: WindowCoverageType,
      description: 'The part of the window whose points are all stored; the value is over the points that are stored.',
    }),
  }),
});

const bandText =
  'Null but in steps of one pane (`buckets: 60`) of a widget whose `visualization` has `band: true`, or that has a rule on ANOMALY, once enough was seen.';

/** A step, with what was expected of it where somebody watches. */
export interface BucketView extends WindowBucket {
  readonly expectation?: { readonly expected: number; readonly lower: number; readonly upper: number } | undefined;
}

export const WidgetBucketType = builder.objectRef<BucketView>('WidgetBucket').implement({
  description: 'One step of the past: start < timestamp <= end.',
  fields: (t) => ({
    start: t.expose('start', { type: 'DateTime', description: 'Not included.' }),
    end: t.expose('end', { type: 'DateTime', description: 'Included; of the newest step it may lie ahead.' }),
    value: t.exposeFloat('value', { nullable: true, description: 'Over the points of this step.' }),
    count: t.exposeFloat('count', { description: 'Points of this step.' }),
    groups: t.field({
      type: [GroupValueType],
      description: 'As in WidgetValue.',
      resolve: ({ groups }, _, { answer }) => spent(groups, answer),
    }),
    expected: t.float({
      nullable: true,
      description: `What was expected of this step. ${bandText}`,
      resolve: ({ expectation }) => expectation?.expected,
    }),
    lower: t.float({
      nullable: true,
      description: `Lower edge of the band that was taken for normal. ${bandText}`,
      resolve: ({ expectation }) => expectation?.lower,
    }),
    upper: t.float({
      nullable: true,
      description: `Upper edge of the band that was taken for normal. ${bandText}`,
      resolve: ({ expectation }) => expectation?.upper,
    }),
  }),
});

const KpiUpdateType = builder.objectRef<KpiUpdate>('KpiUpdate').implement({
  description:
    'A KPI without a dashboard: first a snapshot with the history asked for, then what changed: the value, and the buckets that are new or different.',
  fields: (t) => ({
    value: t.field({ type: WidgetValueType, description: 'The value now.', resolve: ({ frame }) => frame.value }),
    buckets: t.field({
      type: [WidgetBucketType],
      description: 'All at first, then those that are new or different.',
      resolve: ({ buckets }) => [...buckets],
    }),
    isSnapshot: t.exposeBoolean('isSnapshot', { description: 'Whether this is all of it.' }),
    at: t.field({ type: 'DateTime', description: 'As of when.', resolve: ({ frame }) => frame.asOf }),
  }),
});

builder.queryField('kpi', (t) =>
  t.field({
    type: WidgetValueType,
    description: 'A KPI without a dashboard: the value now.',
    args: { query: t.arg({ type: KpiQueryInputType, required: true, description: 'What is computed.' }) },
    resolve: async (_, { query }, { engine, viewer, signal }, info) => {
      const asked = { ...query, comparesPrevious: comparesPrevious(info) };
      return (await engine.kpis.value(viewer, asked, signal)).value;
    },
  }),
);

builder.queryField('kpiHistory', (t) =>
  t.field({
    type: [WidgetBucketType],
    description:
      'A KPI over a stretch of the past, oldest first: for zooming and panning. Steps (at most 1,000) begin at `from`, the last is cut at `to` (null: now); each has the value over its own points, and ' +
      "the query's timeWindow is not used. Where more than `--max-read-points` points would be looked at, only the newest steps are given: the first one's start says from when. Null `step`: a 60th of the stretch, in whole seconds. Stretches up to 366 days, whatever is left of them.",
    args: {
      query: t.arg({ type: KpiQueryInputType, required: true, description: 'What is computed.' }),
      from: t.arg({ type: 'DateTime', required: true, description: 'Where the first step begins.' }),
      to: t.arg({ type: 'DateTime', description: 'Where the last step ends; null: now.' }),
      step: t.arg({
        type: TimeSpanInput,
        description: 'Length of a step; null: a 60th of the stretch, in whole seconds.',
      }),
    },
    resolve: async (_, { query, from, to, step }, { engine, viewer, signal }) => {
      const input = { query, from, to: to ?? null, step: step ?? null };
      return [...(await engine.kpis.history(viewer, input, signal))];
    },
  }),
);

builder.subscriptionField('kpi', (t) =>
  t.field({
    type: KpiUpdateType,
    description:
      'A KPI as it changes, at most once in `every` (1 s where it is left out), with `history` buckets over its window (none by default).',
    args: {
      query: t.arg({ type: KpiQueryInputType, required: true, description: 'What is computed.' }),
      every: t.arg({ type: TimeSpanInput, description: 'At most one update in so long; 1 s at least.' }),
      history: t.arg.int({ description: 'Steps of the window, 60 at most; none where it is left out.' }),
    },
    subscribe: (_, { query, every, history }, { engine, viewer }, info) => {
      const asked = { ...query, comparesPrevious: comparesPrevious(info) };
      return engine.watchKpi(viewer, { query: asked, every: every ?? null, history: history ?? null });
    },
    resolve: (update) => update,
  }),
);
