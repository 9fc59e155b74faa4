// What a second changes by itself.
import { expect, test } from 'vitest';
import type { EngineState } from '../../src/engine/state.ts';
import { tick } from '../../src/engine/tick.ts';
import { query } from '../windows/queries.ts';
import { WindowWorld } from '../windows/window-world.ts';

test('whoever watches is ticked with the time of the log, and windows that nobody needs go, and analyzers hear of it', async () => {
  const world = new WindowWorld();
  const heard: number[] = [];
  world.tickers.add(1, { tick: (now) => heard.push(now) });
  await world.windows.value(query());
  const { tickers, windows } = world;
  let arrival = 1000;
  const log = { isIdle: true, clock: { arrival: () => arrival } };
  const analysed: number[] = [];
  const analysis = { tick: (now: number) => analysed.push(now) };
  const state = { log, tickers, windows, analysis } as unknown as EngineState;
  tick(state, 1000);
  expect([heard, windows.size]).toEqual([[1000], 1]);
  await world.clock.advance(60_000);
  arrival = 61_000;
  tick(state, 61_000);
  expect([heard, analysed, windows.size]).toEqual([[1000, 61_000], [1000, 61_000], 0]);
  // What is on its way has arrived before now.
  log.isIdle = false;
  tick(state, 62_000);
  expect([heard.at(-1), analysed.at(-1)]).toEqual([62_000, 61_000]);
});
