// What choosing the detector's constants on the very series costs: they are chosen again on four fifths of the files of all sets together, and
// judged on the fifth that had no part in it, five times; by scorers that this project does not bring.
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { shipped, type Tuning } from '../src/insights/detector.ts';
import { Random } from '../src/sources/random.ts';
import { read, score, seriesBelow } from './detectors.ts';
import type { Bench } from './run.ts';
import { table } from './support/summary.ts';

const options = {
  sets: { type: 'string' },
  scorers: { type: 'string' },
  out: { type: 'string' },
  random: { type: 'string', default: '14' },
} as const;
const folds = 5;
const labels = 'windows.json';
/** The set that is scored by the rules of the Numenta Anomaly Benchmark too. */
const nab = 'nab';
const run = promisify(execFile);

/** Values that each constant may have instead of the shipped one. */
const neighbours: { readonly [Name in keyof Tuning]: readonly number[] } = {
  firstThreshold: [1.6, 2],
  alarmWeight: [0.3, 0.5],
  refractory: [150, 250],
  escalation: [1.3, 1.8],
  rareShare: [0.15, 0.45],
  deviationWeight: [1.25, 2.5],
  afterglow: [0.7, 0.85],
};

interface Figures {
  /** By set, in percent. */
  readonly vusPr: number;
  readonly recall: number;
  readonly standard: number | null;
  readonly lowFp: number | null;
}

export const bench: Bench = {
  question: 'what the detector reaches on series that had no part in choosing its constants',
  usage: '--sets FOLDER of sets, each with data/**.csv and windows.json --scorers FOLDER --out DIR [--random 14]',
  async run(words) {
    const { values } = parseArgs({ args: [...words], options, strict: true });
    const { sets, scorers, out } = values;
    if (sets === undefined || scorers === undefined || out === undefined) {
      console.log(`needs labelled series and scorers, which the project does not bring: ${bench.usage}`);
      return;
    }
    await validate({ sets, scorers, out }, candidates(Number(values.random)));
  },
};

interface Places {
  readonly sets: string;
  readonly scorers: string;
  readonly out: string;
}

/** The shipped ones, each with one constant otherwise, and some with all of them at random. */
function candidates(count: number): Tuning[] {
  const names = Object.keys(neighbours) as (keyof Tuning)[];
  const random = new Random(1);
  const one = names.flatMap((name) => neighbours[name].map((value) => ({ ...shipped, [name]: value })));
  const many = Array.from({ length: count }, () =>
    Object.fromEntries(
      names.map((name) => [name, random.pick([shipped[name], ...neighbours[name]].map((v) => [v, 1]))]),
    ),
  ) as unknown as Tuning[];
  return [shipped, ...one, ...many];
}

async function validate(places: Places, tunings: readonly Tuning[]): Promise<void> {
  const sets = readdirSync(places.sets).filter((set) => seriesOf(places, set).length > 0);
  for (const [i, tuning] of tunings.entries()) {
    for (const set of sets) scoreAll(places, set, tuning, path.join(places.out, String(i), set));
  }
  console.log(`${tunings.length} configurations over ${sets.join(', ')}, ${folds} folds of their files`);
  const heldOut = path.join(places.out, 'held-out');
  for (let fold = 0; fold < folds; fold += 1) {
    const chosen = await choose(places, sets, tunings.length, fold);
    console.log(`without fold ${fold + 1}: ${JSON.stringify(tunings[chosen])}`);
    for (const set of sets) {
      for (const file of foldOf(seriesOf(places, set), fold)) {
        const to = path.join(heldOut, set, file);
        mkdirSync(path.dirname(to), { recursive: true });
        copyFileSync(path.join(places.out, String(chosen), set, file), to);
      }
    }
  }
  const rows: string[][] = [];
  for (const set of sets) {
    const before = await figuresOf(places, set, path.join(places.out, '0', set), null);
    const after = await figuresOf(places, set, path.join(heldOut, set), null);
    rows.push([set, shown(before), shown(after)]);
  }
  console.log(table(['', 'as shipped: VUS-PR, R/set, standard / low FP', 'chosen without the file'], rows));
}

/** Which configuration is best over the files that are not in the fold. */
async function choose(places: Places, sets: readonly string[], count: number, fold: number): Promise<number> {
  let [best, chosen] = [Number.NEGATIVE_INFINITY, 0];
  for (let i = 0; i < count; i += 1) {
    let sum = 0;
    for (const set of sets) {
      const all = seriesOf(places, set);
      const held = new Set(foldOf(all, fold));
      const files = all.filter((file) => !held.has(file));
      const { vusPr, recall, standard, lowFp } = await figuresOf(
        places,
        set,
        path.join(places.out, String(i), set),
        files,
      );
      sum += vusPr + recall + (standard ?? 0) + (lowFp ?? 0);
    }
    if (sum > best) [best, chosen] = [sum, i];
  }
  return chosen;
}

async function figuresOf({ sets, scorers }: Places, set: string, results: string, files: readonly string[] | null) {
  const only = files === null ? [] : ['--only', files.join(',')];
  const scorer = (name: string, ...words: string[]) =>
    run(process.execPath, [path.join(scorers, name), ...words, '--results', results, ...only, '--json']);
  const { stdout } = await scorer('anomaly-score.mjs', '--set', path.join(sets, set));
  const { vusPr, budgets } = JSON.parse(stdout) as { vusPr: number; budgets: { recallPerSet: number }[] };
  const figures = { vusPr: 100 * vusPr, recall: 100 * (budgets[0]?.recallPerSet ?? 0) };
  if (set !== nab) return { ...figures, standard: null, lowFp: null } satisfies Figures;
  const words = ['--labels', path.join(sets, set, labels), '--column', 'alarm_score'];
  const all = JSON.parse((await scorer('nab-score.mjs', ...words)).stdout) as Record<string, { score: number }>;
  const standard = all['standard']?.score ?? 0;
  return { ...figures, standard, lowFp: all['reward_low_FP_rate']?.score ?? 0 } satisfies Figures;
}

function scoreAll(places: Places, set: string, tuning: Tuning, out: string): void {
  const data = path.join(places.sets, set, 'data');
  for (const file of seriesBelow(data)) score(read(path.join(data, file)), path.join(out, file), tuning);
}

function seriesOf({ sets }: Places, set: string): string[] {
  try {
    return seriesBelow(path.join(sets, set, 'data'));
  } catch {
    // A folder of another kind.
    return [];
  }
}

/** Dealt in turn, so that each fold has some of every kind. */
function foldOf(files: readonly string[], fold: number): string[] {
  return files.filter((_, i) => i % folds === fold);
}

function shown({ vusPr, recall, standard, lowFp }: Figures): string {
  const alarms = standard === null || lowFp === null ? '' : `, ${standard.toFixed(1)} / ${lowFp.toFixed(1)}`;
  return `${vusPr.toFixed(1)}, ${recall.toFixed(1)}${alarms}`;
}
