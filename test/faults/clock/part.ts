// `npm run faults -- clock`: steps the wall clock of a server by an hour to ten years, while it runs and at its start.
import { parseArgs } from 'node:util';
import { report } from '../../support/report.ts';
import { isFaulty, type RoundsTally, runRounds } from './rounds.ts';

const options = {
  rounds: { type: 'string', default: '100' },
  seed: { type: 'string', default: '1' },
  'long-every': { type: 'string', default: '25' },
} as const;

// Every step is taken over at once.
const believesAll = ['--max-clock-step-minutes', '1000000000'];
const controlRounds = 6;

export const part = {
  summary: 'steps of the wall clock, an hour to ten years, between and during writes and at start',
  usage: '[--rounds N] [--seed N] [--long-every N: every N-th step lasts until retention has run]',
  run,
};

async function run(words: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({ args: [...words], options, strict: true });
  const [rounds, seed] = [Number(values.rounds), Number(values.seed)];
  const onRound = (round: number) => void process.stderr.write(`\rround ${round}        `);
  const tally = await runRounds({ rounds, seed, longEvery: Number(values['long-every']), onRound });
  show('steps that are not believed', tally);
  const control = await runRounds({ rounds: controlRounds, seed, longEvery: 1000, args: believesAll, onRound });
  show('control, a clock that believes every step', control);
  if (!isFaulty(control)) report('the control should have failed');
  return !isFaulty(tally) && isFaulty(control);
}

function show(title: string, { examples, ...figures }: RoundsTally): void {
  report(`\n${title}`);
  for (const [name, value] of Object.entries(figures)) report(`  ${name.padEnd(14)} ${value}`);
  for (const example of examples) report(`  - ${example}`);
}
