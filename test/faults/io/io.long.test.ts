// Every seventh call on the files fails, of each kind in each way: what was acknowledged is there. Which code an error has is judged
// by the part itself, `npm run faults -- io`.
import { expect, test } from 'vitest';
import '../../support/quick-start.ts';
import { memoryFolder } from '../disk/memory-folder.ts';
import { runFaults } from './fault-runs.ts';

test('where every seventh call on the files fails nothing acknowledged is lost', { timeout: 3_600_000 }, async () => {
  using folder = memoryFolder();
  const tallies = await runFaults({ folder: folder.path, step: 7, jobs: 2 });
  const found = tallies.map(({ name, lost, doubled, lostAfterPowerLoss, unopened, hung }) => {
    return { name, lost, doubled, lostAfterPowerLoss, unopened, hung };
  });
  const nothing = { lost: 0, doubled: 0, lostAfterPowerLoss: 0, unopened: 0, hung: 0 };
  expect(found).toEqual(tallies.map(({ name }) => ({ name, ...nothing })));
});
