// `npm run faults -- power-loss`: records what a store writes, loses power at many moments and opens what is left.
import { parseArgs } from 'node:util';
import { table, thousands } from '../../../bench/support/summary.ts';
import { randomFrom, seedOfRun } from '../../support/random.ts';
import { report } from '../../support/report.ts';
import { memoryFolder } from '../disk/memory-folder.ts';
import type { FaultPart } from '../run.ts';
import { type Findings, type SimulationOptions, simulate, simulateCutWrites, type Tally } from './simulation.ts';

const options = {
  points: { type: 'string', default: '20000' },
  images: { type: 'string', default: '20000' },
  keep: { type: 'string' },
} as const;

export const part: FaultPart = {
  summary: 'power losses at any moment of a store: unsynced writes are dropped, reordered or torn',
  usage:
    '[--points N acknowledged] [--images N] [--keep FOLDER: images that fail] (PULSEQL_SEED=N repeats the choices)',
  run,
};

async function run(words: readonly string[]): Promise<boolean> {
  const { values: asked } = parseArgs({ args: [...words], options, strict: true });
  const seed = seedOfRun();
  using folder = memoryFolder();
  const common: SimulationOptions = {
    folder: folder.path,
    random: randomFrom(seed),
    points: Number(asked.points),
    images: Number(asked.images),
    batches: 50,
    ...(asked.keep === undefined ? {} : { keep: asked.keep }),
    onProgress: ({ recordings, acknowledged, total }) => {
      process.stderr.write(`\r${recordings} recordings, ${acknowledged} points, ${total.images} images`);
    },
  };
  const findings = await simulate(common);
  process.stderr.write('\n');
  const { keep: _, ...unkept } = common;
  const few = { ...unkept, points: 1000, images: 200, onProgress: () => undefined };
  const controls = {
    'control: synchronous=OFF': await simulate({
      ...few,
      pragmas: 'PRAGMA synchronous=OFF;',
      modes: ['dropped', 'subset'],
    }),
    'control: a synced write is missing': await simulateCutWrites({ ...few, images: 100 }),
  };
  show(findings, controls, seed);
  const blind = Object.entries(controls).filter(([, { failures }]) => failures === 0);
  for (const [name] of blind) report(`${name} should have failed: the checks do not see a loss`);
  return findings.failures === 0 && blind.length === 0;
}

function show(findings: Findings, controls: Readonly<Record<string, Findings>>, seed: number): void {
  const { recordings, acknowledged } = findings;
  report(`\n${thousands(acknowledged)} points acknowledged in ${recordings} recordings, PULSEQL_SEED=${seed}\n`);
  const rows = [
    ...[...findings.tallies].sort().map(([mode, tally]) => rowOf(mode, tally)),
    rowOf('all', findings.total),
    ...Object.entries(controls).map(([name, { total }]) => rowOf(name, total)),
  ];
  report(table(['unsynced writes', 'images', 'points checked', 'lost', 'doubled', 'wrong', 'not opened'], rows));
  for (const example of findings.examples) report(`- ${example}`);
}

function rowOf(name: string, { images, points, lost, doubled, wrong, unopened }: Tally): string[] {
  return [name, ...[images, points, lost, doubled, wrong, unopened].map(thousands)];
}
