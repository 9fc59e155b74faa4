// The change log: what is committed when, what its owner sees of it, and what becomes of old states.
import { describe, expect, test } from 'vitest';
import { LightWorld, textOf, turned } from './light.ts';

const all = () => true;

describe('a change', () => {
  test('is there once it is committed, newest first, and then its owner hears of it', async () => {
    const world = new LightWorld();
    const log = await world.open();
    log.add([turned('a', 'red'), turned('b', 'green')]);
    log.add([turned('a', 'blue')]);
    expect([log.list(all), world.committed]).toEqual([[], []]);
    await log.settled();
    expect(log.list(all).map(textOf)).toEqual(['a blue', 'b green']);
    expect(log.list(({ colour }) => colour === 'green').map(textOf)).toEqual(['b green']);
    expect(log.get('a')).toEqual({ id: 'a', colour: 'blue', since: 0, isTold: true, revision: 3 });
    expect(log.get('c')).toBeUndefined();
    expect(world.committed).toEqual(['a red', 'b green', 'a blue']);
  });

  test('is stored without its revision, with the deliveries that it brings', async () => {
    const world = new LightWorld();
    const log = await world.open();
    const delivery = { id: 'msg_a', due: 1, attempts: 0, body: '{}' };
    log.add([{ ...turned('a', 'red'), deliveries: () => [delivery] }, turned('b', 'red')]);
    await log.settled();
    const { store } = world.storage;
    const [record] = await store.records('insights', 0, 10);
    const body = turned('a', 'red').body;
    expect(record).toEqual({ stream: 'insights', key: 'a', at: world.clock.now(), body, revision: 1 });
    expect(await store.outbox(9, 9)).toEqual([delivery]);
    expect(world.commits).toBe(1);
  });

  test('that is the last is told, and the thing forgotten, also by the store', async () => {
    const world = new LightWorld();
    const log = await world.open();
    log.add([turned('a', 'red'), turned('b', 'red')]);
    log.add([{ ...turned('a', 'off'), isLast: true }]);
    await log.settled();
    expect(world.committed.at(-1)).toBe('a off');
    expect(log.list(all).map(textOf)).toEqual(['b red']);
    expect((await world.open()).list(all).map(textOf)).toEqual(['b red']);
  });

  test('that cannot be committed is tried again a second later, before those that came after it', async () => {
    const world = new LightWorld();
    const log = await world.open();
    world.failure = new Error('the disk is full');
    log.add([turned('a', 'red')]);
    log.add([turned('a', 'green')]);
    await world.clock.advance(1500);
    expect([world.errors.length, world.commits, log.list(all)]).toEqual([2, 2, []]);
    world.failure = null;
    await world.clock.advance(500);
    expect(world.committed).toEqual(['a red', 'a green']);
    expect(log.list(all).map(textOf)).toEqual(['a green']);
  });
});

test('what is decided is seen before it is committed, without revisions, and what ends no more', async () => {
  const world = new LightWorld();
  const log = await world.open();
  log.add([turned('a', 'red'), turned('b', 'red'), turned('c', 'red')]);
  await log.settled();
  log.add([turned('a', 'green')]);
  log.add([{ ...turned('b', 'off'), isLast: true }, turned('d', 'red')]);
  expect(log.decided(all).map(textOf)).toEqual(['a green', 'c red', 'd red']);
  expect(log.decided(({ colour }) => colour === 'red')).toEqual([turned('c', 'red').body, turned('d', 'red').body]);
  expect(log.list(all).map(textOf)).toEqual(['c red', 'b red', 'a red']);
  await log.settled();
  expect(log.list(all).map(textOf)).toEqual(['d red', 'a green', 'c red']);
});

test('after a restart states and their places are as they were', async () => {
  const world = new LightWorld();
  const before = await world.open();
  before.add([turned('a', 'red'), turned('b', 'red'), turned('a', 'blue')]);
  await before.settled();
  expect((await world.open()).list(all)).toEqual(before.list(all));
});

describe('trimming', () => {
  test('forgets states that are old, and gives them; what says so goes as soon as it is not the newest', async () => {
    const world = new LightWorld();
    const log = await world.open();
    const [old, young] = [{ since: 1 }, { since: 9 }];
    log.add([turned('a', 'red', old), turned('b', 'off', old), turned('c', 'off', young), turned('d', 'off', old)]);
    await log.settled();
    expect((await log.trim(5)).map(textOf)).toEqual(['b off', 'd off']);
    for (const one of [log, await world.open()]) expect(one.list(all).map(textOf)).toEqual(['c off', 'a red']);
    const records = await world.storage.store.records('insights', 4, 10);
    expect(records.map(({ key, body }) => [key, body])).toEqual([['d', null]]);
  });

  test('lets old changes go, but no state that is not old', async () => {
    const world = new LightWorld();
    const log = await world.open();
    log.add([turned('a', 'red'), turned('b', 'red'), turned('a', 'green'), turned('b', 'blue')]);
    await log.settled();
    expect(await log.trim(world.clock.now() + 1)).toEqual([]);
    expect(await world.storage.store.recordBounds('insights')).toEqual({ newest: 4, trimmed: 2 });
    expect((await world.open()).list(all).map(textOf)).toEqual(['b blue', 'a green']);
  });

  test('leaves alone what is changing, before and while old states go', async () => {
    const world = new LightWorld();
    const log = await world.open();
    const old = { since: 1 };
    log.add([turned('a', 'off', old), turned('b', 'off', old), turned('c', 'off', old)]);
    await log.settled();
    log.add([turned('a', 'red', { since: 9 })]);
    const trimming = log.trim(5);
    log.add([turned('b', 'red', { since: 9 })]);
    expect((await trimming).map(textOf)).toEqual(['c off']);
    await log.settled();
    for (const one of [log, await world.open()]) expect(one.list(all).map(textOf).sort()).toEqual(['a red', 'b red']);
  });

  test('asks nothing of the store where nothing was ever kept', async () => {
    const world = new LightWorld();
    const log = await world.open();
    expect([await log.trim(world.clock.now()), world.commits]).toEqual([[], 0]);
  });
});

test('stopping commits what waits, and does not try again where the store fails', async () => {
  const world = new LightWorld();
  const log = await world.open();
  log.add([turned('a', 'red')]);
  await log.stop();
  expect(world.committed).toEqual(['a red']);
  world.failure = new Error('the disk is full');
  log.add([turned('a', 'green')]);
  await log.stop();
  expect([world.errors.length, world.clock.timers]).toEqual([1, 0]);
});
