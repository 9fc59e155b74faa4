// The shipped detector over every series of a folder, as it ships and in the order of the stream: each value's score, and where an insight
// would open or escalate, for whoever scores them. With --report also where the data are a little different: --out then has, for each
// way, a folder with the changed series (data), the scores, and the labels: all, and those that can be judged in every variant.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Detector, shipped, type Tuning } from '../src/insights/detector.ts';
import { Random } from '../src/sources/random.ts';
import type { Bench } from './run.ts';

const options = { data: { type: 'string' }, out: { type: 'string' }, report: { type: 'boolean' } } as const;
const labels = 'windows.json';
const judgedLabels = 'windows-judged.json';
const kept = [labels, 'scoring.json'];
// Of each series so much is not judged, by the rules of the Numenta Anomaly Benchmark.
const probation = { share: 0.15, mostRows: 750 };
const droppedShare = 0.1;
const missingShare = 0.1;
const noiseOfStep = 0.3;

interface Row {
  readonly timestamp: string;
  readonly value: string;
}

/** What may become of a series that is about the same. */
const variants: Readonly<Record<string, (rows: readonly Row[], random: Random) => readonly Row[]>> = {
  plain: (rows) => rows,
  'without-beginning': (rows) => rows.slice(Math.floor(droppedShare * rows.length)),
  noisy: addNoise,
  'with-gaps': (rows, random) => rows.filter(() => random.uniform() >= missingShare),
};

export const bench: Bench = {
  question: 'anomaly scores of the shipped detector for every CSV (timestamp,value) below a folder',
  usage: '--data DIR --out DIR [--report]',
  run,
};

async function run(words: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...words], options, strict: true });
  const { data, out, report } = values;
  if (data === undefined || out === undefined) {
    console.log(`needs a folder of series, which the project does not bring: ${bench.usage}`);
    return;
  }
  const files = seriesBelow(data);
  const begun = performance.now();
  const count = report === true ? scoreVariants(data, out, files) : scoreAsTheyAre(data, out, files);
  const microseconds = (1000 * (performance.now() - begun)) / count;
  console.log(`${files.length} series, ${count} values, ${microseconds.toFixed(2)} µs each with reading and writing`);
}

/** In the order of their names. */
export function seriesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.csv'))
    .sort();
}

function scoreAsTheyAre(data: string, out: string, files: readonly string[]): number {
  let count = 0;
  for (const file of files) count += score(read(path.join(data, file)), path.join(out, file));
  return count;
}

/** The windows that shortened series have behind their probation. */
function writeLabels(data: string, out: string): void {
  const from = path.join(data, '..', labels);
  if (!existsSync(from)) return;
  const windows = JSON.parse(readFileSync(from, 'utf8')) as Record<string, [string, string][]>;
  let left = 0;
  const judged = Object.entries(windows).map(([file, all]) => {
    const begin = endOfProbation(read(path.join(out, 'without-beginning', 'data', file)));
    const late = all.filter(([, end]) => timeOf(end) >= begin);
    left += all.length - late.length;
    return [file, late];
  });
  const text = JSON.stringify(Object.fromEntries(judged));
  for (const name of Object.keys(variants)) writeFileSync(path.join(out, name, judgedLabels), text);
  console.log(`${judgedLabels}: without ${left} windows that lie in the probation of a shortened series`);
}

function endOfProbation(rows: readonly Row[]): number {
  const count = Math.min(probation.mostRows, Math.floor(probation.share * rows.length));
  return timeOf(rows[count]?.timestamp ?? '');
}

function scoreVariants(data: string, out: string, files: readonly string[]): number {
  let count = 0;
  for (const [name, change] of Object.entries(variants)) {
    const folder = path.join(out, name);
    for (const [seed, file] of files.entries()) {
      const rows = change(read(path.join(data, file)), new Random(seed + 1));
      write(
        path.join(folder, 'data', file),
        'timestamp,value',
        rows,
        ({ timestamp, value }) => `${timestamp},${value}`,
      );
      count += score(rows, path.join(folder, 'scores', file));
    }
    for (const one of kept) {
      const from = path.join(data, '..', one);
      if (existsSync(from)) copyFileSync(from, path.join(folder, one));
    }
    console.log(`${folder}: data and scores`);
  }
  writeLabels(data, out);
  return count;
}

export function read(file: string): Row[] {
  const [, ...lines] = readFileSync(file, 'utf8').trim().split(/\r?\n/);
  return lines.map((line) => {
    const [timestamp = '', value = ''] = line.split(',');
    return { timestamp, value };
  });
}

/** Writes what the detector says of a series. */
export function score(rows: readonly Row[], to: string, tuning: Tuning = shipped): number {
  const detector = new Detector(null, tuning);
  write(to, 'timestamp,value,anomaly_score,alarm_score', rows, ({ timestamp, value }) => {
    const number = Number(value);
    const isValue = value !== '' && Number.isFinite(number);
    const seen = isValue ? detector.observe(number, timeOf(timestamp)) : { score: 0, isAlarm: false };
    return `${timestamp},${value},${seen.score},${seen.isAlarm ? seen.score : 0}`;
  });
  return rows.length;
}

function write(to: string, header: string, rows: readonly Row[], line: (row: Row) => string): void {
  mkdirSync(path.dirname(to), { recursive: true });
  writeFileSync(to, `${[header, ...rows.map(line)].join('\n')}\n`);
}

/** Normal noise with a deviation of 0.3 of the mean step from value to value. */
function addNoise(rows: readonly Row[], random: Random): Row[] {
  const values = rows.map(({ value }) => Number(value));
  let sum = 0;
  for (let i = 1; i < values.length; i += 1) sum += Math.abs((values[i] as number) - (values[i - 1] as number));
  const size = (noiseOfStep * sum) / Math.max(1, values.length - 1);
  return rows.map(({ timestamp, value }) => ({ timestamp, value: String(Number(value) + size * random.normal()) }));
}

/** Times are in UTC. */
function timeOf(timestamp: string): number {
  return Date.parse(`${timestamp.slice(0, 19).replace(' ', 'T')}Z`);
}
