// How many points a second a server takes in and what CPU it uses for each, beside a bare SQLite loop and InfluxDB in
// the same run: the machine's speed changes by the minute, so that only figures of one run are compared.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Bench } from './run.ts';
import { bareLoop } from './support/bare-loop.ts';
import type { Contestant, Work } from './support/contestant.ts';
import { influx, influxBody, influxWrite, startInflux } from './support/influx.ts';
import { temporaryFolder } from './support/leftovers.ts';
import { influxVersion, machine, versions } from './support/machine.ts';
import { inBatches, type MadePoint, makePoints } from './support/made-points.ts';
import { type OnePoint, sendOneByOne } from './support/one-point.ts';
import { cpuMs } from './support/process-figures.ts';
import { arrayDoor, type Door, endpointOf, mutationDoor, ndjsonDoor, pulseThrough } from './support/pulse-ingest.ts';
import { startPulseServer, thisProject } from './support/pulse-server.ts';
import { mean, median, spread, table, thousands } from './support/summary.ts';

const warmUpShare = 0.2;
const settleMs = 1000;
const leastRate = 1;
const mostCpu = 1.5;
const mostMsARequest = 1.5;

const options = {
  points: { type: 'string', default: '200000' },
  series: { type: 'string', default: '20' },
  batch: { type: 'string', default: '500' },
  connections: { type: 'string', default: '4' },
  rounds: { type: 'string', default: '3' },
  requests: { type: 'string', default: '2000' },
  doors: { type: 'string', default: 'ndjson,array,mutation' },
  beside: { type: 'string', default: '' },
  profile: { type: 'string', default: '' },
} as const;

export const bench: Bench = {
  question: 'points a second and CPU for each point, beside a bare SQLite loop and InfluxDB; one point a request',
  usage: `[--points N] [--series N] [--batch N] [--connections N] [--rounds N] [--requests N]
         [--doors ndjson,array,mutation] [--beside FOLDER of another working copy] [--profile FOLDER]`,
  run,
};

type Asked = Readonly<Record<keyof typeof options, string>>;

/** Of one contestant in one place of one round. */
interface Measured {
  readonly rate: number;
  readonly microseconds: number;
}

/** Of one of ours in one round, against the baselines around it. */
interface Compared extends Measured {
  readonly rateToBare: number;
  readonly cpuToInflux: number;
}

async function run(words: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...words], options, strict: true });
  const asked: Asked = values;
  const [points, batch] = [Number(asked.points), Number(asked.batch)];
  console.log(`## Ingest: ${thousands(points)} points of ${asked.series} series in batches of ${batch}\n`);
  console.log(`${machine()}; ${versions()}; ${asked.connections} connections, ${asked.rounds} rounds\n`);
  if (influxVersion() === undefined) console.log('influxd is not installed: nothing is compared with InfluxDB.\n');
  if (points > 0) await compareThroughput(asked);
  if (Number(asked.requests) > 0) await compareOnePoint(asked);
}

async function compareThroughput(asked: Asked): Promise<void> {
  const work = workOf(asked);
  const baselines = influxVersion() === undefined ? [bareLoop] : [bareLoop, influx];
  const ours = contestantsOf(asked);
  const found = new Map<string, Compared[]>();
  for (let round = 1; round <= Number(asked.rounds); round += 1) {
    for (const [name, compared] of await playRound(baselines, ours, work)) {
      found.set(name, [...(found.get(name) ?? []), compared]);
    }
  }
  const rows = [...found].map(([name, rounds]) => throughputRow(name, rounds));
  console.log(table(['', 'points/s', '× bare loop', 'µs CPU a point', '× InfluxDB', ''], rows));
  console.log('\nMedian of the rounds (least–greatest); a ratio is to the mean of the baseline before and after.\n');
}

function workOf(asked: Asked): Work {
  const [points, series, size] = [Number(asked.points), Number(asked.series), Number(asked.batch)];
  const warmUp = Math.ceil((points * warmUpShare) / size);
  const count = warmUp * size + points;
  const batches = [...inBatches(makePoints({ series, count, endsAt: Date.now() }), size)];
  return {
    connections: Number(asked.connections),
    warmUp: batches.slice(0, warmUp),
    measured: batches.slice(warmUp),
  };
}

function contestantsOf({ doors, beside, profile }: Asked): Contestant[] {
  const wanted = doors.split(',');
  const all: Record<string, Door> = { ndjson: ndjsonDoor, array: arrayDoor, mutation: mutationDoor };
  const profileFolder = profile === '' ? null : profile;
  return Object.keys(all)
    .filter((name) => wanted.includes(name))
    .flatMap((name) => {
      const door = all[name] as Door;
      const here = pulseThrough(door, { project: thisProject, profileFolder });
      const there = pulseThrough(door, { project: beside, profileFolder });
      return beside === '' ? [here] : [here, { ...there, name: `${door.name}, ${beside}` }];
    });
}

