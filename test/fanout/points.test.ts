// Subscriptions to points that are shared: whoever comes when, with whatever place to begin, however slowly he reads, gets every point behind his
// place once, in order, or has it counted.
import fc from 'fast-check';
import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { Fanout } from '../../src/fanout/fanout.ts';
import { schema } from '../../src/schema/schema.ts';
import { ann, type EngineWorld, startWorld } from '../engine/engine-world.ts';
import { NotedSink } from './sinks.ts';

interface Update {
  readonly points: readonly { readonly number: number }[];
  readonly skipped: number;
  readonly cursor: string;
}

const frequencies = ['EVERY_POINT', 'REALTIME', 'HIGH'] as const;
type Frequency = (typeof frequencies)[number];

function documentFor(frequency: Frequency) {
  const fields = 'points { number(field: "n") } skipped cursor';
  return parse(
    `subscription ($after: Cursor, $last: Int) { dataUpdates(entityType: "a", frequency: ${frequency}, after: $after, last: $last) { ${fields} } }`,
  );
}

/** One who is subscribed, and which points he is to have: those behind `place`. */
interface Reader {
  readonly sink: NotedSink;
  readonly place: number;
  readonly end: () => void;
}

class World {
  readonly fanout: Fanout;
  readonly readers: Reader[] = [];
  readonly #world: EngineWorld;
  readonly #document;
  #sent = 0;

  constructor(world: EngineWorld, frequency: Frequency) {
    this.#world = world;
    this.#document = documentFor(frequency);
    this.fanout = new Fanout({
      after: (ms, run) => world.clock.after(ms, run),
      toJson: JSON.stringify,
      onDelivered: () => undefined,
      onShared: () => undefined,
    });
  }

  async send(count: number): Promise<void> {
    const points = Array.from({ length: count }, () => {
      this.#sent += 1;
      return { entityType: 'a', serviceId: 's', data: { n: this.#sent } };
    });
    await this.#world.send(points);
  }

  async subscribe(back: number | null, kind: 'after' | 'last'): Promise<void> {
    const { engine } = this.#world;
    const place = back === null ? this.#sent : Math.max(0, this.#sent - back);
    const after = back === null || kind === 'last' ? null : engine.cursor(0, place);
    const last = back === null || kind === 'after' ? null : back;
    const sink = new NotedSink();
    const args = {
      schema,
      document: this.#document,
      variableValues: { after, last },
      contextValue: { engine, viewer: ann },
    };
    const { begun, end } = this.fanout.subscribe({ args, viewer: ann, sink });
    await begun;
    this.readers.push({ sink, place, end });
  }

  /** All read, and what is due comes. */
  async settle(): Promise<void> {
    for (const { sink } of this.readers) sink.read();
    for (let i = 0; i < 8; i += 1) await this.#world.clock.advance(1000);
    await this.send(1);
    for (let i = 0; i < 8; i += 1) await this.#world.clock.advance(1000);
  }

  check(): void {
    for (const { sink, place } of this.readers) {
      expect(sink.failures).toEqual([]);
      let [reached, counted] = [place, place];
      for (const { data } of sink.results) {
        const { points, skipped } = data['dataUpdates'] as Update;
        for (const { number } of points) {
          expect(number).toBeGreaterThan(reached);
          reached = number;
        }
        counted += points.length + skipped;
        // What is counted as missed lies before what came.
        if (points.length > 0) expect(counted).toBe(reached);
      }
      expect(counted).toBe(this.#sent);
    }
  }
}

const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('send' as const), count: fc.integer({ min: 1, max: 70 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('subscribe' as const),
      back: fc.option(fc.integer({ min: 0, max: 150 })),
      by: fc.constantFrom('after' as const, 'last' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stall' as const), who: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('read' as const), who: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), who: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 3000 }) }) },
);

test.each(frequencies)('%s', async (frequency) => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 25 }), async (actions) => {
      const engineWorld = await startWorld({ batchSize: 20, bufferedPoints: 1000 });
      const world = new World(engineWorld, frequency);
      for (const one of actions) {
        const { readers } = world;
        const chosen = 'who' in one && readers.length > 0 ? readers[one.who % readers.length] : undefined;
        if (one.kind === 'send') await world.send(one.count);
        else if (one.kind === 'subscribe') await world.subscribe(one.back, one.by);
        else if (one.kind === 'wait') await engineWorld.clock.advance(one.ms);
        else if (one.kind === 'stall') chosen?.sink.stall();
        else if (one.kind === 'read') chosen?.sink.read();
        else if (chosen !== undefined) {
          chosen.end();
          readers.splice(readers.indexOf(chosen), 1);
        }
      }
      await world.settle();
      world.check();
      for (const { end } of world.readers) end();
      expect(engineWorld.engine.status().subscriptions).toBe(0);
      await engineWorld.engine.stop();
    }),
    { numRuns: 60 },
  );
});
