// Every seventh call on the files fails, of each kind in each way; `npm run faults -- io` lets every call fail.
import { expect, test } from 'vitest';
import { memoryFolder } from '../disk/memory-folder.ts';
import { failuresInWords, runFaults } from './fault-runs.ts';

test('where every seventh call on the files fails nothing acknowledged is lost, and the error says what failed', {
  timeout: 3_600_000,
}, async () => {
  using folder = memoryFolder();
  const tallies = await runFaults({ folder: folder.path, step: 7, jobs: 2 });
  expect(tallies.flatMap(failuresInWords)).toEqual([]);
  expect(tallies.every(({ rounds }) => rounds > 0)).toBe(true);
});
