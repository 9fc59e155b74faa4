// What the server pays for an update that reaches a subscriber, beside a bare WebSocket broadcast of the same bytes, GraphQL servers as their
// documentation shows them, and a C program's writes; what an update itself costs is taken off. And how long one takes from its sending to a client.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Bench } from './run.ts';
import { Clients } from './support/delivery-clients.ts';
import {
  broadcast,
  bun,
  floor,
  mercurius,
  nats,
  pulse,
  storedBroadcast,
  yoga,
} from './support/delivery-contestants.ts';
import { type Contestant, type Served, startClients } from './support/delivery-served.ts';
import { liveHeap } from './support/live-heap.ts';
import { machine, versions } from './support/machine.ts';
import { barsSvg } from './support/plot-bars.ts';
import { cpuMs, memoryOf } from './support/process-figures.ts';
import { thisProject } from './support/pulse-server.ts';
import { mean, quantile, table } from './support/summary.ts';

const options = {
  rounds: { type: 'string', default: '3' },
  deliveries: { type: 'string', default: '100000' },
  only: { type: 'string', default: '' },
  write: { type: 'boolean', default: false },
} as const;

/** Subscribers, how many share a socket, how many updates come at once. */
interface Setting {
  readonly name: string;
  readonly subscribers: number;
  readonly perSocket: number;
  readonly burst: number;
}

const settings: readonly Setting[] = [
  { name: '100 sockets', subscribers: 100, perSocket: 1, burst: 1 },
  { name: '1,000 sockets', subscribers: 1000, perSocket: 1, burst: 1 },
  { name: '5,000 sockets', subscribers: 5000, perSocket: 1, burst: 1 },
  { name: '1,000 subscriptions on 100 sockets', subscribers: 1000, perSocket: 10, burst: 1 },
  { name: '1,000 sockets, ten updates at once', subscribers: 1000, perSocket: 1, burst: 10 },
];
// The bare broadcast before and after: the machine's speed moves.
const order = [broadcast, pulse, yoga, mercurius, nats, bun, floor, broadcast].filter(({ isThere }) => isThere);
const names = [...new Set(order.map(({ name }) => name))];
const [latencySeconds, latencySubscribers] = [10, 1000];
const ratesHz = [20, 100];
const idleSubscriptions = 5000;
// Updates without a subscriber, to begin with, and to know what they cost.
const alone = 500;
// Updates with them before those that count, and how many deliveries that may be.
const [warmUps, mostWarmedUp] = [300, 300_000];
const marks = ['<!-- deliveries -->', '<!-- /deliveries -->'] as const;

export const bench: Bench = {
  question:
    'CPU of the server for an update that reaches a subscriber, time to the client, memory of a subscription, beside others',
  usage: '[--rounds 3] [--deliveries 100000] [--only PART OF A NAME] [--write]',
  async run(words) {
    const { values } = parseArgs({ args: [...words], options, strict: true });
    const sample = await sampleMessage();
    const about = `${machine()}; ${versions()}. A message has ${sample.length} bytes.`;
    console.log(about);
    const costs = new Map<string, Map<string, number>>();
    for (const setting of settings.filter(({ name }) => name.includes(values.only))) {
      const all = await costsOf(setting, Number(values.rounds), Number(values.deliveries), sample);
      costs.set(setting.name, new Map([...all].map(([name, some]) => [name, mean(some)])));
      console.log(
        `${setting.name}: ${[...all].map(([name, some]) => `${name} ${some.map((one) => one.toFixed(1)).join(', ')}`).join('; ')}`,
      );
    }
    const parts = costs.size > 0 ? [costTable(costs)] : [];
    if (values.only === '' || values.only === 'memory') parts.push(await memoryTable(sample));
    if (values.only === '' || values.only === 'latency') parts.push(await latencyTable(sample));
    console.log(`\n${parts.join('\n\n')}`);
    if (values.write) write(about, parts, costs);
  },
};

/** Microseconds of CPU a delivery, by contestant, of each round. */
async function costsOf(setting: Setting, rounds: number, deliveries: number, sample: string) {
  const costs = new Map<string, number[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const contestant of order) {
      const cost = await costOf(contestant, setting, deliveries, sample);
      costs.set(contestant.name, [...(costs.get(contestant.name) ?? []), cost]);
    }
  }
  return costs;
}

async function costOf(contestant: Contestant, setting: Setting, deliveries: number, sample: string): Promise<number> {
  const { subscribers, perSocket, burst } = setting;
  await using server = await contestant.start(sample);
  const rounds = Math.max(10, Math.ceil(deliveries / subscribers / burst));
  // Without a protocol, ten on a socket are ten messages.
  const times = server.isShared ? burst : burst * perSocket;
  const update = () => server.update(times);
  for (let i = 0; i < alone; i += 1) await update();
  const spent = await costWithClients(server, setting, rounds, update);
  // After those with clients, and one behind another: what has been compiled, and is in the caches, costs less.
  await pause(500);
  const spentAlone = await cpuOf(server, alone, update);
  return (1000 * (spent - spentAlone)) / (burst * subscribers);
}

async function costWithClients(
  server: Served,
  { subscribers, perSocket, burst }: Setting,
  rounds: number,
  update: () => Promise<void>,
): Promise<number> {
  await using child = await startClients();
  const clients = new Clients(child);
  const { url, speech } = server;
  await clients.ask({ kind: 'open', url, sockets: subscribers / perSocket, perSocket, speech });
  const round = async () => {
    const all = clients.ask({ kind: 'expect', updates: burst * subscribers });
    await update();
    await all;
  };
  // What compiles itself needs its time, whichever it is.
  for (let i = 0; i < Math.min(warmUps, Math.ceil(mostWarmedUp / subscribers)); i += 1) await round();
  return await cpuOf(server, rounds, round);
}

