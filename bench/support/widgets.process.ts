// The process of one contestant of the bench on windows: loads the points of an hour, then second by second takes new ones in and
// answers all widgets, and says what CPU each took.
import { makeOrders, makeWidgets, type OrderPoint } from './made-widgets.ts';
import type { Bounds, WidgetContestant, WidgetReply, WidgetRequest } from './widget-contestant.ts';

let contestant: WidgetContestant | undefined;
let later: OrderPoint[] = [];

async function make(name: string, startsAt: number): Promise<WidgetContestant> {
  if (name === 'engine') return (await import('./widgets-engine.ts')).engineContestant(startsAt);
  const { duckContestant, sqliteContestant } = await import('./widgets-sql.ts');
  return name === 'sqlite' ? sqliteContestant() : duckContestant();
}

async function start({
  contestant: name,
  points,
  endsAt,
  seconds,
}: Extract<WidgetRequest, { kind: 'start' }>): Promise<WidgetReply> {
  const all = [...makeOrders(points, endsAt, seconds)];
  const before = all.filter(({ time }) => time <= endsAt);
  later = all.slice(before.length);
  contestant = await make(name, before[0]?.time ?? endsAt);
  // Widgets are there before the points: each point is paid for as it is where somebody watches.
  await contestant.open(makeWidgets(), endsAt);
  const { took: loadMs } = await timed(() => contestant?.load(before));
  all.length = 0;
  return { kind: 'started', loadMs, points: before.length, rss: process.memoryUsage().rss };
}

async function second(bounds: Bounds): Promise<WidgetReply> {
  const points = later.filter(({ time }) => time <= bounds.end);
  later = later.slice(points.length);
  const { took: loadMs } = await timed(() => contestant?.load(points));
  const { took: refreshMs, result } = await timed(() => contestant?.refresh(bounds));
  return { kind: 'second', points: points.length, loadMs, refreshMs, shown: result ?? [] };
}

/** The CPU of all of the process's threads, in milliseconds. */
async function timed<T>(run: () => T): Promise<{ took: number; result: Awaited<T> }> {
  const before = process.cpuUsage();
  const result = await run();
  const { user, system } = process.cpuUsage(before);
  return { took: (user + system) / 1000, result };
}

process.on('message', async (request: WidgetRequest) => {
  const reply = request.kind === 'start' ? await start(request) : await second(request.bounds);
  process.send?.(reply);
});
process.on('SIGTERM', () => process.exit(0));
