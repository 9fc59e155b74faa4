// Simulations as the API starts and stops them.
import { describe, expect, test } from 'vitest';
import type { SimulationInput } from '../../src/engine/simulations.ts';
import { ann, startWorld } from './engine-world.ts';

const input: SimulationInput = { entityType: 'orders', serviceId: 'web', count: 3, interval: null };

test('the points of a simulation are points like any other, one at once, then one in two seconds', async () => {
  const { engine, clock, points } = await startWorld();
  const { id, ...started } = engine.simulate(ann, input);
  const interval = { size: 2, unit: 'SECOND', ms: 2000 };
  expect(started).toEqual({ entityType: 'orders', serviceId: 'web', count: 3, interval, sent: 0, isRunning: true });
  await clock.advance(0);
  expect(points).toHaveLength(1);
  await clock.advance(1999);
  expect(engine.simulations.get(id)).toMatchObject({ sent: 1, isRunning: true });
  await clock.advance(2001);
  expect(engine.simulations.get(id)).toMatchObject({ sent: 3, isRunning: false });
  expect(points.map(({ data }) => Object.keys(data))).toEqual(Array(3).fill(['value', 'amount', 'status']));
  expect(engine.hasPoints).toBe(true);
  await engine.stop();
});

test('one that is stopped sends no more, and can be stopped again', async () => {
  const { engine, clock, points } = await startWorld();
  const { id } = engine.simulate(ann, { ...input, count: 1000, interval: { size: 1, unit: 'MINUTE' } });
  await clock.advance(60_000);
  expect(await engine.simulations.stop(id)).toMatchObject({ sent: 2, isRunning: false, interval: { ms: 60_000 } });
  await clock.advance(300_000);
  expect(await engine.simulations.stop(id)).toMatchObject({ sent: 2, isRunning: false });
  expect(points).toHaveLength(2);
  await engine.stop();
});

test('one that is not there is NOT_FOUND', async () => {
  const { engine } = await startWorld();
  await expect(engine.simulations.stop('sim_none')).rejects.toMatchObject({ code: 'NOT_FOUND', id: 'sim_none' });
  expect(engine.simulations.get('sim_none')).toBeUndefined();
  await engine.stop();
});

describe('what cannot be simulated', () => {
  test.each<[Partial<SimulationInput>, string]>([
    [{ count: 0 }, 'count'],
    [{ count: 1_000_001 }, 'count'],
    [{ entityType: '' }, 'entityType'],
    [{ serviceId: 'x'.repeat(257) }, 'serviceId'],
    [{ interval: { size: 0, unit: 'SECOND' } }, 'interval'],
    [{ interval: { size: 2, unit: 'DAY' } }, 'interval'],
  ])('%j is an issue', async (asked, path) => {
    const { engine, clock } = await startWorld();
    const before = clock.timers;
    expect(() => engine.simulate(ann, { ...input, ...asked })).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', issues: [expect.objectContaining({ path: [path] })] }),
    );
    expect(clock.timers).toBe(before);
    await engine.stop();
  });

  test('are more at a time than there may be; one that has ended makes room', async () => {
    const { engine, clock } = await startWorld({ maxSimulations: 2 });
    const long = engine.simulate(ann, { ...input, count: 100 });
    engine.simulate(ann, { ...input, count: 1 });
    expect(() => engine.simulate(ann, input)).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED', limit: 2 }));
    await clock.advance(0);
    engine.simulate(ann, { ...input, count: 100 });
    expect(() => engine.simulate(ann, input)).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }));
    await engine.simulations.stop(long.id);
    engine.simulate(ann, input);
    await engine.stop();
  });
});

test('of more than a thousand the oldest that have ended are forgotten, those that run are not', async () => {
  const { engine, clock } = await startWorld({ maxSimulations: 2000 });
  const running = engine.simulate(ann, { ...input, count: 100 });
  const ids = Array.from({ length: 999 }, () => engine.simulate(ann, { ...input, count: 1 }).id);
  await clock.advance(0);
  for (let i = 0; i < 2; i += 1) engine.simulate(ann, input);
  expect(ids.map((id) => engine.simulations.get(id) === undefined).lastIndexOf(true)).toBe(1);
  expect(engine.simulations.get(running.id)).toMatchObject({ isRunning: true });
  await engine.stop();
});

test('a point that is not taken is logged, and the next one is sent all the same', async () => {
  const { engine, clock, storage, logger, points } = await startWorld();
  const append = storage.log.append.bind(storage.log);
  storage.log.append = () => Promise.reject(new Error('no room'));
  const { id } = engine.simulate(ann, input);
  await clock.advance(0);
  storage.log.append = append;
  await clock.advance(4000);
  expect(engine.simulations.get(id)).toMatchObject({ sent: 2, isRunning: false });
  expect(points).toHaveLength(2);
  expect(logger.messages).toEqual(['warn: a simulated point was not taken']);
  await engine.stop();
});
