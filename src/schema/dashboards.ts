// Dashboards: made, changed, read and watched.
import type { DashboardRecord, Layout } from '../dashboards/dashboard.ts';
import type { DashboardUpdate } from '../dashboards/watch-dashboard.ts';
import { comparesPrevious } from './asked-fields.ts';
import { builder } from './builder.ts';
import { ThemeEnum } from './enums.ts';
import { pageOf } from './page-of.ts';
import { TimeSpanInput, TimeSpanType } from './time-spans.ts';
import { WidgetInputType, WidgetType } from './widgets.ts';

export const LayoutInputType = builder.inputType('LayoutInput', {
  description: 'The grid; what is left out stays as it is, or is 12 × 8, responsive and light.',
  fields: (t) => ({
    columns: t.int({ description: '1 to 48.' }),
    rows: t.int({ description: '1 to 1,000; widgets may lie below, where the page scrolls.' }),
    responsive: t.boolean({ description: 'Whether it adapts to the width of the screen.' }),
    theme: t.field({ type: ThemeEnum, description: 'Its colours.' }),
  }),
});

const LayoutType = builder.objectRef<Layout>('Layout').implement({
  description: 'The grid of a dashboard.',
  fields: (t) => ({
    columns: t.exposeInt('columns', { description: 'How many columns.' }),
    rows: t.exposeInt('rows', { description: 'How many rows fit a screen.' }),
    responsive: t.exposeBoolean('responsive', { description: 'Whether it adapts to the width of the screen.' }),
    theme: t.expose('theme', { type: ThemeEnum, description: 'Its colours.' }),
  }),
});

export const CreateDashboardInputType = builder.inputType('CreateDashboardInput', {
  description: 'A dashboard to make.',
  fields: (t) => ({
    name: t.string({ required: true, description: '1 to 200 characters.' }),
    description: t.string({ description: 'Up to 10,000 characters.' }),
    widgets: t.field({ type: [WidgetInputType], required: true, description: 'Up to 20 by default (--max-widgets).' }),
    layout: t.field({ type: LayoutInputType, description: 'The grid.' }),
    refreshInterval: t.field({
      type: TimeSpanInput,
      description: 'How often watchers hear of changed values; 5 s where it is left out.',
    }),
  }),
});

export const UpdateDashboardInputType = builder.inputType('UpdateDashboardInput', {
  description: 'Null or absent fields stay as they are. `version` guards against lost updates.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which dashboard.' }),
    version: t.int({ description: 'The version the change was made on; another is a conflict.' }),
    name: t.string({ description: '1 to 200 characters.' }),
    description: t.string({ description: 'Up to 10,000 characters.' }),
    layout: t.field({ type: LayoutInputType, description: 'The grid.' }),
    refreshInterval: t.field({ type: TimeSpanInput, description: 'How often watchers hear of changed values.' }),
    isActive: t.boolean({ description: 'While false: no live updates and no alerts; queries still answer.' }),
    isHome: t.boolean({ description: 'Make it the one that the page opens with.' }),
  }),
});

const dashboardRef = builder.objectRef<DashboardRecord>('Dashboard');

