// What the engine says of itself.
import { expect, test } from 'vitest';
import type { EngineStatus } from '../../src/engine/status.ts';
import { somePoint, somePoints } from '../support/batches.ts';
import { ann, startWorld } from './engine-world.ts';

test('every figure is measured', async () => {
  const { engine, clock, send } = await startWorld();
  const startedAt = clock.now();
  await send([...somePoints(8), somePoint(1, 'app'), { ...somePoint(), serviceId: '' }]);
  await send([
    { ...somePoint(), key: 'k' },
    { ...somePoint(), key: 'k' },
  ]);
  await engine.createDashboard(ann, { name: 'a', widgets: [] });
  const watching = engine.watchStatus(null);
  await watching.next();
  await clock.advance(20_000);
  expect(engine.status()).toMatchObject({
    version: '1.2.3',
    startedAt,
    uptimeSeconds: 20,
    ready: true,
    connections: 0,
    subscriptions: 1,
    dashboards: 1,
    series: 2,
    storage: 'memory',
    performance: {
      processedEvents: 10,
      rejectedEvents: 1,
      duplicateEvents: 1,
      lateEvents: 0,
      deliveredMessages: 1,
      eventRate: 0.5,
      errorRate: 1 / 11,
      memoryBytes: expect.any(Number),
      lastUpdate: startedAt + 20_000,
    },
  });
  await engine.stop();
  expect(engine.status()).toMatchObject({ ready: false, subscriptions: 0 });
});

test('the status can be watched: at once, then every so often; a slow reader gets the newest', async () => {
  const { engine, clock } = await startWorld();
  const seen: number[] = [];
  const read = async (watching: AsyncIterable<EngineStatus>) => {
    for await (const { uptimeSeconds } of watching) seen.push(uptimeSeconds);
  };
  const slow = engine.watchStatus(null);
  const reading = read(engine.watchStatus({ size: 2, unit: 'SECOND' }));
  await clock.advance(7000);
  expect(seen).toEqual([0, 2, 4, 6]);
  const late = [(await slow.next()).value?.uptimeSeconds];
  const next = slow.next();
  await clock.advance(3000);
  late.push((await next).value?.uptimeSeconds);
  expect(late).toEqual([7, 10]);
  await engine.stop();
  await reading;
});

test('how often must be whole seconds, an hour at most', async () => {
  const { engine } = await startWorld();
  for (const every of [
    { size: 0, unit: 'SECOND' },
    { size: 1.5, unit: 'SECOND' },
    { size: 61, unit: 'MINUTE' },
  ] as const) {
    expect(() => engine.watchStatus(every)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
  }
  expect(engine.status().subscriptions).toBe(0);
  await engine.stop();
});
