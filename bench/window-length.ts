// What a point and a refresh cost where 1,000 widgets look at an hour: this engine, beside the same widgets as SQL over node:sqlite and
// DuckDB; then what a point costs with more widgets, longer windows, and widgets that have nothing to do with it.
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Bench } from './run.ts';
import { startChild } from './support/leftovers.ts';
import { machine, versions } from './support/machine.ts';
import { hourMs, type MadeWidget, makeWidgets } from './support/made-widgets.ts';
import { costsOfPoints } from './support/point-costs.ts';
import { median, spread, table, thousands } from './support/summary.ts';
import type { Bounds, Shown, WidgetReply, WidgetRequest } from './support/widget-contestant.ts';

const options = {
  points: { type: 'string', default: '1000000' },
  seconds: { type: 'string', default: '5' },
  contestants: { type: 'string', default: 'engine,sqlite,duckdb' },
  rounds: { type: 'string', default: '9' },
} as const;

export const bench: Bench = {
  question: 'CPU for each point and each refresh of 1,000 widgets over an hour, beside SQL on node:sqlite and DuckDB',
  usage: '[--points N] [--seconds N] [--contestants engine,sqlite,duckdb] [--rounds N of what a point costs]',
  run,
};

const names: Readonly<Record<string, string>> = { engine: 'PulseQL', sqlite: 'node:sqlite', duckdb: 'DuckDB' };
const slowSeconds = 2;
const paneMs = hourMs / 60;

interface Measured {
  readonly name: string;
  readonly pointMicroseconds: number;
  readonly refreshMs: readonly number[];
  readonly rss: number;
  /** What the first refresh showed. */
  readonly shown: readonly Shown[];
}

async function run(words: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...words], options, strict: true });
  console.log(`${machine()}; ${versions()}\n`);
  const measured: Measured[] = [];
  for (const name of values.contestants.split(',')) {
    measured.push(await measure(name, Number(values.points), Number(values.seconds)));
  }
  console.log(refreshTable(measured, Number(values.points)));
  for (const other of measured.slice(1)) compare(measured[0] as Measured, other);
  console.log(await costsOfPoints(Number(values.rounds)));
}

async function measure(name: string, points: number, seconds: number): Promise<Measured> {
  const words = ['--no-warnings', '--expose-gc', path.join(import.meta.dirname, 'support/widgets.process.ts')];
  await using child = await startChild({ program: process.execPath, words });
  child.process.stderr?.pipe(process.stderr);
  const ask = (request: WidgetRequest) =>
    new Promise<WidgetReply>((resolve, reject) => {
      child.process.once('message', (reply) => resolve(reply as WidgetReply));
      child.process.once('exit', () => reject(new Error(`${name} ended early`)));
      child.process.send(request);
    });
  // The end of a window's pane, so that every contestant's first refresh is about whole panes.
  const endsAt = Math.floor(Date.UTC(2026, 10, 24, 12) / paneMs) * paneMs;
  const started = await ask({ kind: 'start', contestant: name, points, endsAt, seconds: seconds + 2 });
  if (started.kind !== 'started') throw new Error(`${name} did not start`);
  const refreshMs: number[] = [];
  let shown: readonly Shown[] = [];
  for (let second = 1; second <= (name === 'engine' ? seconds : Math.min(slowSeconds, seconds)); second += 1) {
    const reply = await ask({ kind: 'second', bounds: boundsAt(endsAt + second * 1000) });
    if (reply.kind !== 'second') throw new Error(`${name} did not refresh`);
    refreshMs.push(reply.refreshMs);
    if (second === 1) ({ shown } = reply);
  }
  const pointMicroseconds = (1000 * started.loadMs) / started.points;
  return { name, pointMicroseconds, refreshMs, rss: started.rss, shown };
}

/** Those that the engine prints: the start is an hour before, moved back to its pane's edge. */
function boundsAt(end: number): Bounds {
  return { start: Math.floor((end - hourMs) / paneMs) * paneMs, end };
}

function refreshTable(measured: readonly Measured[], points: number): string {
  const [first] = measured;
  const own = median(first?.refreshMs ?? []);
  const rows = measured.map(({ name, pointMicroseconds, refreshMs, rss }) => [
    names[name] ?? name,
    pointMicroseconds.toFixed(1),
    spread(refreshMs, 1),
    (median(refreshMs) / own).toFixed(1),
    Math.round(rss / 1e6).toLocaleString('en-US'),
  ]);
  const heads = ['', 'µs CPU a point', 'ms CPU a refresh', '× PulseQL', 'memory, MB'];
  return `${thousands(points)} points of an hour, 20 series, 1,000 widgets of ten kinds, a refresh a second:\n\n${table(heads, rows)}\n`;
}

/** Both show the same: exactly, or as exactly as is promised. */
function compare(own: Measured, other: Measured): void {
  const widgets = makeWidgets();
  const wrong = widgets.filter((widget, i) => !isSame(widget, own.shown[i], other.shown[i]));
  if (wrong.length === 0) {
    console.log(`${names[other.name]} shows the same in all ${widgets.length} widgets.`);
    return;
  }
  const [first] = wrong;
  const i = widgets.indexOf(first as MadeWidget);
  const both = JSON.stringify([own.shown[i], other.shown[i]]);
  throw new Error(`${wrong.length} widgets differ from ${other.name}, first ${JSON.stringify(first)}: ${both}`);
}

function isSame({ function: name }: MadeWidget, a: Shown | undefined, b: Shown | undefined): boolean {
  if (a === undefined || b === undefined || a.count !== b.count) return false;
  const share = name === 'QUANTILE' ? 0.0101 : name === 'DISTINCT' ? 0.025 : 1e-9;
  const isClose = (x: number | null, y: number | null, points: number) => {
    if (x === null || y === null) return x === y;
    // DuckDB's quantile is the next place up: among few values that is another one.
    return (name === 'QUANTILE' && points < 10_000) || Math.abs(x - y) <= share * Math.max(1, Math.abs(y));
  };
  const named = a.groups.filter(({ key }) => key !== null);
  return (
    isClose(a.value, b.value, a.count) &&
    named.every(({ key, value, count }) => {
      const same = b.groups.find((group) => group.key === key);
      // Of groups that are nearly equal another one may be among the top.
      return same === undefined || (same.count === count && isClose(value, same.value, count));
    })
  );
}
