// The demo as the server runs it: only where no data was ever sent, and for good only until somebody sends his own.
import type { Engine } from './engine/engine.ts';
import { allRights, type Viewer } from './engine/viewer.ts';
import { demoBackfill, startDemo } from './sources/demo.ts';
import { demoDashboard } from './sources/demo-dashboard.ts';
import type { Sink, Source, SourceOptions } from './sources/sink.ts';

const mark = 'demo';
const demoViewer: Viewer = { id: 'demo', rights: allRights };

type Mark = { readonly state: 'running' | 'ended' };

/** Starts the demo where it may run; undefined where it may not. */
export async function startDemoSource(
  engine: Engine,
  options: SourceOptions,
): Promise<{ source: Source; notes: readonly string[] } | undefined> {
  const before = (await engine.readMark(mark)) as Mark | undefined;
  if (before?.state === 'ended' || (before === undefined && engine.hasPoints)) return undefined;
  if (before === undefined) await begin(engine, options.sink);
  let source: Source | undefined;
  const sink: Sink = {
    send: async (points) => {
      if (engine.hasOutsidePoints) await end(engine, source);
      else await options.sink.send(points);
    },
  };
  source = startDemo({ ...options, sink });
  return {
    source,
    notes: [
      'this is a demo: the points of a made-up shop come in; send your own and it stops for good',
      'without a demo: --source none',
    ],
  };
}

async function begin(engine: Engine, sink: Sink): Promise<void> {
  await engine.writeMark(mark, { state: 'running' } satisfies Mark);
  for (const points of demoBackfill({ seed: engine.now(), until: engine.now() })) await sink.send(points);
  const { dashboard } = await engine.createDashboard(demoViewer, demoDashboard);
  await engine.editing(demoViewer).update(demoViewer.id, dashboard.id, { isHome: true }, null);
}

// Not awaited by the tick that finds it out: stopping waits for that very tick.
async function end(engine: Engine, source: Source | undefined): Promise<void> {
  void source?.stop();
  await engine.writeMark(mark, { state: 'ended' } satisfies Mark);
}
