// `npm run faults -- io`: lets every call on the store's files fail once, and from then on, in a process of its own each.
import { parseArgs } from 'node:util';
import { table, thousands } from '../../../bench/support/summary.ts';
import { report } from '../../support/report.ts';
import { memoryFolder } from '../disk/memory-folder.ts';
import type { FaultPart } from '../run.ts';
import { type FaultTally, failuresInWords, isFailed, runEarlyAcknowledgements, runFaults } from './fault-runs.ts';

const options = {
  step: { type: 'string', default: '1' },
  only: { type: 'string', default: '' },
  jobs: { type: 'string', default: '2' },
} as const;

export const part: FaultPart = {
  summary: 'an I/O error or a full disk at the N-th open, read, write, truncation or fsync, for every N',
  usage: "[--step N: each N-th call] [--only 'read, EIO'] [--jobs N: rounds at a time]",
  run,
};

async function run(words: readonly string[]): Promise<boolean> {
  const { values: asked } = parseArgs({ args: [...words], options, strict: true });
  using folder = memoryFolder();
  const tallies = await runFaults({
    folder: folder.path,
    step: Number(asked.step),
    only: asked.only,
    jobs: Number(asked.jobs),
    onProgress: (name, at, of) => process.stderr.write(`\r${name}: ${at} of ${of}        `),
    onKind: ({ name, rounds, failures }) => {
      process.stderr.write(`\r${name}: ${rounds} rounds, ${failures.size} ways to fail        \n`);
    },
  });
  const control = await runEarlyAcknowledgements(folder.path, 6);
  show([...tallies, control]);
  if (control.lost + control.lostAfterPowerLoss === 0) report(`${control.name}: should have failed`);
  return !tallies.some(isFailed) && control.lost + control.lostAfterPowerLoss > 0;
}

function show(tallies: readonly FaultTally[]): void {
  const columns = [
    'call that fails',
    'N',
    'acknowledged',
    'lost',
    'lost after power loss',
    'doubled',
    'wrong',
    'not opened',
    'hung',
    'crashed',
    'wrong code',
  ];
  const rows = tallies.map((tally) => [
    tally.name,
    ...[
      tally.rounds,
      tally.acknowledged,
      tally.lost,
      tally.lostAfterPowerLoss,
      tally.doubled,
      tally.wrong,
      tally.unopened,
      tally.hung,
      tally.crashed,
      tally.wrongCode,
    ].map(thousands),
  ]);
  report(`\n${table(columns, rows)}\n`);
  for (const tally of tallies.filter(({ name }) => !name.startsWith('control'))) {
    for (const failure of failuresInWords(tally)) report(`- ${failure}`);
  }
}
