// A sample of the io part with its control; the long sample has all kinds of failures, and `npm run faults -- io` lets every call fail.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type MemoryFolder, memoryFolder } from '../disk/memory-folder.ts';
import { failuresInWords, runEarlyAcknowledgements, runFaults } from './fault-runs.ts';

const timeout = 120_000;
let folder: MemoryFolder;

beforeEach(() => {
  folder = memoryFolder();
});

afterEach(() => folder[Symbol.dispose]());

test('where a call on the files fails from then on nothing acknowledged is lost, and the error says what failed', {
  timeout,
}, async () => {
  const tallies = await runFaults({ folder: folder.path, step: 300, jobs: 2, only: 'EIO, from then on' });
  expect(tallies.flatMap(failuresInWords)).toEqual([]);
  expect(tallies.every(({ rounds }) => rounds > 0)).toBe(true);
});

test('a workload that acknowledges before the store has answered is found to lose points', { timeout }, async () => {
  const tally = await runEarlyAcknowledgements(folder.path, 2);
  expect(tally.lost).toBeGreaterThan(0);
  expect(tally.lostAfterPowerLoss).toBeGreaterThan(0);
});
