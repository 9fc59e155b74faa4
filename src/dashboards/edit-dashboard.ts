// What may be changed in a dashboard: from the old one and a change to the new one, or an error with every issue.
// Pure: ids and time come from outside.
import { type AlertRuleInput, checkHorizons, type RuleReading, readAlertRules } from '../alerts/rule.ts';
import { type InputIssue, invalidInput, limitExceeded, notFound } from '../base/errors.ts';
import { readTimeSpan, type TimeSpanInput, timeSpan } from '../base/time-span.ts';
import { readWindowQuery, type WindowQueryInput } from '../windows/window-query.ts';
import type { Dashboard, Layout, Position, Widget, WidgetType } from './dashboard.ts';
import { checkPosition, defaultLayout, freePosition, type LayoutInput, readLayout } from './layout.ts';

export interface WidgetInput {
  readonly name: string;
  readonly type: WidgetType;
  readonly query: WindowQueryInput;
  readonly visualization?: Readonly<Record<string, unknown>> | null | undefined;
  readonly alerts?: readonly AlertRuleInput[] | null | undefined;
  readonly position?: Position | null | undefined;
}

export interface CreateDashboardInput {
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly widgets: readonly WidgetInput[];
  readonly layout?: LayoutInput | null | undefined;
  readonly refreshInterval?: TimeSpanInput | null | undefined;
}

export interface UpdateDashboardInput {
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly layout?: LayoutInput | null | undefined;
  readonly refreshInterval?: TimeSpanInput | null | undefined;
  readonly isActive?: boolean | null | undefined;
}

export interface WidgetPositionInput {
  readonly widgetId: string;
  readonly position: Position;
}

/** Who edits, when, and what an edit may reach. */
export interface Edit {
  readonly viewerId: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly maxWidgets: number;
  readonly takesWebhooks: boolean;
  newId(prefix: string): string;
}

export const maxNameLength = 200;
export const maxTextLength = 10_000;
export const maxVisualizationBytes = 65_536;
// A page that copies a visualization key by key would change its own objects by them.
const refusedKeys = ['__proto__', 'constructor', 'prototype'];
const defaultRefresh = timeSpan(5, 'SECOND');
const refreshBounds = { leastMs: 1000, mostMs: 3_600_000 };

export function createDashboard(input: CreateDashboardInput, edit: Edit): Dashboard {
  const issues: InputIssue[] = [];
  checkText(input.name, 1, maxNameLength, ['name'], issues);
  checkText(input.description ?? '', 0, maxTextLength, ['description'], issues);
  const layout = readLayout(input.layout, defaultLayout, ['layout'], issues);
  const refresh = readRefresh(input.refreshInterval, issues) ?? defaultRefresh;
  checkWidgetCount(input.widgets.length, edit);
  const widgets: Widget[] = [];
  for (const [i, widget] of input.widgets.entries()) {
    const place = { id: edit.newId('wid'), layout, others: widgets };
    const read = readWidget(widget, place, newRules(edit), ['widgets', String(i)], issues);
    if (read !== undefined) widgets.push(read);
  }
  if (issues.length > 0) throw invalidInput(issues);
  return {
    id: edit.newId('dash'),
    name: input.name,
    description: input.description ?? '',
    owner: edit.viewerId,
    widgets,
    layout,
    refreshInterval: refresh,
    isActive: true,
    createdAt: edit.now,
    ...stamp(edit),
  };
}

export function updateDashboard(old: Dashboard, input: UpdateDashboardInput, edit: Edit): Dashboard {
  const issues: InputIssue[] = [];
  const name = input.name ?? old.name;
  const description = input.description ?? old.description;
  checkText(name, 1, maxNameLength, ['name'], issues);
  checkText(description, 0, maxTextLength, ['description'], issues);
  const layout = readLayout(input.layout, old.layout, ['layout'], issues);
  for (const widget of old.widgets) checkPosition(widget.position, layout, ['layout', 'columns', widget.id], issues);
  const refreshInterval = readRefresh(input.refreshInterval, issues) ?? old.refreshInterval;
  if (issues.length > 0) throw invalidInput(issues);
  return {
    ...old,
    name,
    description,
    layout,
    refreshInterval,
    isActive: input.isActive ?? old.isActive,
    ...stamp(edit),
  };
}

export function addWidget(old: Dashboard, input: WidgetInput, edit: Edit): { dashboard: Dashboard; widgetId: string } {
  checkWidgetCount(old.widgets.length + 1, edit);
  const place = { id: edit.newId('wid'), layout: old.layout, others: old.widgets };
  const widget = readWholeWidget(input, place, newRules(edit));
  return { dashboard: { ...old, widgets: [...old.widgets, widget], ...stamp(edit) }, widgetId: widget.id };
}