export const DashboardType = builder.node(dashboardRef, {
  description: 'Widgets that belong together.',
  id: { resolve: ({ dashboard }) => dashboard.id },
  loadOne: (id, { engine }) => engine.dashboards.get(id) ?? null,
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'dashboard' in value,
  fields: (t) => ({
    name: t.string({ description: 'What it is called.', resolve: ({ dashboard }) => dashboard.name }),
    description: t.string({ description: 'What it is for.', resolve: ({ dashboard }) => dashboard.description }),
    owner: t.string({ description: 'Who made it.', resolve: ({ dashboard }) => dashboard.owner }),
    widgets: t.field({
      type: [WidgetType],
      description: 'In the order in which they were added.',
      resolve: (record) => record.dashboard.widgets.map((widget) => ({ widget, record, frame: null })),
    }),
    layout: t.field({ type: LayoutType, description: 'The grid.', resolve: ({ dashboard }) => dashboard.layout }),
    refreshInterval: t.field({
      type: TimeSpanType,
      description: 'How often watchers hear of changed values.',
      resolve: ({ dashboard }) => dashboard.refreshInterval,
    }),
    isActive: t.boolean({
      description: 'While false: no live updates and no alerts; queries still answer.',
      resolve: ({ dashboard }) => dashboard.isActive,
    }),
    version: t.exposeInt('version', { description: 'Grows with every change.' }),
    isHome: t.exposeBoolean('isHome', { description: 'Whether the page opens with it.' }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was made.',
      resolve: ({ dashboard }) => dashboard.createdAt,
    }),
    updatedAt: t.field({
      type: 'DateTime',
      description: 'When it was last changed.',
      resolve: ({ dashboard }) => dashboard.updatedAt,
    }),
    updatedBy: t.string({ description: 'Who last changed it.', resolve: ({ dashboard }) => dashboard.updatedBy }),
  }),
});

builder.objectField(WidgetType, 'dashboard', (t) =>
  t.field({
    type: DashboardType,
    description: 'The dashboard it is on, with the version after the change.',
    resolve: ({ record }) => record,
  }),
);

const DashboardUpdateType = builder.objectRef<DashboardUpdate>('DashboardUpdate').implement({
  description:
    'Sent at once with every widget (`isSnapshot`), and again when the definition changes; else at the refresh interval with the widgets whose value changed.',
  fields: (t) => ({
    dashboard: t.field({ type: DashboardType, description: 'As it is now.', resolve: ({ record }) => record }),
    isSnapshot: t.exposeBoolean('isSnapshot', { description: 'Whether this is all of it.' }),
    widgets: t.field({
      type: [WidgetType],
      description: 'Those whose value changed; all in a snapshot.',
      resolve: ({ widgets, isSnapshot }) => widgets.map((view) => ({ ...view, isSnapshot })),
    }),
    at: t.expose('at', { type: 'DateTime', description: 'As of when.' }),
  }),
});

builder.queryFields((t) => ({
  dashboard: t.field({
    type: DashboardType,
    nullable: true,
    description: 'One dashboard; null where there is none with this id.',
    args: { id: t.arg.id({ required: true, description: 'Which one.' }) },
    resolve: (_, { id }, { engine }) => engine.dashboards.get(id) ?? null,
  }),
  dashboards: t.connection(
    {
      type: DashboardType,
      description: 'All dashboards, oldest first.',
      args: { owner: t.arg.string({ description: 'Only those that this viewer made.' }) },
      resolve: (_, { owner, ...page }, { engine }) =>
        pageOf(engine.dashboards.list(owner ?? null), placeOf, page, engine.limits),
    },
    {
      name: 'DashboardConnection',
      description: 'A page of dashboards.',
      fields: (f) => ({ totalCount: f.exposeInt('totalCount', { description: 'On all pages.' }) }),
    },
    { name: 'DashboardEdge', description: 'A dashboard with its place.' },
  ),
}));

function placeOf({ dashboard }: DashboardRecord): string {
  return `${String(dashboard.createdAt).padStart(16, '0')} ${dashboard.id}`;
}

builder.subscriptionField('dashboardUpdates', (t) =>
  t.field({
    type: DashboardUpdateType,
    description:
      "`every` may be slower or faster than the dashboard's own interval (1 s at least); `widgetIds` limits it to some.",
    args: {
      id: t.arg.id({ required: true, description: 'Which dashboard.' }),
      every: t.arg({
        type: TimeSpanInput,
        description: "At most one update in so long; null: the dashboard's own interval.",
      }),
      widgetIds: t.arg.idList({ description: 'Only these widgets; null: all.' }),
    },
    subscribe: (_, { id, every, widgetIds }, { engine }, info) =>
      engine.watchDashboard(id, every ?? null, widgetIds ?? null, comparesPrevious(info)),
    resolve: (update) => update,
  }),
);
