// The demo as the server runs it: only where no data was ever sent, and until it is ended, for good.
//
//   nothing sent yet ──▶ filling ──▶ running ── endDemo, or a start with another source ──▶ ended
import type { Engine } from './engine/engine.ts';
import { allRights, type Viewer } from './engine/viewer.ts';
import { demoBackfill, demoEntityTypes, startDemo } from './sources/demo.ts';
import { demoDashboard } from './sources/demo-dashboard.ts';
import type { Source, SourceOptions } from './sources/sink.ts';

const mark = 'demo';
const demoViewer: Viewer = { id: 'demo', rights: allRights };

type Mark =
  | { readonly state: 'filling' | 'running' }
  // `at`: by the log's clock; missing where an earlier version ended it, which kept the dashboard.
  | { readonly state: 'ended'; readonly at?: number };

/** Starts the demo where it may run; undefined where it may not. Nothing can be sent before it has returned. */
export async function startDemoSource(
  engine: Engine,
  options: SourceOptions,
): Promise<{ source: Source; notes: readonly string[] } | undefined> {
  const before = await readMark(engine);
  if (before?.state === 'ended') await finish(engine, before.at);
  if (before?.state === 'ended' || (before === undefined && engine.hasPoints)) return undefined;
  if (before?.state !== 'running') await begin(engine, options, before === undefined);
  const source = startDemo(options);
  engine.onDemoEnd(() => end(engine, source));
  return {
    source,
    notes: [
      `this is a demo: the points of a made-up shop come in, as ${demoEntityTypes.join(', ')}, beside your own`,
      'end it for good with --source none, or with the mutation endDemo',
    ],
  };
}

/** Ends a demo that ran before: the server has another source, or none. */
export async function endDemoSource(engine: Engine): Promise<void> {
  const before = await readMark(engine);
  if (before?.state === 'ended') await finish(engine, before.at);
  else if (before !== undefined) await end(engine, null);
}

async function readMark(engine: Engine): Promise<Mark | undefined> {
  return (await engine.readMark(mark)) as Mark | undefined;
}

// A process that ends in between finds the mark 'filling': it makes up for the dashboard, not for the points.
async function begin(engine: Engine, { sink }: SourceOptions, isFirst: boolean): Promise<void> {
  await engine.writeMark(mark, { state: 'filling' } satisfies Mark);
  if (engine.dashboards.list(demoViewer.id).length === 0) await makeDashboard(engine);
  if (isFirst) for (const points of demoBackfill({ seed: engine.now(), until: engine.now() })) await sink.send(points);
  await engine.writeMark(mark, { state: 'running' } satisfies Mark);
}

async function makeDashboard(engine: Engine): Promise<void> {
  const { dashboard } = await engine.createDashboard(demoViewer, demoDashboard);
  await engine.editing(demoViewer).update(demoViewer.id, dashboard.id, { isHome: true }, null);
}

async function end(engine: Engine, source: Source | null): Promise<void> {
  await source?.stop();
  const at = engine.now();
  await engine.writeMark(mark, { state: 'ended', at } satisfies Mark);
  await finish(engine, at);
}

// Also at each start after the end: a process that was killed in between has done a part of it, and learns the demo's series again from the log.
async function finish(engine: Engine, at: number | undefined): Promise<void> {
  if (at === undefined) return;
  for (const { dashboard } of engine.dashboards.list(demoViewer.id))
    await engine.editing(demoViewer).delete(dashboard.id);
  engine.insights.endSeries(demoEntityTypes, at);
  await engine.insights.committed();
}
