// Watching a change log: what comes first, what comes then, and what a reader does not hear of.
import { expect, test } from 'vitest';
import type { ChangeLog } from '../../src/changes/change-log.ts';
import type { WatchStart } from '../../src/changes/change-watch.ts';
import { type Light, LightWorld, textOf, turned } from './light.ts';

const nothing: WatchStart<Light> = { after: null, now: [] };

/** What a reader that keeps up hears from now on. */
function heard(log: ChangeLog<Light>, start: WatchStart<Light>, wanted: (light: Light) => boolean = () => true) {
  const changes: string[] = [];
  const watch = log.watch(wanted, start);
  const over = (async () => {
    for await (const light of watch) changes.push(textOf(light));
  })();
  // Whoever asks sees the failure; nobody else is to.
  over.catch(() => undefined);
  return { changes, watch, over };
}

async function withLights(ids: readonly string[]) {
  const world = new LightWorld();
  const log = await world.open();
  log.add(ids.map((id) => turned(id, 'red')));
  await log.settled();
  return { world, log };
}

test('who watches hears of what is current in the order given, then of each change once it is committed', async () => {
  const { world, log } = await withLights(['a', 'b']);
  const { changes } = heard(log, { after: null, now: log.list(({ id }) => id === 'b') });
  await world.clock.advance(0);
  expect(changes).toEqual(['b red']);
  log.add([turned('a', 'green'), { ...turned('b', 'off'), isLast: true }]);
  await world.clock.advance(0);
  expect(changes).toEqual(['b red', 'a green', 'b off']);
});

test('nobody hears of what is not wanted or not told, live or from the past', async () => {
  const { world, log } = await withLights(['a', 'b']);
  const wanted = ({ id }: Light) => id === 'a';
  const live = heard(log, nothing, wanted);
  log.add([turned('a', 'dim', { isTold: false }), turned('b', 'green'), turned('a', 'green')]);
  await log.settled();
  const past = heard(log, { after: 1, now: [] }, wanted);
  await world.clock.advance(0);
  expect([live.changes, past.changes]).toEqual([['a green'], ['a green']]);
});

test('behind a revision come all changes since, however many pages, and none twice where more are committed meanwhile', async () => {
  const ids = Array.from({ length: 1700 }, (_, i) => `light_${i}`);
  const { world, log } = await withLights(ids);
  const { changes } = heard(log, { after: 100, now: log.list(() => true) });
  log.add([turned('a', 'green')]);
  await world.clock.advance(0);
  log.add([turned('a', 'blue')]);
  await world.clock.advance(0);
  expect(changes).toEqual([...ids.slice(100).map((id) => `${id} red`), 'a green', 'a blue']);
});

test('what is committed while the past is read comes after it', async () => {
  const { world, log } = await withLights(['a']);
  world.readMs = 10;
  const watch = log.watch(() => true, { after: 0, now: [] });
  const both = Promise.all([watch.next(), watch.next()]);
  log.add([turned('a', 'green')]);
  await log.settled();
  await world.clock.advance(10);
  expect((await both).map(({ value }) => value?.colour)).toEqual(['red', 'green']);
  log.add([turned('a', 'blue')]);
  expect((await watch.next()).value?.colour).toBe('blue');
});

test('what ends a page and was committed since the watch began is heard of once', async () => {
  const { world, log } = await withLights(Array.from({ length: 499 }, (_, i) => `light_${i}`));
  const watch = log.watch(({ id }) => id === 'a', { after: 0, now: [] });
  log.add([turned('a', 'green')]);
  await log.settled();
  expect((await watch.next()).value?.colour).toBe('green');
  const next = watch.next();
  await world.clock.advance(0);
  log.add([turned('a', 'blue')]);
  expect((await next).value?.colour).toBe('blue');
});

test('a thing that has been forgotten is no change to hear of', async () => {
  const { world, log } = await withLights(['a']);
  log.add([{ ...turned('a', 'off'), isLast: true }, turned('b', 'red')]);
  await log.settled();
  const { changes } = heard(log, { after: 0, now: [] });
  await world.clock.advance(0);
  expect(changes).toEqual(['a red', 'a off', 'b red']);
});

test('a reader that is slow gets the latest of each', async () => {
  const { log } = await withLights(['a']);
  const watch = log.watch(() => true, nothing);
  log.add(Array.from({ length: 1200 }, (_, i) => turned('a', `${i}`)));
  log.add([turned('b', 'red')]);
  await log.settled();
  await log.stop();
  const colours: string[] = [];
  for await (const { colour } of watch) colours.push(colour);
  expect(colours).toHaveLength(1001);
  expect(colours.slice(-2)).toEqual(['1199', 'red']);
});

test('a past that cannot be read ends the watch with the error', async () => {
  const { world, log } = await withLights(['a']);
  world.failure = new Error('the disk is gone');
  await expect(heard(log, { after: 0, now: [] }).over).rejects.toThrow('the disk is gone');
});

test('a reader that has left hears nothing more, and stopping ends the others', async () => {
  const { log } = await withLights(['a']);
  const [left, stays] = [heard(log, nothing), heard(log, nothing)];
  await left.watch.return();
  log.add([turned('a', 'green')]);
  await log.stop();
  await Promise.all([left.over, stays.over]);
  expect([left.changes, stays.changes]).toEqual([[], ['a green']]);
});
