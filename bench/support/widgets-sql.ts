// The same widgets as SQL over a table, on node:sqlite and on DuckDB: a prepared statement a widget, run at every refresh.
import { DatabaseSync } from 'node:sqlite';
import { DuckDBInstance } from '@duckdb/node-api';
import type { MadeWidget, OrderPoint } from './made-widgets.ts';
import type { Bounds, Shown, WidgetContestant } from './widget-contestant.ts';

type Row = Readonly<Record<string, unknown>>;
/** Value and count of the points of a widget, perhaps by a column; ?1 and ?2 are the bounds, ?3 is the service. */
type Dialect = (widget: MadeWidget, key: string | null) => string;

const columns = 'service TEXT, time BIGINT, amount DOUBLE, latency DOUBLE, country TEXT, status TEXT, user TEXT';
const filters: Partial<Record<MadeWidget['variant'], string>> = {
  failed: "status = 'failed'",
  'one country': "country = 'DE'",
};
const keys: Partial<Record<MadeWidget['variant'], string>> = { 'by country': 'country', 'by status, top 2': 'status' };

function pointsOf({ variant }: MadeWidget): string {
  const filter = filters[variant];
  return `service = $service AND time > $start AND time <= $end${filter === undefined ? '' : ` AND ${filter}`}`;
}

const plain: Partial<Record<MadeWidget['function'], (field: string) => string>> = {
  COUNT: () => 'count(*)',
  RATE: () => 'count(*) * 1000.0 / ($end - $start)',
  SUM: (field) => `sum(${field})`,
  AVG: (field) => `avg(${field})`,
  MIN: (field) => `min(${field})`,
  MAX: (field) => `max(${field})`,
  DISTINCT: (field) => `count(DISTINCT ${field})`,
};

const sqlite: Dialect = (widget, key) => {
  const { function: name, field } = widget;
  const where = pointsOf(widget);
  const group = key === null ? '' : ` GROUP BY ${key}`;
  const shown = key ?? 'NULL';
  if (name === 'QUANTILE') {
    const over = key === null ? '' : `PARTITION BY ${key} `;
    return `SELECT key, n AS count, v AS value FROM (SELECT ${shown} AS key, ${field} AS v, count(*) OVER (${over}) AS n,
      row_number() OVER (${over}ORDER BY ${field}) - 1 AS place FROM point WHERE ${where}) WHERE place = CAST(0.95 * (n - 1) AS INTEGER)`;
  }
  // With max() alone, SQLite takes the other columns from the row that has it.
  if (name === 'LAST') {
    return `SELECT key, count, value FROM (SELECT ${shown} AS key, count(*) AS count, ${field} AS value, max(time) FROM point WHERE ${where}${group}) WHERE count > 0`;
  }
  if (name === 'STDDEV') {
    return `SELECT ${shown} AS key, count(*) AS count, sqrt((sum(${field} * ${field}) - sum(${field}) * sum(${field}) / count(*)) / (count(*) - 1)) AS value
      FROM point WHERE ${where}${group}`;
  }
  return `SELECT ${shown} AS key, count(*) AS count, ${plain[name]?.(field ?? '')} AS value FROM point WHERE ${where}${group}`;
};

const duck: Dialect = (widget, key) => {
  const { function: name, field } = widget;
  const value =
    name === 'QUANTILE'
      ? `quantile_disc(${field}, 0.95)`
      : name === 'LAST'
        ? `arg_max(${field}, time)`
        : name === 'STDDEV'
          ? `stddev_samp(${field})`
          : plain[name]?.(field ?? '');
  const group = key === null ? '' : ` GROUP BY ${key}`;
  return `SELECT ${key ?? 'NULL'} AS key, count(*) AS count, ${value} AS value FROM point WHERE ${pointsOf(widget)}${group}`;
};

/** A widget shows the value over all points, and where it groups, those of its groups: two questions. */
function questionsOf(widget: MadeWidget, dialect: Dialect): string[] {
  const key = keys[widget.variant];
  return key === undefined ? [dialect(widget, null)] : [dialect(widget, null), dialect(widget, key)];
}

function shownOf({ variant }: MadeWidget, [total = [], groups = []]: readonly (readonly Row[])[]): Shown {
  const [whole] = total;
  const rows = groups.map((row) => ({
    key: row['key'] as string | null,
    value: numberOf(row['value']),
    count: Number(row['count']),
  }));
  rows.sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  return {
    value: numberOf(whole?.['value']),
    count: Number(whole?.['count'] ?? 0),
    groups: variant === 'by status, top 2' ? rows.slice(0, 2) : rows,
  };
}

function numberOf(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}

export function sqliteContestant(): WidgetContestant {
  const db = new DatabaseSync(':memory:');
  db.exec(`CREATE TABLE point (${columns}); CREATE INDEX point_service_time ON point (service, time)`);
  const insert = db.prepare('INSERT INTO point VALUES (?, ?, ?, ?, ?, ?, ?)');
  let opened: { widget: MadeWidget; statements: ReturnType<DatabaseSync['prepare']>[] }[] = [];
  return {
    load(points) {
      db.exec('BEGIN');
      for (const point of points) insert.run(...valuesOf(point));
      db.exec('COMMIT');
    },
    open(widgets) {
      opened = widgets.map((widget) => ({
        widget,
        statements: questionsOf(widget, sqlite).map((text) => db.prepare(text)),
      }));
    },
    refresh({ start, end }) {
      return opened.map(({ widget, statements }) =>
        shownOf(
          widget,
          statements.map((statement) => statement.all({ service: widget.service, start, end })),
        ),
      );
    },
  };
}

export async function duckContestant(): Promise<WidgetContestant> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`CREATE TABLE point (${columns})`);
  type Prepared = Awaited<ReturnType<typeof connection.prepare>>;
  let opened: { widget: MadeWidget; statements: Prepared[] }[] = [];
  return {
    async load(points) {
      const appender = await connection.createAppender('point');
      for (const { service, time, amount, latency, country, status, user } of points) {
        appender.appendVarchar(service);
        appender.appendBigInt(BigInt(time));
        appender.appendDouble(amount);
        appender.appendDouble(latency);
        for (const text of [country, status, user]) appender.appendVarchar(text);
        appender.endRow();
      }
      appender.closeSync();
    },
    async open(widgets) {
      opened = [];
      for (const widget of widgets) {
        const statements: Prepared[] = [];
        for (const text of questionsOf(widget, duck)) statements.push(await connection.prepare(text));
        opened.push({ widget, statements });
      }
    },
    async refresh({ start, end }: Bounds) {
      const shown: Shown[] = [];
      for (const { widget, statements } of opened) {
        const results: (readonly Row[])[] = [];
        for (const statement of statements) {
          statement.bind({ service: widget.service, start: BigInt(start), end: BigInt(end) });
          results.push((await statement.runAndReadAll()).getRowObjects() as Row[]);
        }
        shown.push(shownOf(widget, results));
      }
      return shown;
    },
  };
}

function valuesOf({ service, time, amount, latency, country, status, user }: OrderPoint) {
  return [service, time, amount, latency, country, status, user];
}
