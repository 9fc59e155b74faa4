// What the server pays for an update that reaches a subscriber, beside a bare WebSocket broadcast of the same bytes and GraphQL servers as their
// documentation shows them: CPU of the server's process, with what the update itself costs taken off.
import { parseArgs } from 'node:util';
import type { Bench } from './run.ts';
import type { ClientsReply, ClientsRequest } from './support/delivery-clients.process.ts';
import { type Child, type Command, printed, startChild, temporaryFolder } from './support/leftovers.ts';
import { machine, versions } from './support/machine.ts';
import { cpuMs } from './support/process-figures.ts';
import { thisProject } from './support/pulse-server.ts';
import { mean, table } from './support/summary.ts';

const options = {
  rounds: { type: 'string', default: '3' },
  deliveries: { type: 'string', default: '100000' },
  only: { type: 'string', default: '' },
} as const;
const query =
  'subscription { dataUpdates(entityType: "bench", frequency: EVERY_POINT) { points { serviceId timestamp data } skipped cursor } }';
const plainQuery = 'subscription { dataUpdates { points { serviceId timestamp data } skipped cursor } }';
const note = 'a point with some text in it, so that a message has about four hundred bytes, as those of dashboards do';
const data = { value: 123.456, amount: 99, status: 'ok', region: 'eu-west-1', note, tags: { a: 'one', b: 'two' } };
const [serverCore, clientCore] = ['0', '1'];

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
  { name: '1,000 on 100 sockets', subscribers: 1000, perSocket: 10, burst: 1 },
  { name: '1,000 sockets, ten updates at once', subscribers: 1000, perSocket: 1, burst: 10 },
];

/** A server, and how it is told to send updates. */
interface Served extends AsyncDisposable {
  readonly pid: number;
  readonly url: string;
  readonly query: string | null;
  update(times: number): Promise<void>;
}

interface Contestant {
  readonly name: string;
  start(sample: string): Promise<Served>;
}

export const bench: Bench = {
  question:
    'CPU of the server for an update that reaches a subscriber, beside a bare broadcast and other GraphQL servers',
  usage: '[--rounds 3] [--deliveries 100000] [--only PART OF A NAME]',
  async run(words) {
    const { values } = parseArgs({ args: [...words], options, strict: true });
    const [rounds, deliveries] = [Number(values.rounds), Number(values.deliveries)];
    const sample = await sampleMessage();
    console.log(`${machine()}\n${versions()}\nA message has ${sample.length} bytes. µs of CPU a delivery, by rounds:`);
    const rows: string[][] = [];
    for (const setting of settings.filter(({ name }) => name.includes(values.only))) {
      const costs = new Map<string, number[]>();
      for (let round = 0; round < rounds; round += 1) {
        // The bare broadcast before and after: the machine's speed moves.
        for (const contestant of [raw, pulse, yoga, raw]) {
          const cost = await costOf(contestant, setting, deliveries, sample);
          costs.set(contestant.name, [...(costs.get(contestant.name) ?? []), cost]);
        }
      }
      const bare = mean(costs.get(raw.name) ?? []);
      const cells = [...costs].map(
        ([name, all]) => `${mean(all).toFixed(1)}${name === raw.name ? '' : ` (${(mean(all) / bare).toFixed(2)} x)`}`,
      );
      rows.push([setting.name, ...cells]);
      console.log(
        `${setting.name}: ${[...costs].map(([name, all]) => `${name} ${all.map((one) => one.toFixed(1)).join(', ')}`).join('; ')}`,
      );
    }
    console.log(`\n${table(['', raw.name, pulse.name, yoga.name], rows)}`);
  },
};

const raw: Contestant = {
  name: 'bare broadcast',
  start: async (sample) => {
    const child = await pinned('bench/support/raw-broadcast.process.ts', []);
    const url = await printed(child, /listening on (\S+)\n/);
    return served(child, url, null, (times) => child.process.send({ text: sample, times }));
  },
};

const yoga: Contestant = {
  name: 'Yoga, graphql-ws, PubSub',
  start: async () => {
    const child = await pinned('bench/support/yoga-pubsub.process.ts', []);
    const url = await printed(child, /listening on (\S+)\n/);
    const point = { serviceId: 'web', timestamp: new Date().toISOString(), data };
    return served(child, url, plainQuery, (times) => child.process.send({ point, times }));
  },
};

