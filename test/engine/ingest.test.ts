// Points on their way in: what is taken, what is rejected, and what a repeated batch answers.
import { describe, expect, test } from 'vitest';
import { PulseError } from '../../src/base/errors.ts';
import type { PointInput } from '../../src/points/point.ts';
import { openMemoryStore } from '../../src/store/memory-store.ts';
import { somePoint, somePoints } from '../support/batches.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ann, startWorld } from './engine-world.ts';

const bad = { ...somePoint(), serviceId: '' };
const stranger = { ...somePoint(), data: 5 } as unknown as PointInput;

function lines(...points: readonly unknown[]): Buffer {
  return Buffer.from(points.map((point) => (typeof point === 'string' ? point : JSON.stringify(point))).join('\n'));
}

test('rejected points are named by their place among those that were sent, the others are taken', async () => {
  const { engine, points } = await startWorld();
  const result = await engine.ingest(ann, [bad, somePoint(1), stranger, somePoint(2)], null);
  expect(result).toMatchObject({ accepted: 2, duplicates: 0, lines: 4 });
  expect(result.rejected.map(({ index }) => index)).toEqual([0, 2]);
  expect(result.rejected.map(({ message }) => message.split(':')[0])).toEqual(['serviceId', 'data']);
  expect(result.cursor).toBe(engine.cursorOf('orders', 2));
  expect(points.map(({ data }) => data['n'])).toEqual([1, 2]);
  expect(engine.counters).toMatchObject({ processed: 2, rejected: 2 });
  await engine.stop();
});

test('of lines the ones that are blank do not count', async () => {
  const { engine, points } = await startWorld();
  const bytes = lines('', somePoint(1), '  ', 'no JSON', somePoint(2), bad, '');
  const result = await engine.ingestLines(ann, bytes, null);
  expect(result).toMatchObject({ accepted: 2, lines: 4 });
  expect(result.rejected.map(({ index }) => index)).toEqual([1, 3]);
  expect(points.map(({ data }) => data['n'])).toEqual([1, 2]);
  await engine.stop();
});

test('where nothing is taken there is no cursor, and nothing is stored', async () => {
  const { engine, storage } = await startWorld();
  expect(await engine.ingest(ann, [bad], null)).toMatchObject({ accepted: 0, cursor: null, rejected: [{ index: 0 }] });
  expect(await engine.ingest(ann, [], null)).toEqual({
    accepted: 0,
    duplicates: 0,
    rejected: [],
    cursor: null,
    lines: 0,
  });
  expect(storage.log.head(0)).toBe(0);
  expect(engine.counters.rejected).toBe(1);
  await engine.stop();
});

test('a point is in the windows and feeds once it is acknowledged', async () => {
  const { engine } = await startWorld();
  const query = {
    entityType: 'orders',
    aggregation: { function: 'COUNT' },
    timeWindow: { size: 1, unit: 'MINUTE' },
  } as const;
  await engine.kpis.value(ann, query);
  await engine.ingest(ann, somePoints(3), null);
  expect((await engine.kpis.value(ann, query)).value.count).toBe(3);
  expect(engine.series(ann, 'orders', null)).toMatchObject([{ pointCount: 3 }]);
  await engine.stop();
});

describe('a repeated batch', () => {
  const sent = [bad, somePoint(1), { ...somePoint(2), key: 'k' }, { ...somePoint(3), key: 'k' }];

  test('answers as the first time, rejections and duplicates included, and counts nothing twice', async () => {
    const { engine, clock, points } = await startWorld();
    const first = await engine.ingest(ann, sent, 'batch');
    const counted = { ...engine.counters };
    clock.pass(23 * 3_600_000);
    expect(await engine.ingest(ann, sent, 'batch')).toEqual(first);
    expect(first).toMatchObject({ accepted: 2, duplicates: 1, rejected: [{ index: 0 }] });
    expect({ ...engine.counters }).toEqual(counted);
    expect([points.length, engine.counters.rejected, engine.counters.duplicates]).toEqual([2, 1, 1]);
    await engine.stop();
  });

  test('answers as the first time though a point would be taken now that was not then', async () => {
    const { engine, clock } = await startWorld();
    const ahead = { ...somePoint(), timestamp: new Date(clock.now() + 15_000).toISOString() };
    const first = await engine.ingest(ann, [ahead, somePoint(1)], 'batch');
    expect(first.rejected).toHaveLength(1);
    await clock.advance(15_000);
    expect(await engine.ingest(ann, [ahead, somePoint(1)], 'batch')).toEqual(first);
    await engine.stop();
  });

  test('that was rejected whole answers so again', async () => {
    const { engine } = await startWorld();
    const first = await engine.ingestLines(ann, lines(bad, 'x'), 'batch');
    expect(await engine.ingestLines(ann, lines(bad, 'x'), 'batch')).toEqual(first);
    expect(first).toMatchObject({ accepted: 0, cursor: null, rejected: [{ index: 0 }, { index: 1 }] });
    expect(engine.counters.rejected).toBe(2);
    await engine.stop();
  });

  test('with other content is a conflict, and stores nothing', async () => {
    const { engine, points } = await startWorld();
    await engine.ingest(ann, sent, 'batch');
    await expect(engine.ingest(ann, somePoints(1), 'batch')).rejects.toMatchObject({ code: 'CONFLICT' });
    await engine.ingestLines(ann, lines(somePoint(1)), 'other');
    await expect(engine.ingestLines(ann, lines(somePoint(2)), 'other')).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(points).toHaveLength(3);
    await engine.stop();
  });
});

describe('past the limit on series', () => {
  const services = (...names: string[]) => names.map((name, n) => somePoint(n, name));

  test('points of further series are rejected by their place, those of known ones are taken', async () => {
    const { engine, points } = await startWorld({ maxSeries: 2 });
    const result = await engine.ingest(ann, [...services('a', 'b', 'c'), bad, ...services('a', 'd')], null);
    expect(result.accepted).toBe(3);
    expect(result.rejected.map(({ index }) => index)).toEqual([2, 3, 5]);
    expect(result.rejected[0]?.message).toContain('the 2 there may be');
    expect(points.map(({ serviceId }) => serviceId)).toEqual(['a', 'b', 'a']);
    const again = await engine.ingestLines(ann, lines('', ...services('x', 'b', 'y')), null);
    expect([again.accepted, again.rejected.map(({ index }) => index)]).toEqual([1, [0, 2]]);
    expect(engine.counters.rejected).toBe(5);
    await engine.stop();
  });
});

test('where the store fails nothing is counted as processed, duplicate or rejected', async () => {
  const clock = new FakeClock();
  const storage = openMemoryStore({ clock, maxBytes: 1e6 });
  const { engine } = await startWorld({}, { clock, storage });
  storage.log.append = () => Promise.reject(new PulseError('STORAGE_FULL', 'no room'));
  await expect(engine.ingest(ann, [bad, somePoint(1)], null)).rejects.toMatchObject({ code: 'STORAGE_FULL' });
  expect(engine.counters).toMatchObject({ processed: 0, duplicates: 0, rejected: 0 });
  await engine.stop();
});

test('late points are counted', async () => {
  const { engine, clock } = await startWorld();
  const at = (back: number) => ({ ...somePoint(), timestamp: new Date(clock.now() - back).toISOString() });
  await engine.ingest(ann, [at(1000), at(5000), at(0), at(1)], null);
  expect(engine.status().performance).toMatchObject({ processedEvents: 4, lateEvents: 2 });
  await engine.stop();
});
