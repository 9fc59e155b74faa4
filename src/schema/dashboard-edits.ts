// Changes of dashboards and widgets: what was expected to fail comes back as data.
import { ConflictError, InvalidInputError, LimitExceededError, NotFoundError } from '../base/errors.ts';
import type { DashboardRecord } from '../dashboards/dashboard.ts';
import { findWidget } from '../dashboards/edit-dashboard.ts';
import type { WidgetView } from '../dashboards/watch-dashboard.ts';
import { builder } from './builder.ts';
import { CreateDashboardInputType, DashboardType, UpdateDashboardInputType } from './dashboards.ts';
import { WidgetInputType, WidgetPositionInputType, WidgetType } from './widgets.ts';

const DeletedDashboard = builder.objectRef<{ id: string }>('DeletedDashboard').implement({
  description: 'A dashboard that is no more.',
  isTypeOf: (value) => typeof value === 'object' && value !== null && !('dashboard' in value),
  fields: (t) => ({ id: t.exposeID('id', { description: 'The id it had.' }) }),
});

const CreateDashboardResult = builder.errorUnion('CreateDashboardResult', {
  description: 'The new dashboard, or why there is none.',
  types: [DashboardType, InvalidInputError, LimitExceededError],
});

const UpdateDashboardResult = builder.errorUnion('UpdateDashboardResult', {
  description: 'The changed dashboard, or why it is as it was.',
  types: [DashboardType, InvalidInputError, NotFoundError, ConflictError],
});

const DeleteDashboardResult = builder.errorUnion('DeleteDashboardResult', {
  description: 'The id that was deleted, or that there is none.',
  types: [DeletedDashboard, NotFoundError],
});

const WidgetResult = builder.errorUnion('WidgetResult', {
  description: 'The widget with its dashboard, or why nothing was changed.',
  types: [WidgetType, InvalidInputError, LimitExceededError, NotFoundError, ConflictError],
});

const RemoveWidgetResult = builder.errorUnion('RemoveWidgetResult', {
  description: 'The dashboard without the widget, or why it is still there.',
  types: [DashboardType, NotFoundError, ConflictError],
});

function viewOf(record: DashboardRecord, widgetId: string): WidgetView {
  return { widget: findWidget(record.dashboard, widgetId), record, frame: null };
}

const versionText = 'The version the change was made on; another is a conflict. Null: change what is there.';

builder.mutationFields((t) => ({
  createDashboard: t.field({
    type: CreateDashboardResult,
    description: 'Makes a dashboard with its widgets.',
    args: { input: t.arg({ type: CreateDashboardInputType, required: true, description: 'The dashboard.' }) },
    resolve: (_, { input }, { engine, viewer }) => engine.createDashboard(viewer, input),
  }),
  updateDashboard: t.field({
    type: UpdateDashboardResult,
    description: 'Changes what is given and leaves the rest.',
    args: { input: t.arg({ type: UpdateDashboardInputType, required: true, description: 'What to change.' }) },
    resolve: (_, { input: { id, version, ...input } }, { engine, viewer }) =>
      engine.editing(viewer).update(viewer.id, id, input, version ?? null),
  }),
  deleteDashboard: t.field({
    type: DeleteDashboardResult,
    description: 'Deletes a dashboard; those who watch it see their subscription complete.',
    args: { id: t.arg.id({ required: true, description: 'Which one.' }) },
    resolve: async (_, { id }, { engine, viewer }) => {
      await engine.editing(viewer).delete(id);
      return { id };
    },
  }),
  addWidget: t.field({
    type: WidgetResult,
    description: 'Puts one more widget on a dashboard.',
    args: {
      dashboardId: t.arg.id({ required: true, description: 'Which dashboard.' }),
      widget: t.arg({ type: WidgetInputType, required: true, description: 'The widget.' }),
      version: t.arg.int({ description: versionText }),
    },
    resolve: async (_, { dashboardId, widget, version }, { engine, viewer }) => {
      const edited = await engine.editing(viewer).addWidget(viewer.id, dashboardId, widget, version ?? null);
      return viewOf(edited.record, edited.widgetId);
    },
  }),
  updateWidget: t.field({
    type: WidgetResult,
    description: 'Replaces all of a widget but its id; without a position it stays where it is.',
    args: {
      id: t.arg.id({ required: true, description: 'Which widget.' }),
      widget: t.arg({ type: WidgetInputType, required: true, description: 'What it becomes.' }),
      version: t.arg.int({ description: versionText }),
    },
    resolve: async (_, { id, widget, version }, { engine, viewer }) => {
      const record = await engine.editing(viewer).updateWidget(viewer.id, id, widget, version ?? null);
      return viewOf(record, id);
    },
  }),
  removeWidget: t.field({
    type: RemoveWidgetResult,
    description: 'Takes a widget off its dashboard.',
    args: {
      id: t.arg.id({ required: true, description: 'Which widget.' }),
      version: t.arg.int({ description: versionText }),
    },
    resolve: (_, { id, version }, { engine, viewer }) =>
      engine.editing(viewer).removeWidget(viewer.id, id, version ?? null),
  }),
  updateLayout: t.field({
    type: UpdateDashboardResult,
    description: 'Moves and sizes several widgets at once: all or none.',
    args: {
      dashboardId: t.arg.id({ required: true, description: 'Which dashboard.' }),
      positions: t.arg({ type: [WidgetPositionInputType], required: true, description: 'The new places.' }),
      version: t.arg.int({ description: versionText }),
    },
    resolve: (_, { dashboardId, positions, version }, { engine, viewer }) =>
      engine.editing(viewer).updateLayout(viewer.id, dashboardId, positions, version ?? null),
  }),
}));
