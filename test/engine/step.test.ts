// The way of committed points through the consumers.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Counters } from '../../src/engine/counters.ts';
import { type Consumer, Fence } from '../../src/engine/fence.ts';
import type { EngineState } from '../../src/engine/state.ts';
import { step } from '../../src/engine/step.ts';
import type { StoredPoint } from '../../src/points/point.ts';
import { SharedPanes } from '../../src/windows/shared-panes.ts';
import { somePoint, somePoints } from '../support/batches.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { CollectingLogger } from './collecting-logger.ts';
import { ann, startWorld } from './engine-world.ts';

function pointAt(offset: number): StoredPoint {
  const names = { entityType: 'orders', serviceId: 'web' };
  return { ...names, timestamp: 0, data: {}, metadata: null, series: 1, offset, receivedAt: 0 };
}

describe('a block', () => {
  const names = ['catalogue', 'feeds', 'windows', 'analysis'];

  /** The calls that consumers get, of which some fail at offset 2. */
  function callsOf(failing: readonly string[]): string[] {
    const calls: string[] = [];
    const consumer = (name: string): Consumer => ({
      name,
      take({ offset }) {
        calls.push(`${name} ${offset}`);
        if (failing.includes(name) && offset === 2) throw new Error('no');
      },
      rebuild: () => calls.push(`${name} again`),
    });
    const counters = new Counters(new FakeClock());
    const consumers = Object.fromEntries(names.map((name) => [name, consumer(name)]));
    const fence = new Fence(counters, new CollectingLogger());
    const analysis = { tick: (at: number) => calls.push(`tick ${at}`) };
    const blocks = { beginBlock: () => undefined };
    const log = { now: () => 7 };
    const stepped = { at: 0 };
    const state = {
      fence,
      consumers,
      analysis,
      feeds: blocks,
      windows: blocks,
      log,
      stepped,
    } as unknown as EngineState;
    step(state, { partition: 0, first: 1, at: 5, points: [pointAt(1), pointAt(2), pointAt(3)] });
    return calls;
  }
  const of = (offset: number) => names.map((name) => `${name} ${offset}`);
  const all = ['tick 5', ...of(1), ...of(2), ...of(3)];

  test('comes after what time had brought, and goes point by point through every consumer, in the order of the log', () => {
    expect(callsOf([])).toEqual(all);
  });

  test.each(names)('stops neither the others nor the next point where %s fails', (name) => {
    const calls = callsOf([name]);
    expect(calls.filter((call) => !call.endsWith('again'))).toEqual(all);
    expect(calls[calls.indexOf(`${name} 2`) + 1]).toBe(`${name} again`);
  });
});

describe('a window that fails at a point', () => {
  const query = {
    entityType: 'orders',
    aggregation: { function: 'COUNT' },
    timeWindow: { size: 1, unit: 'MINUTE' },
  } as const;

  afterEach(() => {
    vi.restoreAllMocks();
  });

  test('is built again with that point, for who asks and for who watches, and the point is acknowledged', async () => {
    const { engine, clock, send, logger } = await startWorld();
    await send(somePoints(3));
    const counts: unknown[] = [];
    const watch = engine.watchKpi(ann, { query, every: null, history: null });
    const read = async () => {
      for await (const { frame } of watch) counts.push(frame.value.count);
    };
    const reading = read();
    await clock.advance(0);
    vi.spyOn(SharedPanes.prototype, 'addPoint').mockImplementationOnce(() => {
      throw new Error('a window broke');
    });
    const result = await engine.ingest(ann, [somePoint(3), somePoint(4)], null);
    expect(result).toMatchObject({ accepted: 2, rejected: [] });
    await clock.advance(0);
    expect((await engine.kpis.value(ann, query)).value.count).toBe(5);
    await send([somePoint(5)]);
    await clock.advance(1000);
    expect(counts).toEqual([3, 6]);
    expect(logger.messages).toEqual(['error: a consumer failed at a point; its state is built again']);
    expect(engine.counters.unforeseen).toBe(1);
    await engine.stop();
    await reading;
  });
});
