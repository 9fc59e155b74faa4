// How long a server takes to read from a file with many points, and what memory it needs for that: it must be bounded by
// the page, not by what there is.
import { statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Bench } from './run.ts';
import { type Arrival, fillStore } from './support/fill-store.ts';
import { temporaryFolder } from './support/leftovers.ts';
import { machine, versions } from './support/machine.ts';
import type { Making } from './support/made-points.ts';
import { forgetPeak, memoryOf } from './support/process-figures.ts';
import { type PulseServer, type PulseServerOptions, startPulseServer, thisProject } from './support/pulse-server.ts';
import { type Question, questionsOf } from './support/read-questions.ts';
import { spread, table, thousands } from './support/summary.ts';

const options = {
  points: { type: 'string', default: '10000000' },
  series: { type: 'string', default: '100' },
  times: { type: 'string', default: '7' },
  arrival: { type: 'string', default: 'live' },
  project: { type: 'string', default: thisProject },
  profile: { type: 'string', default: '' },
} as const;

export const bench: Bench = {
  question: 'time and memory of reading one series out of 10 million points, and of opening the file',
  usage: `[--points N] [--series N] [--times N] [--arrival live|imported]
         [--project FOLDER of another working copy] [--profile FOLDER]`,
  run,
};

async function run(words: readonly string[]): Promise<void> {
  const { values: asked } = parseArgs({ args: [...words], options, strict: true });
  const making = { series: Number(asked.series), count: Number(asked.points), endsAt: Date.now() };
  using folder = temporaryFolder();
  const file = path.join(folder.path, 'pulseql.db');
  console.log(`## Read: one of ${making.series} series in ${thousands(making.count)} points, ${asked.arrival}\n`);
  console.log(`${machine()}; ${versions()}\n`);
  const begun = performance.now();
  await fillStore(file, making, asked.arrival as Arrival);
  console.error(`made in ${((performance.now() - begun) / 1000).toFixed(0)} s, ${megabytes(statSync(file).size)} MB`);
  const opening = { data: folder.path, project: asked.project, profileFolder: null };
  await openFirst(opening);
  const profileFolder = asked.profile === '' ? null : asked.profile;
  await openAndRead({ ...opening, profileFolder }, making, Number(asked.times));
}

/** The first opening finds no saved state and goes through the whole log; its stop saves one. */
async function openFirst(options: PulseServerOptions): Promise<void> {
  const { server, seconds } = await timedStart(options);
  await using opened = server;
  const { rss, peak } = memoryOf(opened.pid);
  console.log(
    `Opened without a saved state in ${seconds.toFixed(1)} s, ${megabytes(rss)} MB then, ${megabytes(peak)} MB at most.`,
  );
}

async function openAndRead(options: PulseServerOptions, making: Making, times: number): Promise<void> {
  const { server, seconds } = await timedStart(options);
  await using opened = server;
  const before = memoryOf(opened.pid);
  console.log(`Opened with one in ${seconds.toFixed(1)} s, ${megabytes(before.rss)} MB.\n`);
  const rows: string[][] = [];
  let most = 0;
  for (const question of questionsOf(making)) {
    const { row, peak } = await measure(opened, question, times);
    rows.push(row);
    most = Math.max(most, peak);
  }
  console.log(table(['', 'points', 'ms', 'memory at most, MB', 'more than before, MB'], rows));
  const growth = `from ${megabytes(before.rss)} to ${megabytes(most)} MB at most, ${megabytes(memoryOf(opened.pid).rss)} MB at the end`;
  console.log(
    `\nEach ${times} times, median (least–greatest) of the whole request. Memory of the process: ${growth}.\n`,
  );
}

async function timedStart(options: PulseServerOptions): Promise<{ server: PulseServer; seconds: number }> {
  const begun = performance.now();
  const server = await startPulseServer(options);
  return { server, seconds: (performance.now() - begun) / 1000 };
}

async function measure(
  { url, pid }: PulseServer,
  { name, ask, expected }: Question,
  times: number,
): Promise<{ row: string[]; peak: number }> {
  const { rss } = memoryOf(pid);
  forgetPeak(pid);
  const took: number[] = [];
  for (let i = 0; i < times; i += 1) {
    const begun = performance.now();
    const found = await ask(url);
    took.push(performance.now() - begun);
    if (found !== expected) throw new Error(`${name}: ${found} points, there should be ${expected}`);
  }
  const { peak } = memoryOf(pid);
  const row = [name, thousands(expected), spread(took, 0), megabytes(peak), megabytes(peak - rss)];
  return { row, peak };
}

function megabytes(bytes: number): string {
  return Math.round(bytes / 1e6).toLocaleString('en-US');
}
