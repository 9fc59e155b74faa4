// Dashboards and widgets as they are kept: plain frozen data; everything about them that moves is elsewhere.
import type { AlertRule } from '../alerts/rule.ts';
import type { TimeSpan } from '../base/time-span.ts';
import type { WindowQuery } from '../windows/window-query.ts';

export const widgetTypes = ['NUMBER', 'GAUGE', 'LINE', 'AREA', 'BAR', 'PIE', 'TABLE', 'HEATMAP'] as const;
export type WidgetType = (typeof widgetTypes)[number];

export const themes = ['LIGHT', 'DARK'] as const;
export type Theme = (typeof themes)[number];

/** In cells of the layout's grid, from its upper left corner. */
export interface Position {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly columns: number;
  readonly rows: number;
  readonly responsive: boolean;
  readonly theme: Theme;
}

export interface Widget {
  readonly id: string;
  readonly name: string;
  readonly type: WidgetType;
  readonly query: WindowQuery;
  readonly alertRules: readonly AlertRule[];
  /** How it is drawn: kept as it came. */
  readonly visualization: Readonly<Record<string, unknown>>;
  readonly position: Position;
}

export interface Dashboard {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** The viewer who made it. */
  readonly owner: string;
  readonly widgets: readonly Widget[];
  readonly layout: Layout;
  readonly refreshInterval: TimeSpan;
  readonly isActive: boolean;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly updatedBy: string;
}

/** A dashboard with the version that a change must name to be safe. */
export interface DashboardRecord {
  readonly dashboard: Dashboard;
  readonly version: number;
  readonly isHome: boolean;
}

/** A dashboard out of the store, where it may be of a version that knew less. */
export function reviveDashboard(body: unknown): Dashboard {
  const dashboard = body as Dashboard;
  const widgets = dashboard.widgets.map((widget) => ({
    ...widget,
    alertRules: widget.alertRules ?? [],
    query: { ...widget.query, formula: widget.query.formula ?? null, operands: widget.query.operands ?? [] },
  }));
  return { ...dashboard, widgets };
}

export interface DashboardLimits {
  readonly maxDashboards: number;
  readonly maxWidgets: number;
  /** Whether alerts can be sent out. */
  readonly takesWebhooks: boolean;
}
