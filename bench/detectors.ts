// The shipped detector over every series of a folder, as it ships and in the order of the stream: each value's score, and where an insight
// would open or escalate, for whoever scores them.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Detector } from '../src/insights/detector.ts';
import type { Bench } from './run.ts';

const options = { data: { type: 'string' }, out: { type: 'string' } } as const;

export const bench: Bench = {
  question: 'anomaly scores of the shipped detector for every CSV (timestamp,value) below a folder',
  usage: '--data DIR --out DIR',
  run,
};

async function run(words: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...words], options, strict: true });
  const { data, out } = values;
  if (data === undefined || out === undefined) {
    console.log(`needs a folder of series, which the project does not bring: ${bench.usage}`);
    return;
  }
  const begun = performance.now();
  let count = 0;
  const files = readdirSync(data, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.csv'));
  for (const file of files.sort()) count += score(path.join(data, file), path.join(out, file));
  const microseconds = (1000 * (performance.now() - begun)) / count;
  console.log(`${files.length} series, ${count} values, ${microseconds.toFixed(2)} µs each with reading and writing`);
}

function score(from: string, to: string): number {
  const [, ...lines] = readFileSync(from, 'utf8').trim().split(/\r?\n/);
  const detector = new Detector();
  const rows = ['timestamp,value,anomaly_score,alarm_score'];
  for (const line of lines) {
    const [timestamp = '', text = ''] = line.split(',');
    const value = Number(text);
    const seen = Number.isFinite(value) ? detector.observe(value, timeOf(timestamp)) : { score: 0, isAlarm: false };
    rows.push(`${timestamp},${text},${seen.score},${seen.isAlarm ? seen.score : 0}`);
  }
  mkdirSync(path.dirname(to), { recursive: true });
  writeFileSync(to, `${rows.join('\n')}\n`);
  return lines.length;
}

/** Times are in UTC. */
function timeOf(timestamp: string): number {
  return Date.parse(`${timestamp.replace(' ', 'T').replace(/Z$/, '')}Z`);
}
