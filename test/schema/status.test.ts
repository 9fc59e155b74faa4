// What the engine says of itself, and simulations that are started and stopped over the API.
import { describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { somePoint, somePoints } from '../support/batches.ts';
import { ask, ingest, post, query, readAll, WsConnection } from '../support/graphql.ts';
import { waitUntil } from '../support/inbox.ts';
import { startServer } from '../support/start-server.ts';

describe('status', () => {
  const fields = `version startedAt uptimeSeconds ready connections subscriptions dashboards series storage performance {
    processedEvents rejectedEvents duplicateEvents lateEvents deliveredMessages eventRate averageProcessingTime p99ProcessingTime errorRate memoryBytes lastUpdate
  }`;

  interface Status {
    readonly version: string;
    readonly startedAt: string;
    readonly uptimeSeconds: number;
    readonly storage: string;
    readonly performance: Readonly<Record<string, number>>;
  }

  test('has figures that were all measured', async () => {
    const { url } = await startServer();
    await ingest(url, [...somePoints(8), { ...somePoint(8), key: 'a' }, { ...somePoint(8), key: 'a' }]);
    await ingest(url, [
      { ...somePoint(9, 'app'), timestamp: '2026-01-02T00:00:00Z' },
      { ...somePoint(9, 'app'), timestamp: '2026-01-01T00:00:00Z' },
    ]);
    await post(url, 'bad');
    const { status } = await query<{ status: Status }>(url, `{ status { ${fields} } }`);
    expect(status).toMatchObject({
      version: packageJson.version,
      ready: true,
      connections: 0,
      subscriptions: 0,
      dashboards: 0,
      series: 2,
    });
    expect(status.storage).toMatch(/memory/);
    expect(status.performance).toMatchObject({
      processedEvents: 11,
      rejectedEvents: 1,
      duplicateEvents: 1,
      lateEvents: 1,
      deliveredMessages: 0,
    });
    const { performance } = status;
    expect(performance['eventRate']).toBeGreaterThan(0);
    expect(performance['averageProcessingTime']).toBeGreaterThan(0);
    expect(performance['p99ProcessingTime']).toBeGreaterThan(0);
    expect(performance['errorRate']).toBeCloseTo(1 / 12);
    expect(performance['memoryBytes']).toBeGreaterThan(1_000_000);
    expect(status.uptimeSeconds).toBeGreaterThan(0);
    expect(Date.parse(status.startedAt)).toBeLessThanOrEqual(Date.now());
  });

  test('comes at once where it is watched, and again every so often', async () => {
    const server = await startServer();
    const connection = new WsConnection(server.url);
    const watch = connection.subscribe<{ status: { performance: { processedEvents: number } } }>(
      'subscription { status(every: { size: 1, unit: SECOND }) { performance { processedEvents } } }',
    );
    expect((await watch.next()).status.performance.processedEvents).toBe(0);
    await ingest(server.url, somePoints(3));
    await watch.until(({ status }) => status.performance.processedEvents === 3);
    const slow = connection.subscribe('subscription { status(every: { size: 2, unit: HOUR }) { version } }');
    expect(await slow.failure()).toMatchObject([
      { message: expect.stringMatching(/^every: must be 1 to 3600 seconds long/) },
    ]);
  });
});

describe('a simulation', () => {
  const simulate = `mutation ($count: Int, $interval: TimeSpanInput, $serviceId: String = "web") {
    simulate(entityType: "orders", serviceId: $serviceId, count: $count, interval: $interval) {
      ... on Simulation { id entityType serviceId sent count interval { size unit } isRunning }
      ... on InvalidInputError { issues { path message } }
      ... on LimitExceededError { code limit message }
    }
  }`;
  const stop =
    'mutation ($id: ID!) { stopSimulation(id: $id) { ... on Simulation { id sent isRunning } ... on NotFoundError { code id } } }';
  interface Simulate {
    readonly simulate: { readonly id: string };
  }

  test('sends ten points, two seconds apart, where nothing else is said, and stops when it is told to', async () => {
    const { url } = await startServer();
    const { simulate: started } = await query<Simulate>(url, simulate);
    expect(started).toMatchObject({
      id: expect.stringMatching(/^sim_/),
      entityType: 'orders',
      serviceId: 'web',
      count: 10,
      interval: { size: 2, unit: 'SECOND' },
      isRunning: true,
    });
    await waitUntil('the first point', async () => (await readAll(url, 'orders')).length > 0);
    const [point] = await readAll(url, 'orders');
    expect(point?.data).toEqual({ value: expect.any(Number), amount: expect.any(Number), status: expect.any(String) });
    expect(point?.metadata).toMatchObject({ source: 'simulation' });
    expect(await query(url, stop, { id: started.id })).toEqual({
      stopSimulation: { id: started.id, sent: 1, isRunning: false },
    });
    const node = 'query ($id: ID!) { node(id: $id) { __typename id ... on Simulation { sent isRunning } } }';
    expect(await query(url, node, { id: started.id })).toEqual({
      node: { __typename: 'Simulation', id: started.id, sent: 1, isRunning: false },
    });
  });

  test('sends all its points and is over', async () => {
    const { url } = await startServer();
    const variables = { count: 2, interval: { size: 1, unit: 'SECOND' } };
    const { simulate: started } = await query<Simulate>(url, simulate, variables);
    const node = 'query ($id: ID!) { node(id: $id) { ... on Simulation { sent isRunning } } }';
    await waitUntil('its end', async () => {
      const found = await query<{ node: { isRunning: boolean } }>(url, node, { id: started.id });
      return !found.node.isRunning;
    });
    expect(await query(url, node, { id: started.id })).toEqual({ node: { sent: 2, isRunning: false } });
    expect(await readAll(url, 'orders')).toHaveLength(2);
  });

  test('that cannot be is refused as data', async () => {
    const { url } = await startServer({ 'max-simulations': '1' });
    expect(await query(url, simulate, { count: 0, interval: { size: -1, unit: 'SECOND' }, serviceId: '' })).toEqual({
      simulate: {
        issues: [
          { path: ['interval'], message: expect.stringMatching(/not -1 SECOND$/) },
          { path: ['count'], message: 'must be from 1 to 1000000, not 0' },
          { path: ['serviceId'], message: expect.stringMatching(/1 to 256 characters/) },
        ],
      },
    });
    const { simulate: first } = await query<Simulate>(url, simulate);
    expect(await query(url, simulate)).toMatchObject({ simulate: { code: 'LIMIT_EXCEEDED', limit: 1 } });
    await query(url, stop, { id: first.id });
    expect(await query(url, simulate)).toMatchObject({ simulate: { isRunning: true } });
    expect(await query(url, stop, { id: 'sim_no' })).toEqual({ stopSimulation: { code: 'NOT_FOUND', id: 'sim_no' } });
  });

  test('does not outlive the server', async () => {
    const server = await startServer();
    const { simulate: started } = await query<Simulate>(server.url, simulate);
    await server.stop();
    expect(server.engine.simulations.get(started.id)?.isRunning).toBe(false);
  });
});

test('node finds nothing under an id of no kind, or of no one', async () => {
  const { url } = await startServer();
  for (const id of ['', 'x', 'dash_', 'wid_x', 'sim_x', 'client_x', '__proto___x']) {
    expect(await ask(url, 'query ($id: ID!) { node(id: $id) { id } }', { id })).toMatchObject({
      data: { node: null },
      errors: [],
    });
  }
});
