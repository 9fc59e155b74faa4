// Widgets: a KPI with a name, a place and a way to be drawn.
import type { Position } from '../dashboards/dashboard.ts';
import type { WidgetView } from '../dashboards/watch-dashboard.ts';
import { AlertRuleInputType } from './alert-rules.ts';
import { comparesPrevious } from './asked-fields.ts';
import { builder } from './builder.ts';
import { WidgetTypeEnum } from './enums.ts';
import { KpiQueryInputType, KpiQueryType, WidgetBucketType, WidgetValueType } from './kpis.ts';

export const PositionInputType = builder.inputType('PositionInput', {
  description: "In cells of the dashboard's grid.",
  fields: (t) => ({
    x: t.int({ required: true, description: 'Columns from the left, from 0.' }),
    y: t.int({ required: true, description: 'Rows from the top, from 0.' }),
    width: t.int({ required: true, description: 'Columns; x + width is within the grid.' }),
    height: t.int({ required: true, description: 'Rows.' }),
  }),
});

const PositionType = builder.objectRef<Position>('Position').implement({
  description: "In cells of the dashboard's grid.",
  fields: (t) => ({
    x: t.exposeInt('x', { description: 'Columns from the left, from 0.' }),
    y: t.exposeInt('y', { description: 'Rows from the top, from 0.' }),
    width: t.exposeInt('width', { description: 'Columns.' }),
    height: t.exposeInt('height', { description: 'Rows.' }),
  }),
});

export const WidgetInputType = builder.inputType('WidgetInput', {
  description: 'A widget to make, or what a widget becomes.',
  fields: (t) => ({
    name: t.string({ required: true, description: '1 to 200 characters.' }),
    type: t.field({ type: WidgetTypeEnum, required: true, description: 'How it is drawn.' }),
    query: t.field({ type: KpiQueryInputType, required: true, description: 'What it shows.' }),
    visualization: t.field({
      type: 'JSONObject',
      description:
        'How it is drawn in detail; kept as it comes. `band: true` has its value watched, and history gives what was expected.',
    }),
    alerts: t.field({ type: [AlertRuleInputType], description: 'When its value is wrong; up to 20 rules.' }),
    position: t.field({ type: PositionInputType, description: 'Where it lies; null: the first free place.' }),
  }),
});

export const WidgetPositionInputType = builder.inputType('WidgetPositionInput', {
  description: 'Where a widget goes.',
  fields: (t) => ({
    widgetId: t.id({ required: true, description: 'Which widget.' }),
    position: t.field({ type: PositionInputType, required: true, description: 'Its place.' }),
  }),
});

const widgetRef = builder.objectRef<WidgetView>('Widget');

export const WidgetType = builder.node(widgetRef, {
  description: 'A KPI with a name, a place and a way to be drawn.',
  id: { resolve: ({ widget }) => widget.id },
  loadOne: (id, { engine }) => {
    const record = engine.dashboards.ofWidget(id);
    const widget = record?.dashboard.widgets.find((one) => one.id === id);
    return record === undefined || widget === undefined ? null : { widget, record, frame: null };
  },
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'widget' in value,
  fields: (t) => ({
    name: t.string({ description: 'What it is called.', resolve: ({ widget }) => widget.name }),
    type: t.field({ type: WidgetTypeEnum, description: 'How it is drawn.', resolve: ({ widget }) => widget.type }),
    query: t.field({ type: KpiQueryType, description: 'What it shows.', resolve: ({ widget }) => widget.query }),
    visualization: t.field({
      type: 'JSONObject',
      description: 'How it is drawn in detail.',
      resolve: ({ widget }) => widget.visualization,
    }),
    position: t.field({ type: PositionType, description: 'Where it lies.', resolve: ({ widget }) => widget.position }),
    value: t.field({
      type: WidgetValueType,
      description: 'The value now, computed from every point in the window.',
      resolve: ({ widget, frame }, _, { engine, viewer, signal }, info) =>
        engine.kpis.shown(viewer, { ...widget.query, comparesPrevious: comparesPrevious(info) }, frame, signal),
    }),
    history: t.field({
      type: [WidgetBucketType],
      description:
        'The window cut into about `buckets` (1 to 60) steps of whole panes, oldest first: for lines and sparklines. Edges stay where they are while the window moves; the newest step may be unfinished. ' +
        '`last`: only that many of the newest; in dashboardUpdates a snapshot has all of them, and an update those that have changed since the one before, too: put them in by `start`.',
      args: {
        buckets: t.arg.int({ defaultValue: 60, description: 'About how many steps.' }),
        last: t.arg.int({ description: 'Only so many of the newest.' }),
      },
      resolve: async ({ widget, isSnapshot, told }, { buckets, last }, { engine, viewer, signal }, { path }) => {
        const newest = told === undefined ? (last ?? null) : null;
        const all = await engine.kpis.historyOf(viewer, widget.query, buckets ?? 60, newest, signal);
        const steps =
          told === undefined ? all : told.take(String(path.key), all, isSnapshot === true ? null : (last ?? null));
        const expected = engine.kpiAnalysis.expectations(widget.id, widget.query);
        const isOfPanes = (buckets ?? 60) === 60;
        return steps.map((step) => ({ ...step, expectation: isOfPanes ? expected.get(step.end) : undefined }));
      },
    }),
  }),
});
