// Who leaves a shared subscription, however he does, takes nothing from the others and leaves nothing behind.
import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { Fanout } from '../../src/fanout/fanout.ts';
import { schema } from '../../src/schema/schema.ts';
import { ann, type EngineWorld, startWorld, viewer } from '../engine/engine-world.ts';
import { ingest } from '../support/graphql.ts';
import { liveHeap } from '../support/live-heap.ts';
import { openFrames } from '../support/raw-frames.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { repeats } from '../support/repeats.ts';
import { report } from '../support/report.ts';
import { startServer } from '../support/start-server.ts';
import { NotedSink } from './sinks.ts';

const cycles = repeats({ quick: 2000, long: 10_000 });
const atOnce = 20;
const heapRoom = 2_000_000;
const points = 'dataUpdates(entityType: "orders", frequency: EVERY_POINT)';
const asked = [
  `subscription { ${points} { points { data } skipped cursor } }`,
  'subscription { dataUpdates(entityType: "orders", frequency: HIGH, last: 2) { points { data } } }',
  'subscription { dataUpdates(heartbeat: { size: 1, unit: MINUTE }) { cursor } }',
  `subscription { kpi(query: {
    entityType: "orders", aggregation: { function: SUM, field: "n" }, timeWindow: { size: 1, unit: MINUTE }
  }) { value { value } } }`,
  'subscription { status { version } }',
  'subscription { dashboardUpdates(id: "none") { at } }',
].map((text) => parse(text));
// Some share, some do not.
const viewers = [ann, ann, viewer({ read: ['orders'] })];

class World {
  readonly fanout: Fanout;
  readonly #world: EngineWorld;
  #shared = 0;

  constructor(world: EngineWorld) {
    this.#world = world;
    this.fanout = new Fanout({
      after: (ms, run) => world.clock.after(ms, run),
      toJson: JSON.stringify,
      onDelivered: () => undefined,
      onShared: (count) => {
        this.#shared = count;
      },
    });
  }

  /** So many come, a few at a time, hear something, and leave: some before they have begun, some while they do not read. */
  async comeAndGo(times: number): Promise<void> {
    for (let n = 0; n < times; n += atOnce) {
      const some = Array.from({ length: atOnce }, (_, i) => this.#subscribe(n + i));
      some[0]?.end();
      await Promise.all(some.map(({ begun }) => begun));
      some[1]?.sink.stall();
      if ((n / atOnce) % 10 === 0) await this.#world.send([{ entityType: 'orders', serviceId: 's', data: { n } }]);
      await this.#world.clock.advance(20);
      for (const { end } of some) end();
    }
    await this.#world.clock.advance(1000);
  }

  #subscribe(n: number) {
    const who = viewers[n % viewers.length] ?? ann;
    const document = asked[n % asked.length] ?? parse('');
    const sink = new NotedSink();
    const args = { schema, document, contextValue: { engine: this.#world.engine, viewer: who } };
    return { sink, ...this.fanout.subscribe({ args, viewer: who, sink }) };
  }

  /** What there is of what goes with a subscription. */
  get left() {
    const { engine, clock } = this.#world;
    return { subscriptions: engine.status().subscriptions, shared: this.#shared, timers: clock.timers };
  }
}

test(`${cycles} that come and go leave no source, no group, no timer and no heap`, async () => {
  const engineWorld = await startWorld();
  const world = new World(engineWorld);
  await world.comeAndGo(Math.min(cycles, 2000));
  const [left, before] = [world.left, liveHeap()];
  await world.comeAndGo(cycles);
  const more = liveHeap() - before;
  report(`${cycles} subscriptions: heap ${(more / 1000).toFixed(0)} kB more, left ${JSON.stringify(world.left)}`);
  expect(world.left).toEqual(left);
  expect(left).toMatchObject({ subscriptions: 0, shared: 0 });
  expect(more).toBeLessThan(heapRoom);
  await engineWorld.engine.stop();
});

test('one that dies in the middle of a frame takes nothing from those who share with him', async () => {
  const server = await startServer({ 'max-queued-bytes': '1000000' });
  const query = `subscription { ${points} { points { number(field: "n") data } skipped } }`;
  const reader = new RawSocket(server.url);
  await reader.init();
  reader.subscribe('1', query);
  const dying = await Promise.all(Array.from({ length: 5 }, async () => (await openFrames(server.url)).init()));
  for (const socket of dying) {
    socket.message({ type: 'subscribe', id: '1', payload: { query } });
    socket.pause();
  }
  await server.subscriptions(6);
  // More than the buffers of the kernel take: the rest of a frame waits in the server.
  const text = 'x'.repeat(60_000);
  const send = async (from: number, count: number) => {
    for (let n = from; n < from + count; n += 1) {
      await ingest(server.url, [{ entityType: 'orders', serviceId: 's', data: { n, text } }]);
    }
  };
  await send(0, 120);
  const queued = server.engine.connections.list().map(({ queuedBytes }) => queuedBytes);
  expect(queued.filter((bytes) => bytes > 0)).toHaveLength(dying.length);
  for (const socket of dying) socket.reset();
  await server.subscriptions(1);
  await send(120, 5);
  const heard: number[] = [];
  while (heard.length < 125) {
    const { payload } = await reader.inbox.next();
    const { points: some, skipped } = (payload as Result).data.dataUpdates;
    expect(skipped).toBe(0);
    heard.push(...some.map(({ number }) => number));
  }
  expect(heard).toEqual(Array.from({ length: 125 }, (_, n) => n));
  await expect.poll(() => server.engine.connections.list().length).toBe(1);
});

interface Result {
  readonly data: {
    readonly dataUpdates: { readonly points: readonly { readonly number: number }[]; readonly skipped: number };
  };
}
