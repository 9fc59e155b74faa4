// What one-shot queries over HTTP cost the server in CPU, beside bare GraphQL Yoga and Mercurius that give the same answers out of a file.
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Bench } from './run.ts';
import { has, pinned, project } from './support/delivery-served.ts';
import { type Endpoint, HttpClient } from './support/http-client.ts';
import { type Child, printed, temporaryFolder } from './support/leftovers.ts';
import { machine, versions } from './support/machine.ts';
import { cpuMs } from './support/process-figures.ts';
import { median, spread, table } from './support/summary.ts';

const options = {
  rounds: { type: 'string', default: '5' },
  requests: { type: 'string', default: '2000' },
  'warm-up': { type: 'string', default: '3000' },
} as const;

interface Question {
  readonly name: string;
  /** Of its one field. */
  readonly query: string;
}

/** Only what does not change while nothing is sent: contestants are compared by the bytes of their answers. */
const questions: readonly Question[] = [
  {
    name: 'status',
    query: '{ status { version startedAt ready connections subscriptions dashboards series storage alertsFiring } }',
  },
  {
    name: 'kpi',
    query: `{ kpi(query: { entityType: "orders", aggregation: { function: SUM, field: "amount" },
      timeWindow: { size: 7, unit: DAY }, groupBy: ["region"] }) { value count groups { key { field value } value count } } }`,
  },
  {
    name: 'points(first: 50)',
    query: `{ points(entityType: "orders", first: 50) { edges { cursor node { serviceId timestamp receivedAt data } }
      pageInfo { hasNextPage endCursor } } }`,
  },
];
const [connections, clientCore] = [16, '1'];
const [pointCount, regions] = [1000, 5];

interface Contestant {
  readonly name: string;
  readonly child: Child;
  readonly url: string;
}

export const bench: Bench = {
  question:
    'CPU of the server for a query over HTTP: status, kpi and a page of points, beside GraphQL servers with fixed answers',
  usage: '[--rounds 5] [--requests 2000] [--warm-up 3000]',
  async run(words) {
    const { values } = parseArgs({ args: [...words], options, strict: true });
    if (has('taskset')) execFileSync('taskset', ['-a', '-cp', clientCore, String(process.pid)]);
    console.log(`## Query: microseconds of CPU of the server process a request\n\n${machine()}; ${versions()}`);
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(temporaryFolder());
    const pulse = stack.use(await startPulse(path.join(folder.path, 'store')));
    const pulseUrl = await printed(pulse, /listening on (\S+)\n/);
    await fill(pulseUrl);
    const answers = new Map<Question, string>();
    for (const question of questions) answers.set(question, await dataOf(pulseUrl, question));
    const answersFile = path.join(folder.path, 'answers.json');
    writeFileSync(
      answersFile,
      JSON.stringify(Object.assign({}, ...[...answers.values()].map((text) => JSON.parse(text)))),
    );
    const contestants: Contestant[] = [{ name: 'PulseQL', child: pulse, url: pulseUrl }];
    for (const { name, file } of peers()) {
      const words = ['--no-warnings', project(file), project('schema/schema.graphql'), answersFile];
      const child = stack.use(await pinned(process.execPath, words));
      contestants.push({ name, child, url: await printed(child, /listening on (\S+)\n/) });
    }
    const rows: string[][] = [];
    for (const question of questions) {
      const costs = await costsOf(contestants, question, answers.get(question) ?? '', {
        rounds: Number(values.rounds),
        requests: Number(values.requests),
        warmUp: Number(values['warm-up']),
      });
      rows.push(rowOf(question, answers.get(question) ?? '', costs));
    }
    const ratios = contestants.slice(1).map(({ name }) => `PulseQL / ${name}`);
    const columns = ['', 'bytes of data', ...contestants.map(({ name }) => name), ...ratios];
    console.log(
      `\n${connections} connections, ${values.requests} requests a round, median of ${values.rounds} rounds (least–most):\n`,
    );
    console.log(table(columns, rows));
  },
};

function peers(): { name: string; file: string }[] {
  const yoga = { name: 'bare Yoga', file: 'bench/support/static-yoga.process.ts' };
  if (!existsSync(project('bench/peers/node_modules'))) {
    console.log('Mercurius is left out: npm ci in bench/peers brings it.');
    return [yoga];
  }
  return [yoga, { name: 'Mercurius', file: 'bench/peers/static-mercurius.process.mjs' }];
}

async function startPulse(store: string): Promise<Child> {
  const flags = ['--port', '0', '--source', 'none', '--log-level', 'silent', '--data', store];
  return await pinned(process.execPath, ['--no-warnings', project('src/main.ts'), 'serve', ...flags]);
}

async function fill(url: string): Promise<void> {
  const end = Date.now();
  const lines = Array.from({ length: pointCount }, (_, i) => {
    const timestamp = new Date(end - (pointCount - i) * 1000).toISOString();
    const data = { amount: (i * 7) % 100, status: 'ok', region: `region ${i % regions}` };
    return JSON.stringify({ entityType: 'orders', serviceId: 'web', timestamp, data });
  });
  const headers = { 'content-type': 'application/x-ndjson' };
  const response = await fetch(`${url}/ingest`, { method: 'POST', headers, body: lines.join('\n') });
  if (response.status !== 200) throw new Error(`/ingest answered ${response.status}: ${await response.text()}`);
}

/** The bytes of an answer's `data`. */
async function dataOf(url: string, question: Question): Promise<string> {
  using client = new HttpClient(1);
  const any: Endpoint = { url: `${url}/graphql`, contentType: 'application/json', faultOf: () => undefined };
  const found = /^\{"data":(\{.*\})\}\s*$/s.exec(await client.send(any, bodyOf(question)))?.[1];
  if (found === undefined) throw new Error(`${question.name} was answered without data`);
  return found;
}

/** Microseconds a request of each round, by contestant. */
async function costsOf(
  contestants: readonly Contestant[],
  question: Question,
  data: string,
  { rounds, requests, warmUp }: Readonly<Record<'rounds' | 'requests' | 'warmUp', number>>,
): Promise<number[][]> {
  const faultOf = (status: number, answer: string) =>
    status === 200 && answer.trimEnd() === `{"data":${data}}` ? undefined : 'the answer differs from PulseQL’s first';
  const body = bodyOf(question);
  const costs: number[][] = contestants.map(() => []);
  for (let round = -1; round < rounds; round += 1) {
    for (const [i, { child, url }] of contestants.entries()) {
      using client = new HttpClient(connections);
      const endpoint = { url: `${url}/graphql`, contentType: 'application/json', faultOf };
      const count = round < 0 ? warmUp : requests;
      const before = cpuMs(child.pid);
      await client.sendAll(
        endpoint,
        Array.from({ length: count }, () => body),
      );
      if (round >= 0) costs[i]?.push((1000 * (cpuMs(child.pid) - before)) / count);
    }
  }
  return costs;
}

function bodyOf({ query }: Question): Buffer {
  return Buffer.from(JSON.stringify({ query }));
}

function rowOf({ name }: Question, data: string, costs: readonly (readonly number[])[]): string[] {
  const [own = [], ...others] = costs;
  const ratios = others.map((other) => `${(median(own) / median(other)).toFixed(2)} x`);
  return [name, String(Buffer.byteLength(data)), ...costs.map((some) => spread(some, 0)), ...ratios];
}
