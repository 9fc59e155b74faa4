// KPIs and dashboards that are shared: whoever joins when, his last state is what a query says.
import fc from 'fast-check';
import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { Fanout } from '../../src/fanout/fanout.ts';
import { schema } from '../../src/schema/schema.ts';
import { queryInput } from '../dashboards/inputs.ts';
import { ann, type EngineWorld, startWorld } from '../engine/engine-world.ts';
import { NotedSink } from './sinks.ts';

const query = queryInput({
  aggregation: { function: 'LAST', field: 'n' },
  timeWindow: { size: 20, unit: 'SECOND' },
});
const document = parse(
  'subscription ($query: KpiQueryInput!, $every: Int!, $history: Int) { kpi(query: $query, every: { size: $every, unit: SECOND }, history: $history) { value { value count } buckets { start value count } } }',
);

interface Update {
  readonly value: { readonly value: number | null; readonly count: number };
  readonly buckets: readonly { readonly start: string; readonly value: number | null; readonly count: number }[];
}

async function subscribe(fanout: Fanout, { engine }: EngineWorld, every: number, history: number) {
  const sink = new NotedSink();
  const args = { schema, document, variableValues: { query, every, history }, contextValue: { engine, viewer: ann } };
  const { begun, end } = fanout.subscribe({ args, viewer: ann, sink });
  await begun;
  return { sink, end };
}

/** As a client has it that puts each update into what it had. */
function stateOf({ results }: NotedSink) {
  const buckets = new Map<string, { value: number | null; count: number }>();
  let value: Update['value'] | undefined;
  for (const { data } of results) {
    const update = data['kpi'] as Update;
    value = update.value;
    for (const { start, ...bucket } of update.buckets) buckets.set(start, bucket);
  }
  return { value, buckets };
}

const action = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('send' as const), n: fc.integer({ min: 0, max: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('subscribe' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 500, max: 12_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stall' as const), who: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('read' as const), who: fc.nat() }) },
);

// More often than the window is long, and less often: then what was told may be again what is, and not what a joiner saw.
test.each([
  [5, 4],
  [60, 0],
])('a KPI every %i seconds, with %i buckets', async (every, history) => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 20 }), async (actions) => {
      const world = await startWorld();
      const { clock, engine } = world;
      const fanout = new Fanout({
        after: (ms, run) => clock.after(ms, run),
        toJson: JSON.stringify,
        onDelivered: () => undefined,
        onShared: () => undefined,
      });
      const readers: Awaited<ReturnType<typeof subscribe>>[] = [];
      for (const one of actions) {
        const chosen = 'who' in one && readers.length > 0 ? readers[one.who % readers.length] : undefined;
        if (one.kind === 'send') await world.send([{ entityType: 'orders', serviceId: 'web', data: { n: one.n } }]);
        else if (one.kind === 'subscribe') readers.push(await subscribe(fanout, world, every, history));
        else if (one.kind === 'wait') await clock.advance(one.ms);
        else if (one.kind === 'stall') chosen?.sink.stall();
        else chosen?.sink.read();
      }
      for (const { sink } of readers) sink.read();
      // The window slides past all there was: whoever still has something was not told.
      for (let i = 0; i < 25 + every; i += 1) await clock.advance(1000);
      const { value, count } = (await engine.kpis.value(ann, query)).value;
      expect([value, count]).toEqual([null, 0]);
      for (const { sink } of readers) {
        const state = stateOf(sink);
        expect(state.value).toEqual({ value, count });
        expect([...state.buckets.values()].slice(-2).map((bucket) => bucket.count)).toEqual(
          history === 0 ? [] : [0, 0],
        );
      }
      for (const { end } of readers) end();
      expect(engine.status().subscriptions).toBe(0);
      await engine.stop();
    }),
    { numRuns: 60 },
  );
});
