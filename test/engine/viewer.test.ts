// What a viewer may read and do, at every door of the engine.
import { type ExecutionResult, parse, subscribe } from 'graphql';
import { expect, test } from 'vitest';
import type { Viewer } from '../../src/engine/viewer.ts';
import { schema } from '../../src/schema/schema.ts';
import { somePoint } from '../support/batches.ts';
import { ann, startWorld, viewer } from './engine-world.ts';

const forbidden = expect.objectContaining({ code: 'FORBIDDEN' });
const ofVisits = {
  entityType: 'visits',
  aggregation: { function: 'COUNT' },
  timeWindow: { size: 1, unit: 'MINUTE' },
} as const;
const pages = {
  serviceId: null,
  filter: { filters: [], where: null },
  from: null,
  to: null,
  first: null,
  after: null,
  last: null,
  before: null,
};
const watched = {
  serviceId: null,
  filters: null,
  where: null,
  frequency: 'LOW',
  after: null,
  last: null,
  heartbeat: null,
} as const;

test('who may read some entity types reads nothing of the others', async () => {
  const { engine, send, clock } = await startWorld();
  await send([somePoint(1), { ...somePoint(2), entityType: 'visits' }]);
  const timers = clock.timers;
  const bob = viewer({ read: ['orders'] });
  const query = { ...ofVisits, entityType: 'orders' };
  await expect(engine.points(bob, { ...pages, entityType: 'visits' })).rejects.toEqual(forbidden);
  await expect(engine.kpis.value(bob, ofVisits)).rejects.toEqual(forbidden);
  await expect(engine.kpis.history(bob, { query: ofVisits, from: 0, to: null, step: null })).rejects.toEqual(forbidden);
  expect(() => engine.watchPoints(bob, { ...watched, entityType: 'visits' })).toThrow(forbidden);
  expect(() => engine.watchKpi(bob, { query: ofVisits, every: null, history: null })).toThrow(forbidden);
  expect([engine.status().subscriptions, clock.timers]).toEqual([0, timers]);
  expect(engine.series(bob, null, null).map(({ entityType }) => entityType)).toEqual(['orders']);
  expect(engine.series(ann, null, null)).toHaveLength(2);
  expect((await engine.points(bob, { ...pages, entityType: 'orders' })).points).toHaveLength(1);
  expect((await engine.kpis.value(bob, query)).value.count).toBe(1);
  await engine.stop();
});

test('who may read a widget of one entity type may not read its value of another', async () => {
  const { engine } = await startWorld();
  const { dashboard } = await engine.createDashboard(ann, {
    name: 'a',
    widgets: [{ name: 'v', type: 'NUMBER', query: ofVisits }],
  });
  const query = dashboard.widgets[0]?.query;
  if (query === undefined) throw new Error('the widget is missing');
  await expect(engine.kpis.valueOf(viewer({ read: [] }), query)).rejects.toEqual(forbidden);
  await expect(engine.kpis.historyOf(viewer({ read: [] }), query, 10, null)).rejects.toEqual(forbidden);
  expect((await engine.kpis.valueOf(viewer({ read: ['visits'] }), query)).value.count).toBe(0);
  await engine.stop();
});

test('who may not read what a dashboard shows does not see it in its updates', async () => {
  const { engine } = await startWorld();
  const { dashboard } = await engine.createDashboard(ann, {
    name: 'a',
    widgets: [{ name: 'v', type: 'NUMBER', query: ofVisits }],
  });
  const document = parse('subscription ($id: ID!) { dashboardUpdates(id: $id) { widgets { value { count } } } }');
  const first = async (who: Viewer) => {
    const args = { schema, document, variableValues: { id: dashboard.id }, contextValue: { engine, viewer: who } };
    const updates = (await subscribe(args)) as AsyncGenerator<ExecutionResult>;
    const { value } = await updates.next();
    await updates.return(undefined);
    return value as ExecutionResult;
  };
  expect((await first(ann)).data).toEqual({ dashboardUpdates: { widgets: [{ value: { count: 0 } }] } });
  expect(await first(viewer({ read: ['orders'] }))).toMatchObject({
    data: null,
    errors: [{ originalError: forbidden }],
  });
  await engine.stop();
});

test('who may not send sends nothing, not even a simulation', async () => {
  const { engine, points, clock } = await startWorld();
  const bob = viewer({ ingest: false });
  await expect(engine.ingest(bob, [somePoint()], null)).rejects.toEqual(forbidden);
  await expect(engine.ingestLines(bob, Buffer.from(JSON.stringify(somePoint())), null)).rejects.toEqual(forbidden);
  expect(() => engine.simulate(bob, { entityType: 'a', serviceId: 'b', count: 1, interval: null })).toThrow(forbidden);
  await clock.advance(0);
  expect(points).toEqual([]);
  await engine.stop();
});

test('who may not edit changes no dashboard', async () => {
  const { engine } = await startWorld();
  const bob = viewer({ edit: false });
  await expect(engine.createDashboard(bob, { name: 'a', widgets: [] })).rejects.toEqual(forbidden);
  expect(() => engine.editing(bob)).toThrow(forbidden);
  expect([engine.editing(ann), engine.dashboards.size]).toEqual([engine.dashboards, 0]);
  await engine.stop();
});