/** Baselines, ours, baselines the other way round: a machine that gets faster or slower meanwhile weighs on both alike. */
async function playRound(
  baselines: readonly Contestant[],
  ours: readonly Contestant[],
  work: Work,
): Promise<Map<string, Compared>> {
  const order = [...baselines, ...ours, ...baselines.toReversed()];
  const found = new Map<string, Measured[]>();
  for (const contestant of order) {
    const measured = await measure(contestant, work);
    const { name } = contestant;
    found.set(name, [...(found.get(name) ?? []), measured]);
    console.error(`${name}: ${thousands(measured.rate)} points/s, ${measured.microseconds.toFixed(2)} µs CPU a point`);
  }
  const averages = new Map([...found].map(([name, all]) => [name, averageOf(all)]));
  const bareRate = averages.get(bareLoop.name)?.rate ?? Number.NaN;
  const influxCpu = averages.get(influx.name)?.microseconds ?? Number.NaN;
  return new Map(
    [...averages].map(([name, { rate, microseconds }]) => [
      name,
      { rate, microseconds, rateToBare: rate / bareRate, cpuToInflux: microseconds / influxCpu },
    ]),
  );
}

function averageOf(all: readonly Measured[]): Measured {
  return { rate: mean(all.map(({ rate }) => rate)), microseconds: mean(all.map(({ microseconds }) => microseconds)) };
}

async function measure(contestant: Contestant, work: Work): Promise<Measured> {
  const points = work.measured.flat().length;
  await using runner = await contestant.start(work);
  await runner.run('warmUp');
  await sleep(settleMs);
  const [cpu, begun] = [cpuMs(runner.pid), performance.now()];
  await runner.run('measured');
  const seconds = (performance.now() - begun) / 1000;
  // What a server puts off until it has acknowledged counts too.
  await sleep(settleMs);
  const used = cpuMs(runner.pid) - cpu;
  const stored = await runner.count();
  const sent = points + work.warmUp.flat().length;
  if (stored !== sent) throw new Error(`${contestant.name} has stored ${stored} points of ${sent}`);
  return { rate: points / seconds, microseconds: (used * 1000) / points };
}

function throughputRow(name: string, rounds: readonly Compared[]): string[] {
  const isBaseline = name === bareLoop.name || name === influx.name;
  const [rate, cpu] = [rounds.map(({ rateToBare }) => rateToBare), rounds.map(({ cpuToInflux }) => cpuToInflux)];
  const comparable = cpu.filter((ratio) => !Number.isNaN(ratio));
  return [
    name,
    thousands(median(rounds.map((round) => round.rate))),
    spread(rate, 2),
    spread(
      rounds.map(({ microseconds }) => microseconds),
      2,
    ),
    spread(comparable, 2),
    isBaseline ? '' : verdict(median(rate), comparable.length === 0 ? 0 : median(comparable)),
  ];
}

function verdict(rate: number, cpu: number): string {
  const missed = [
    ...(rate < leastRate ? [`rate below ${leastRate.toFixed(1)} ×`] : []),
    ...(cpu > mostCpu ? [`CPU above ${mostCpu} ×`] : []),
  ];
  return missed.length === 0 ? 'reached' : missed.join(', ');
}

async function compareOnePoint(asked: Asked): Promise<void> {
  const count = Math.ceil(Number(asked.requests) * 1.25);
  const points = [...makePoints({ series: Number(asked.series), count, endsAt: Date.now() })];
  const rows: string[][] = [];
  if (influxVersion() !== undefined) rows.push(onePointRow('InfluxDB', await influxOneByOne(points), false));
  for (const project of [thisProject, ...(asked.beside === '' ? [] : [asked.beside])]) {
    const name = project === thisProject ? 'POST /ingest' : `POST /ingest, ${project}`;
    rows.push(onePointRow(name, await pulseOneByOne(project, points), true));
  }
  console.log(`## One point a request, one request each 5 ms, nothing else to do\n`);
  console.log(table(['', 'requests', 'ms CPU a request', 'p50 ms', 'p99 ms', ''], rows));
  console.log('\nThe CPU is what the process uses above its idle, with what it puts off.\n');
}

async function pulseOneByOne(project: string, points: readonly MadePoint[]): Promise<OnePoint> {
  using folder = temporaryFolder();
  await using server = await startPulseServer({ data: folder.path, project, profileFolder: null });
  return await sendOneByOne(
    server.pid,
    endpointOf(ndjsonDoor, server.url),
    points.map((point) => ndjsonDoor.body([point])),
  );
}

async function influxOneByOne(points: readonly MadePoint[]): Promise<OnePoint> {
  await using server = await startInflux();
  return await sendOneByOne(
    server.pid,
    influxWrite(server.url),
    points.map((point) => influxBody([point])),
  );
}

function onePointRow(name: string, { requests, cpuMs: cpu, p50Ms, p99Ms }: OnePoint, isOurs: boolean): string[] {
  const reached = cpu <= mostMsARequest ? 'reached' : `CPU above ${mostMsARequest} ms`;
  return [name, thousands(requests), cpu.toFixed(2), p50Ms.toFixed(1), p99Ms.toFixed(1), isOurs ? reached : ''];
}
