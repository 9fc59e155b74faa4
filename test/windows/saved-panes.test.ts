// Panes that are saved and loaded are as they were; only what came since is read from the log.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aggregationFunctions } from '../../src/aggregates/aggregation.ts';
import { ByteReader, ByteWriter } from '../../src/base/bytes.ts';
import { computedOf } from '../../src/windows/computed.ts';
import { decodeSaved, encodeSaved } from '../../src/windows/saved-panes.ts';
import { SharedPanes } from '../../src/windows/shared-panes.ts';
import { SharedWindow } from '../../src/windows/shared-window.ts';
import { somePoints } from '../support/batches.ts';
import { data, queries, query, spans } from './queries.ts';
import { WindowWorld } from './window-world.ts';

const limits = { maxGroups: 3, maxWindowBytes: 1e8 };
const start = Date.UTC(2026, 10, 24, 12);
const points = fc.array(fc.record({ back: fc.double({ min: -0.02, max: 2.2, noNaN: true }), fields: data }), {
  maxLength: 60,
});

test('panes go on after loading as if they had never stopped, for every function and grouping', () => {
  fc.assert(
    fc.property(points, points, queries, fc.constantFrom(...spans), (before, after, of, timeWindow) => {
      const asked = { ...of, timeWindow };
      const one = computedOf(asked).panes.map((panes) => new SharedPanes(panes, limits));
      let offset = 0;
      const add = (sets: readonly SharedPanes[], all: typeof before) => {
        for (const { back, fields } of all) {
          offset += 1;
          const timestamp = start - Math.floor(back * timeWindow.ms);
          const names = { entityType: 'orders', serviceId: 'web', series: 1, metadata: null };
          for (const panes of sets)
            panes.addPoint({ ...names, timestamp, data: fields, offset, receivedAt: start }, start);
        }
      };
      add(one, before);
      const two = one.map((panes) => {
        const writer = new ByteWriter();
        panes.save(writer);
        const loaded = new SharedPanes(panes.query, limits);
        const reader = new ByteReader(writer.finish());
        loaded.load(reader);
        loaded.panes.check();
        expect(reader.left).toBe(0);
        return loaded;
      });
      const offsetBefore = offset;
      add(one, after);
      offset = offsetBefore;
      add(two, after);
      for (const at of [start, start + Math.floor(timeWindow.ms / 7), start + timeWindow.ms]) {
        const [was, is] = [one, two].map(
          (sets) =>
            new SharedWindow(
              asked,
              sets.map((panes) => ({ panes })),
            ),
        );
        expect(is?.frame(at, 1).value).toEqual(was?.frame(at, 1).value);
        expect(is?.history(at, 12)).toEqual(was?.history(at, 12));
      }
    }),
    { numRuns: 300 },
  );
});

test('every function survives', () => {
  const covered = new Set(fc.sample(queries, 400).map(({ aggregation }) => aggregation?.function));
  for (const name of aggregationFunctions) expect(covered).toContain(name);
});

test('whoever asks after a start has only what came since read from the log', async () => {
  const world = new WindowWorld();
  await world.append(somePoints(50));
  await world.windows.share(query());
  const bytes = await world.windows.save(1e6);
  await world.append(somePoints(7));
  const again = new WindowWorld({ log: world.log });
  again.windows.load(bytes);
  const asked: number[] = [];
  world.slow.onColumns = ({ after }) => asked.push(after);
  expect((await again.windows.value(query())).value.count).toBe(57);
  expect(asked).toEqual([50]);
  // What was not saved is read whole.
  expect((await again.windows.value(query({ serviceId: 'web' }))).value.count).toBeGreaterThan(0);
  expect(asked.at(-1)).toBe(0);
});

test('to compare with the window before, only points at its older end are read again', async () => {
  const world = new WindowWorld();
  // The window is 1 minute long, a pane 1 second.
  await world.append(Array.from({ length: 150 }, (_, second) => world.point({ v: 1 }, (150 - second) * 1000)));
  const before = (await world.windows.value(query())).value;
  const bytes = await world.windows.save(1e6);
  const again = new WindowWorld({ log: world.log });
  again.windows.load(bytes);
  const asked: (number | null)[] = [];
  world.slow.onColumns = ({ after, from }) => asked.push(after, from);
  expect((await again.windows.value(query())).value).toEqual(before);
  const oldest = before.windowStart - (before.windowEnd - before.windowStart) - 2000;
  expect(asked.slice(0, 3)).toEqual([150, expect.any(Number), 0]);
  expect(asked[3]).toBeGreaterThanOrEqual(oldest);
});

test('what does not fit is left out, and what cannot be read is said and filled from the log', async () => {
  const world = new WindowWorld();
  await world.append(somePoints(50));
  await world.windows.share(query());
  expect(decodeSaved(await world.windows.save(10)).size).toBe(0);
  const [set] = [...decodeSaved(await world.windows.save(1e6)).values()];
  if (set === undefined) throw new Error('nothing was saved');
  const again = new WindowWorld({ log: world.log });
  again.windows.load(encodeSaved([{ ...set, bytes: set.bytes.subarray(0, 20) }]));
  expect((await again.windows.value(query())).value.count).toBe(50);
  expect(again.warnings).toEqual([expect.stringContaining('saved panes could not be read')]);
  expect(() => again.windows.load(new Uint8Array([9, 9, 9]))).toThrow(RangeError);
});