/** Replaces all of a widget but its id; without a position it stays where it is. */
export function updateWidget(old: Dashboard, widgetId: string, input: WidgetInput, edit: Edit): Dashboard {
  const before = findWidget(old, widgetId);
  const position = input.position ?? before.position;
  const rules = { ...newRules(edit), before: before.alertRules };
  const widget = readWholeWidget({ ...input, position }, { id: widgetId, layout: old.layout, others: [] }, rules);
  return { ...old, widgets: old.widgets.map((one) => (one.id === widgetId ? widget : one)), ...stamp(edit) };
}

export function removeWidget(old: Dashboard, widgetId: string, edit: Edit): Dashboard {
  findWidget(old, widgetId);
  return { ...old, widgets: old.widgets.filter(({ id }) => id !== widgetId), ...stamp(edit) };
}

/** All positions or none. */
export function updateLayout(old: Dashboard, inputs: readonly WidgetPositionInput[], edit: Edit): Dashboard {
  const issues: InputIssue[] = [];
  const positions = new Map<string, Position>();
  for (const [i, { widgetId, position }] of inputs.entries()) {
    const at = ['positions', String(i)];
    if (!old.widgets.some(({ id }) => id === widgetId)) {
      issues.push({
        path: [...at, 'widgetId'],
        message: `there is no widget ${JSON.stringify(widgetId)} on this dashboard`,
      });
    }
    checkPosition(position, old.layout, [...at, 'position'], issues);
    positions.set(widgetId, plainPosition(position));
  }
  if (issues.length > 0) throw invalidInput(issues);
  const widgets = old.widgets.map((widget) => ({ ...widget, position: positions.get(widget.id) ?? widget.position }));
  return { ...old, widgets, ...stamp(edit) };
}

export function findWidget(dashboard: Dashboard, widgetId: string): Widget {
  const widget = dashboard.widgets.find(({ id }) => id === widgetId);
  if (widget === undefined) throw notFound('widget', widgetId);
  return widget;
}

function stamp({ now, viewerId }: Edit): Pick<Dashboard, 'updatedAt' | 'updatedBy'> {
  return { updatedAt: now, updatedBy: viewerId };
}

/** What is known of a widget beside what it is asked to be. */
interface Place {
  readonly id: string;
  readonly layout: Layout;
  readonly others: readonly Widget[];
}

function newRules({ newId, takesWebhooks }: Edit): RuleReading {
  return { before: [], newId, takesWebhooks };
}

function readWholeWidget(input: WidgetInput, place: Place, rules: RuleReading): Widget {
  const issues: InputIssue[] = [];
  const widget = readWidget(input, place, rules, ['widget'], issues);
  if (widget === undefined || issues.length > 0) throw invalidInput(issues);
  return widget;
}

function readWidget(
  input: WidgetInput,
  { id, layout, others }: Place,
  rules: RuleReading,
  at: readonly string[],
  issues: InputIssue[],
): Widget | undefined {
  checkText(input.name, 1, maxNameLength, [...at, 'name'], issues);
  const query = readWindowQuery(input.query, [...at, 'query'], issues);
  const visualization = input.visualization ?? {};
  checkVisualization(visualization, [...at, 'visualization'], issues);
  const given = input.position ?? null;
  if (given !== null) checkPosition(given, layout, [...at, 'position'], issues);
  const alertRules = readAlertRules(input.alerts ?? [], rules, [...at, 'alerts'], issues);
  if (query === undefined) return undefined;
  checkHorizons(alertRules, query.timeWindow, [...at, 'alerts'], issues);
  const position = given === null ? freePosition(input.type, layout, others) : plainPosition(given);
  return { id, name: input.name, type: input.type, query, alertRules, visualization, position };
}

function checkVisualization(
  visualization: Readonly<Record<string, unknown>>,
  at: readonly string[],
  issues: InputIssue[],
): void {
  if (JSON.stringify(visualization).length > maxVisualizationBytes) {
    issues.push({ path: at, message: `must be at most ${maxVisualizationBytes} characters of JSON` });
    return;
  }
  const open: { readonly value: object; readonly path: readonly string[] }[] = [{ value: visualization, path: at }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const [key, value] of Object.entries(next.value)) {
      const path = [...next.path, key];
      if (refusedKeys.includes(key)) issues.push({ path, message: `must not have a key ${refusedKeys.join(', ')}` });
      else if (typeof value === 'object' && value !== null) open.push({ value, path });
    }
  }
}

function plainPosition({ x, y, width, height }: Position): Position {
  return { x, y, width, height };
}

function readRefresh(input: TimeSpanInput | null | undefined, issues: InputIssue[]) {
  return input == null ? undefined : readTimeSpan(input, ['refreshInterval'], issues, refreshBounds);
}

function checkText(text: string, least: number, most: number, path: readonly string[], issues: InputIssue[]): void {
  if (text.length >= least && text.length <= most) return;
  issues.push({ path, message: `must have ${least} to ${most} characters, not ${text.length}` });
}

function checkWidgetCount(count: number, { maxWidgets }: Edit): void {
  if (count > maxWidgets)
    throw limitExceeded(`a dashboard has at most ${maxWidgets} widgets, not ${count}`, maxWidgets);
}
