// The grid: where a widget may lie, and where one goes that says nothing about it.
import type { InputIssue } from '../base/errors.ts';
import type { Layout, Position, Theme, Widget, WidgetType } from './dashboard.ts';

export interface LayoutInput {
  readonly columns?: number | null | undefined;
  readonly rows?: number | null | undefined;
  readonly responsive?: boolean | null | undefined;
  readonly theme?: Theme | null | undefined;
}

export const defaultLayout: Layout = { columns: 12, rows: 8, responsive: true, theme: 'LIGHT' };

export const maxColumns = 48;
export const maxRows = 1000;
const smallTypes = new Set<WidgetType>(['NUMBER', 'GAUGE']);

export function readLayout(
  input: LayoutInput | null | undefined,
  before: Layout,
  at: readonly string[],
  issues: InputIssue[],
): Layout {
  const columns = input?.columns ?? before.columns;
  const rows = input?.rows ?? before.rows;
  if (columns < 1 || columns > maxColumns) {
    issues.push({ path: [...at, 'columns'], message: `must be from 1 to ${maxColumns}, not ${columns}` });
  }
  if (rows < 1 || rows > maxRows) {
    issues.push({ path: [...at, 'rows'], message: `must be from 1 to ${maxRows}, not ${rows}` });
  }
  return { columns, rows, responsive: input?.responsive ?? before.responsive, theme: input?.theme ?? before.theme };
}

/** Widgets must lie within the columns; they may go on below the last row, where the page scrolls. */
export function checkPosition(position: Position, layout: Layout, at: readonly string[], issues: InputIssue[]): void {
  const { x, y, width, height } = position;
  const rules: [boolean, string, string][] = [
    [x >= 0, 'x', `must be 0 or more, not ${x}`],
    [y >= 0 && y < maxRows, 'y', `must be from 0 to ${maxRows - 1}, not ${y}`],
    [
      width >= 1 && x + width <= layout.columns,
      'width',
      `x + width must be at most ${layout.columns} and width at least 1, not ${x} + ${width}`,
    ],
    [height >= 1 && height <= maxRows, 'height', `must be from 1 to ${maxRows}, not ${height}`],
  ];
  for (const [holds, field, message] of rules) if (!holds) issues.push({ path: [...at, field], message });
}

/** The first free place, row by row, for a widget of that type; at the last row where all is full. */
export function freePosition(type: WidgetType, layout: Layout, widgets: readonly Pick<Widget, 'position'>[]): Position {
  const small = smallTypes.has(type);
  const width = Math.min(layout.columns, small ? 3 : 6);
  const height = small ? 2 : 3;
  for (let y = 0; ; y += 1) {
    for (let x = 0; x + width <= layout.columns; x += 1) {
      const place = { x, y, width, height };
      if (y === maxRows - 1 || !widgets.some(({ position }) => overlaps(position, place))) return place;
    }
  }
}

function overlaps(a: Position, b: Position): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
