// The demo of a server: where it runs, that it runs beside points that are sent, and what its end leaves.
import { describe, expect, onTestFinished, test } from 'vitest';
import { withNow } from '../src/base/clock.ts';
import { endDemoSource, startDemoSource } from '../src/demo-source.ts';
import { demoEntityTypes } from '../src/sources/demo.ts';
import { ann, type EngineWorld, startWorld, viewer } from './engine/engine-world.ts';
import { query } from './support/graphql.ts';
import { waitUntil } from './support/inbox.ts';
import { startServer } from './support/start-server.ts';
import { tempFolder } from './support/temp-folder.ts';

const dashboards = '{ dashboards { edges { node { name owner isHome } } } series { entityType serviceId } }';

interface Seen {
  readonly dashboards: {
    readonly edges: readonly { readonly node: { readonly name: string; readonly isHome: boolean } }[];
  };
  readonly series: readonly { readonly entityType: string; readonly serviceId: string }[];
}

const own = { entityType: 'orders', serviceId: 'web', data: { amount: 12.5 } };
const minute = 60_000;

test('where nothing was ever sent there are points of an hour and a dashboard before the first request is answered', async () => {
  const server = await startServer({ source: 'demo' });
  const { dashboards: found, series } = await query<Seen>(server.url, dashboards);
  expect(found.edges.map(({ node }) => node)).toMatchObject([{ name: 'Shop', owner: 'demo', isHome: true }]);
  expect(new Set(series.map(({ entityType }) => entityType))).toEqual(new Set(demoEntityTypes));
});

/** The demo on a clock that the test moves. */
async function startDemo(options: Parameters<typeof startWorld>[1] = {}) {
  const world = await startWorld({}, options);
  const { engine, clock: machine } = world;
  const sourceOptions = {
    sink: { send: (points: Parameters<typeof engine.ingestOwn>[0]) => engine.ingestOwn(points) },
    clock: withNow(machine, () => engine.now()),
    onError: (error: unknown) => expect.fail(String(error)),
  };
  const demo = await startDemoSource(engine, sourceOptions);
  const stop = async () => {
    await demo?.source.stop();
    await engine.stop();
  };
  onTestFinished(stop);
  return { ...world, stop };
}

const isOfDemo = ({ subject }: { readonly subject: { readonly entityType: string } }) =>
  (demoEntityTypes as readonly string[]).includes(subject.entityType);

function openOfDemo({ engine }: EngineWorld) {
  const open = { entityType: null, serviceId: null, types: [], minSeverity: null, state: 'OPEN' } as const;
  return engine.insights.list(ann, open).filter(isOfDemo);
}

/** That nothing of the demo alarms anybody, and that its points have stopped. */
function expectEnded(world: EngineWorld): void {
  const { engine } = world;
  expect(openOfDemo(world)).toEqual([]);
  expect(engine.status().alertsFiring).toBe(0);
  expect(engine.dashboards.list('demo')).toEqual([]);
}

describe('the demo', () => {
  test('runs beside points that are sent, which are not of its entity types', async () => {
    const world = await startDemo();
    await world.send([own]);
    const before = world.points.length;
    await world.clock.advance(minute);
    expect(world.points.length).toBeGreaterThan(before + 100);
    expect(await world.engine.readMark('demo')).toEqual({ state: 'running' });
  });

  test('is ended for good by endDemo: nothing of it alarms, then or later, and what others made stays', async () => {
    const file = `${temporary()}/pulseql.db`;
    const world = await startDemo({ file });
    const { engine, clock } = world;
    await engine.createDashboard(ann, { name: 'Mine', widgets: [] });
    // A minute after the start payments begin to fail.
    await clock.advance(1.5 * minute);
    await waitUntil('an insight of it', () => openOfDemo(world).length > 0);
    expect(await engine.endDemo(ann)).toBe(true);
    expectEnded(world);
    const count = world.points.length;
    await clock.advance(30 * minute);
    expectEnded(world);
    expect(world.points.length).toBe(count);
    expect(engine.dashboards.list().map(({ dashboard }) => dashboard.name)).toEqual(['Mine']);
    expect(await engine.endDemo(ann)).toBe(false);
    await engine.stop();
    const again = await startDemo({ file, clock });
    await again.clock.advance(30 * minute);
    expect(again.points).toEqual([]);
    expectEnded(again);
  });

  test('is ended by a start with another source, also where the one before was killed at its end', async () => {
    const file = `${temporary()}/pulseql.db`;
    const { clock, stop } = await startDemo({ file });
    await clock.advance(1.5 * minute);
    await stop();
    const next = await startWorld({}, { file, clock });
    await endDemoSource(next.engine);
    expectEnded(next);
    // What is saved has the demo's series still.
    await next.engine.stop();
    const last = await startWorld({}, { file, clock });
    onTestFinished(() => last.engine.stop());
    await endDemoSource(last.engine);
    await clock.advance(30 * minute);
    expectEnded(last);
  });

  test('is ended only by who may edit', async () => {
    const world = await startDemo();
    await expect(world.engine.endDemo(viewer({ edit: false }))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await world.engine.readMark('demo')).toEqual({ state: 'running' });
  });
});

test('Mutation.endDemo ends it', async () => {
  const server = await startServer({ source: 'demo' });
  const end = () => query<{ endDemo: boolean }>(server.url, 'mutation { endDemo }');
  expect([await end(), await end()]).toEqual([{ endDemo: true }, { endDemo: false }]);
  await waitUntil('no dashboard of it', async () => {
    const { dashboards: found } = await query<Seen>(server.url, dashboards);
    return found.edges.length === 0;
  });
});

function temporary(): string {
  const folder = tempFolder();
  onTestFinished(() => folder.remove());
  return folder.path;
}
