// The package as a library: an engine in a program of one's own, and the API on it.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { graphql } from 'graphql';
import { expect, onTestFinished, test } from 'vitest';
import { allRights, createEngine, createServer, PulseError, schema, type Viewer } from '../src/index.ts';
import { FakeClock } from './support/fake-clock.ts';
import { ask, query, WsConnection } from './support/graphql.ts';
import { tempFolder } from './support/temp-folder.ts';

const me: Viewer = { id: 'me', rights: allRights };
const order = (total: number) => ({ entityType: 'orders', serviceId: 'web', data: { total } });

async function engineFor(...options: Parameters<typeof createEngine>) {
  const engine = await createEngine(...options);
  onTestFinished(() => engine.stop());
  return engine;
}

const everyOrder = {
  entityType: 'orders',
  serviceId: null,
  filters: null,
  where: null,
  frequency: 'EVERY_POINT',
  after: null,
  last: null,
  heartbeat: null,
} as const;

test('an engine takes points, computes, and lets a program iterate over what comes', async () => {
  const engine = await engineFor();
  const updates = engine.watchPoints(me, everyOrder);
  const { accepted, cursor } = await engine.ingest(me, [order(10), order(30)], null);
  expect([accepted, typeof cursor]).toEqual([2, 'string']);
  const query = {
    entityType: 'orders',
    aggregation: { function: 'AVG', field: 'total' },
    timeWindow: { size: 1, unit: 'HOUR' },
  } as const;
  expect((await engine.kpis.value(me, query)).value).toMatchObject({ value: 20, count: 2 });
  for await (const { points, skipped } of updates) {
    expect([points.map(({ data }) => data['total']), skipped]).toEqual([[10, 30], 0]);
    break;
  }
  // Leaving the loop has released the subscription.
  expect(engine.status()).toMatchObject({ subscriptions: 0, series: 1, ready: true });
});

test('an engine tells those who listen what happens, until they no longer want to hear', async () => {
  const engine = await engineFor();
  const heard: unknown[] = [];
  const stop = engine.events.on('dashboard:created', (event) => heard.push(event));
  const { dashboard } = await engine.createDashboard(me, { name: 'Shop', widgets: [] });
  expect(heard).toEqual([{ id: dashboard.id, owner: 'me' }]);
  stop();
  await engine.createDashboard(me, { name: 'Other', widgets: [] });
  expect(heard).toHaveLength(1);
});

test('an engine keeps to its settings, and refuses those that are not right', async () => {
  const engine = await engineFor({ settings: { 'max-dashboards': 1, 'max-series': 1 } });
  await engine.createDashboard(me, { name: 'One', widgets: [] });
  await expect(engine.createDashboard(me, { name: 'Two', widgets: [] })).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
  });
  const { rejected } = await engine.ingest(me, [order(1), { ...order(2), serviceId: 'app' }], null);
  expect(rejected).toMatchObject([{ index: 1 }]);
  await expect(createEngine({ settings: { 'max-groups': 0 } })).rejects.toThrow(
    /--max-groups must be a whole number from 1/,
  );
});

test('an engine with a file keeps what it was given, and lets go of the file when it is stopped', async () => {
  const folder = tempFolder();
  const file = path.join(folder.path, 'own', 'name.db');
  const first = await createEngine({ file });
  await first.ingest(me, [order(1)], null);
  await expect(createEngine({ file })).rejects.toMatchObject({ code: 'STORAGE_IN_USE' });
  await first.stop();
  await first.stop();
  await expect(first.ingest(me, [order(2)], null)).rejects.toBeInstanceOf(PulseError);
  expect(existsSync(file)).toBe(true);
  const again = await createEngine({ file });
  expect(again.series(me, null, null)).toMatchObject([{ entityType: 'orders', pointCount: 1 }]);
  await again.stop();
  folder.remove();
});

test('a stopped engine has ended every subscription and left no timer', async () => {
  const clock = new FakeClock();
  const engine = await createEngine({ clock });
  const updates = engine.watchPoints(me, { ...everyOrder, heartbeat: { size: 10, unit: 'SECOND' } });
  const waiting = updates.next();
  engine.simulate(me, { entityType: 'orders', serviceId: 'sim', count: 100, interval: null });
  await clock.advance(1);
  expect(await waiting).toMatchObject({ done: false });
  const status = engine.watchStatus(null);
  await status.next();
  const last = status.next();
  await engine.stop();
  expect(await last).toEqual({ value: undefined, done: true });
  expect(clock.timers).toBe(0);
});

test('a viewer sees and does what his rights say, no more', async () => {
  const engine = await engineFor();
  await engine.ingest(me, [order(1), { ...order(2), entityType: 'salaries' }], null);
  const guest: Viewer = { id: 'guest', rights: { read: ['orders'], ingest: false, edit: false } };
  expect(engine.series(guest, null, null).map(({ entityType }) => entityType)).toEqual(['orders']);
  expect(() => engine.watchPoints(guest, { ...everyOrder, entityType: 'salaries' })).toThrow(
    /you may not read "salaries"/,
  );
  await expect(engine.ingest(guest, [order(3)], null)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(engine.createDashboard(guest, { name: 'x', widgets: [] })).rejects.toMatchObject({ code: 'FORBIDDEN' });
});

test('a server puts the API on an engine, and leaves it running when it stops', async () => {
  const engine = await engineFor();
  const started: object[] = [];
  engine.events.on('server:started', (event) => started.push(event));
  const server = createServer({ engine, settings: { 'max-connections': 1, 'max-depth': 3 } });
  const url = await server.listen(0, '127.0.0.1');
  onTestFinished(() => server.stop());
  expect(started).toEqual([{ url }]);
  await engine.ingest(me, [order(7)], null);
  expect(await query(url, '{ series { entityType } }')).toEqual({ series: [{ entityType: 'orders' }] });
  const deep = '{ points(entityType: "orders") { edges { node { metadata { source } } } } }';
  expect((await ask(url, deep)).errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED', limit: 3 } }]);
  const connection = new WsConnection(url);
  const watch = connection.subscribe(
    'subscription { dataUpdates(entityType: "orders", last: 1) { points { number(field: "total") } } }',
  );
  expect(await watch.next()).toEqual({ dataUpdates: { points: [{ number: 7 }] } });
  await server.stop();
  expect(await connection.closed).toMatchObject({ code: 1001 });
  expect((await engine.ingest(me, [order(8)], null)).accepted).toBe(1);
});

test('a server that cannot listen says so, and leaves nothing behind', async () => {
  const clock = new FakeClock();
  const engine = await createEngine({ clock });
  const first = createServer({ engine });
  const url = await first.listen(0, '127.0.0.1');
  const second = createServer({ engine });
  await expect(second.listen(Number(new URL(url).port), '127.0.0.1')).rejects.toThrow(/EADDRINUSE/);
  await second.stop();
  await first.stop();
  await engine.stop();
  expect(clock.timers).toBe(0);
});

test('the schema can be run in a GraphQL server that somebody already has', async () => {
  const engine = await engineFor();
  await engine.ingest(me, [order(5)], null);
  const source =
    '{ kpi(query: { entityType: "orders", aggregation: { function: SUM, field: "total" }, timeWindow: { size: 1, unit: HOUR } }) { value } }';
  const result = await graphql({ schema, source, contextValue: { engine, viewer: me } });
  expect(JSON.parse(JSON.stringify(result))).toEqual({ data: { kpi: { value: 5 } } });
});