const pulse: Contestant = {
  name: 'PulseQL',
  start: async () => {
    const folder = temporaryFolder();
    const flags = ['--data', folder.path, '--port', '0', '--source', 'none', '--log-level', 'silent'];
    const child = await pinned('src/main.ts', ['serve', ...flags, '--max-connections', '20000']);
    const http = await printed(child, /listening on (\S+)\n/);
    const url = `${http.replace('http', 'ws')}/graphql`;
    const ingest = async () => {
      const body = `${JSON.stringify({ entityType: 'bench', serviceId: 'web', timestamp: new Date().toISOString(), data })}\n`;
      const response = await fetch(`${http}/ingest`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson' },
        body,
      });
      await response.arrayBuffer();
    };
    const one = served(child, url, query, async (times) => {
      await Promise.all(Array.from({ length: times }, ingest));
    });
    return {
      ...one,
      [Symbol.asyncDispose]: async () => {
        await one[Symbol.asyncDispose]();
        folder[Symbol.dispose]();
      },
    };
  },
};

function served(child: Child, url: string, asked: string | null, update: (times: number) => unknown): Served {
  return {
    pid: child.pid,
    url,
    query: asked,
    update: async (times) => void (await update(times)),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** A process on the server's core, where the machine lets one be chosen. */
function pinned(file: string, words: readonly string[], core: string = serverCore): Promise<Child> {
  const command: Command = {
    program: 'taskset',
    words: ['-c', core, process.execPath, '--no-warnings', `${thisProject}/${file}`, ...words],
    environment: { NODE_ENV: 'production' },
  };
  return startChild(command);
}

class Clients {
  readonly #child: Child;

  constructor(child: Child) {
    this.#child = child;
  }

  ask(request: ClientsRequest): Promise<ClientsReply> {
    return new Promise((resolve, reject) => {
      this.#child.process.once('message', (reply: ClientsReply) => resolve(reply));
      this.#child.process.once('exit', () => reject(new Error('the clients have ended')));
      this.#child.process.send(request);
    });
  }
}

async function costOf(contestant: Contestant, setting: Setting, deliveries: number, sample: string): Promise<number> {
  const { subscribers, perSocket, burst } = setting;
  await using server = await contestant.start(sample);
  await using child = await pinned('bench/support/delivery-clients.process.ts', [], clientCore);
  const clients = new Clients(child);
  const rounds = Math.max(10, Math.ceil(deliveries / subscribers / burst));
  const alone = await cpuOf(server, rounds, async () => {
    await server.update(burst);
    await pause();
  });
  const isRaw = server.query === null;
  const sockets = subscribers / perSocket;
  await clients.ask({ kind: 'open', url: server.url, sockets, perSocket, query: server.query });
  // Without a protocol, ten on a socket are ten messages.
  const times = isRaw ? burst * perSocket : burst;
  const round = async () => {
    const all = clients.ask({ kind: 'expect', updates: burst * subscribers });
    await server.update(times);
    await all;
  };
  for (let i = 0; i < Math.ceil(rounds / 5); i += 1) await round();
  const spent = await cpuOf(server, rounds, round);
  return (1000 * (spent - (isRaw ? 0 : alone))) / (rounds * burst * subscribers);
}

async function cpuOf({ pid }: Served, rounds: number, round: () => Promise<void>): Promise<number> {
  const before = cpuMs(pid);
  for (let i = 0; i < rounds; i += 1) await round();
  return cpuMs(pid) - before;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

/** A message as PulseQL sends it: what the bare broadcast sends too. */
async function sampleMessage(): Promise<string> {
  await using server = await pulse.start('');
  await using child = await pinned('bench/support/delivery-clients.process.ts', [], clientCore);
  const clients = new Clients(child);
  await clients.ask({ kind: 'open', url: server.url, sockets: 1, perSocket: 1, query });
  const came = clients.ask({ kind: 'expect', updates: 1 });
  await server.update(1);
  const { sample } = await came;
  if (sample === null) throw new Error('nothing came');
  return sample;
}