/** Milliseconds of CPU a round. */
async function cpuOf({ pid }: Served, rounds: number, round: () => Promise<void>): Promise<number> {
  const before = cpuMs(pid);
  for (let i = 0; i < rounds; i += 1) await round();
  // Some take what they are told in their own time.
  await pause(100);
  return (cpuMs(pid) - before) / rounds;
}

/** From sending to a client, at a steady rate. */
async function latencyTable(sample: string): Promise<string> {
  const rows: string[][] = [];
  for (const rateHz of ratesHz) {
    for (const contestant of [storedBroadcast, pulse]) rows.push(await latencyRow(contestant, rateHz, sample));
  }
  const columns = [`updates a second to ${latencySubscribers} sockets`, '', 'deliveries', 'median', '99th percentile'];
  return `From sending a point to its subscriber, each stored on the disk before it is told:\n\n${table(columns, rows)}`;
}

async function latencyRow(contestant: Contestant, rateHz: number, sample: string): Promise<string[]> {
  await using server = await contestant.start(sample);
  await using child = await startClients();
  const clients = new Clients(child);
  await clients.ask({
    kind: 'open',
    url: server.url,
    sockets: latencySubscribers,
    perSocket: 1,
    speech: server.speech,
  });
  let began = performance.now();
  const updates: Promise<void>[] = [];
  for (let sent = 0; sent < rateHz * latencySeconds; sent += 1) {
    if (sent === rateHz) {
      // The first second does not count: what is on its way of it comes first.
      await Promise.all(updates);
      await pause(500);
      await clients.ask({ kind: 'latencies' });
      began = performance.now() - (sent * 1000) / rateHz;
    }
    updates.push(server.update(1));
    await pause(Math.max(0, began + ((sent + 1) * 1000) / rateHz - performance.now()));
  }
  await Promise.all(updates);
  await pause(500);
  const { latencies } = await clients.ask({ kind: 'latencies' });
  const at = (share: number) => `${quantile(latencies, share).toFixed(1)} ms`;
  return [String(rateHz), contestant.name, String(latencies.length), at(0.5), at(0.99)];
}

async function memoryTable(sample: string): Promise<string> {
  const rows: string[][] = [];
  for (const contestant of [broadcast, pulse, yoga]) {
    await using server = await contestant.start(sample, true);
    await using child = await startClients();
    const clients = new Clients(child);
    const { pid, inspector, url, speech } = server;
    await clients.ask({ kind: 'open', url, sockets: 100, perSocket: 1, speech });
    const measured = async () => ({ live: await liveHeap(inspector ?? ''), resident: memoryOf(pid).rss });
    const before = await measured();
    await clients.ask({ kind: 'open', url, sockets: 100 + idleSubscriptions, perSocket: 1, speech });
    await pause(3000);
    const after = await measured();
    const each = (bytes: number) => `${(bytes / idleSubscriptions / 1024).toFixed(1)} kB`;
    rows.push([contestant.name, each(after.live - before.live), each(after.resident - before.resident)]);
  }
  const columns = ['', 'live heap', 'resident'];
  return `Memory of an idle subscription on a socket of its own, of ${idleSubscriptions}:\n\n${table(columns, rows)}`;
}

function costTable(costs: ReadonlyMap<string, ReadonlyMap<string, number>>): string {
  const rows = [...costs].map(([setting, all]) => {
    const bare = all.get(broadcast.name) ?? Number.NaN;
    const cell = (name: string) => {
      const cost = all.get(name) ?? Number.NaN;
      return name === broadcast.name ? cost.toFixed(1) : `${cost.toFixed(1)} (${(cost / bare).toFixed(2)} x)`;
    };
    return [setting, ...names.map(cell)];
  });
  return `Microseconds of CPU a delivery, and times the bare broadcast:\n\n${table(['', ...names], rows)}`;
}

/** A table and a picture in docs/benchmarks.md. */
function write(about: string, parts: readonly string[], costs: ReadonlyMap<string, ReadonlyMap<string, number>>): void {
  const docs = path.join(thisProject, 'docs');
  writeFileSync(path.join(docs, 'deliveries.svg'), barsSvg('µs of CPU a delivery', names, costs));
  const file = path.join(docs, 'benchmarks.md');
  const text = readFileSync(file, 'utf8');
  const [begin, end] = [text.indexOf(marks[0]) + marks[0].length, text.indexOf(marks[1])];
  const picture = '![Microseconds of CPU a delivery, by setting and server](deliveries.svg)';
  writeFileSync(file, `${text.slice(0, begin)}\n\n${[about, ...parts, picture].join('\n\n')}\n\n${text.slice(end)}`);
}

/** A message as PulseQL sends it: what those without a protocol send too. */
async function sampleMessage(): Promise<string> {
  await using server = await pulse.start('');
  await using child = await startClients();
  const clients = new Clients(child);
  await clients.ask({ kind: 'open', url: server.url, sockets: 1, perSocket: 1, speech: server.speech });
  const came = clients.ask({ kind: 'expect', updates: 1 });
  await server.update(1);
  const { sample } = await came;
  if (sample === null) throw new Error('nothing came');
  return sample;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
