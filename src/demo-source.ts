// The demo as the server runs it: only where no data was ever sent, and only until somebody sends his own, for good.
//
//   nothing sent yet ──▶ filling ──▶ running ── somebody sends points ──▶ ended
import type { Engine } from './engine/engine.ts';
import { allRights, type Viewer } from './engine/viewer.ts';
import { demoBackfill, startDemo } from './sources/demo.ts';
import { demoDashboard } from './sources/demo-dashboard.ts';
import type { Source, SourceOptions } from './sources/sink.ts';

const mark = 'demo';
const demoViewer: Viewer = { id: 'demo', rights: allRights };

interface Mark {
  readonly state: 'filling' | 'running' | 'ended';
}

/** Starts the demo where it may run; undefined where it may not. Nobody can send points before it has returned. */
export async function startDemoSource(
  engine: Engine,
  options: SourceOptions,
): Promise<{ source: Source; notes: readonly string[] } | undefined> {
  const before = (await engine.readMark(mark)) as Mark | undefined;
  if (before?.state === 'ended' || (before === undefined && engine.hasPoints)) return undefined;
  if (before?.state !== 'running') await begin(engine, options, before === undefined);
  const source = startDemo(options);
  engine.onOutsidePoints(async () => {
    await source.stop();
    await engine.writeMark(mark, { state: 'ended' } satisfies Mark);
  });
  return {
    source,
    notes: [
      'this is a demo: the points of a made-up shop come in; send your own and it stops for good',
      'without a demo: --source none',
    ],
  };
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
