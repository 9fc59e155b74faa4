// A sample of the power-loss part with its controls; `npm run faults -- power-loss` has the whole of it.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { randomFrom, seedOfRun } from '../../support/random.ts';
import { report } from '../../support/report.ts';
import { type MemoryFolder, memoryFolder } from '../disk/memory-folder.ts';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { record, storeFile } from './recording.ts';
import { type SimulationOptions, simulate, simulateCutWrites } from './simulation.ts';

const timeout = 120_000;
const seed = seedOfRun();
let folder: MemoryFolder;

beforeEach(() => {
  folder = memoryFolder();
});

afterEach(() => folder[Symbol.dispose]());

function sample(): SimulationOptions {
  return { folder: folder.path, random: randomFrom(seed), points: 250, images: 150, batches: 15 };
}

test('whatever a power loss leaves of unsynced writes, all that was acknowledged is there once', {
  timeout,
}, async () => {
  const { recordings, total, examples } = await simulate(sample());
  report(`${total.images} images of ${recordings} recordings with PULSEQL_SEED=${seed}`);
  expect(examples, `with PULSEQL_SEED=${seed}`).toEqual([]);
  expect(total.images).toBeGreaterThan(100);
});

test('a simulation leaves nothing in its folder, so that another one can follow', { timeout }, async () => {
  await simulate({ ...sample(), points: 100, images: 1 });
  expect(readdirSync(folder.path)).toEqual([]);
});

test('a store that does not sync its commits is found to lose points', { timeout }, async () => {
  const asked = { ...sample(), points: 100, images: 30, pragmas: 'PRAGMA synchronous=OFF;' };
  const { total } = await simulate({ ...asked, modes: ['dropped', 'subset'] });
  expect(total.lost + total.unopened).toBeGreaterThan(0);
});

test('a store without one of its synced pages is found to lose points', { timeout }, async () => {
  const { total } = await simulateCutWrites({ ...sample(), images: 20 });
  expect(total.lost + total.unopened).toBeGreaterThan(0);
});

test('all recorded calls together give the files that the process left', { timeout }, async () => {
  const root = path.join(folder.path, 'store');
  const recorded = {
    folder: root,
    name: 'replayed',
    seed,
    batches: 10,
    pragmas: '',
    acknowledged: new Acknowledgements(),
  };
  const { before, calls } = await record(recorded);
  const disk = new SimulatedDisk(before);
  for (const call of calls) disk.apply(call);
  const image = path.join(folder.path, 'image');
  mkdirSync(image);
  disk.writeImage(image, 'kept', () => 0);
  expect(contentOf(image)).toEqual(contentOf(root));
});

/** Bytes by name, without SQLite's index of the write-ahead log, which is not durable. */
function contentOf(root: string): Map<string, Buffer> {
  const data = path.join(root, path.dirname(storeFile));
  const names = readdirSync(data).filter((name) => !name.endsWith('-shm'));
  return new Map(names.sort().map((name) => [name, readFileSync(path.join(data, name))]));
}
