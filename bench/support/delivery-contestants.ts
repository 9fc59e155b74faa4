// What stands side by side in the bench of deliveries: servers in processes of their own, pinned to a core where the machine lets one be chosen,
// and how each is told to send updates.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Speech } from './delivery-clients.process.ts';
import { type Child, printed, startChild, type TemporaryFolder, temporaryFolder } from './leftovers.ts';
import { inspected, inspectorLine } from './live-heap.ts';
import { thisProject } from './pulse-server.ts';

export interface Served extends AsyncDisposable {
  readonly pid: number;
  readonly url: string;
  /** Where its inspector listens; null: it has none. */
  readonly inspector: string | null;
  readonly speech: Speech;
  /** Whether an update is one for all that a socket has asked for; else it is told once for each. */
  readonly isShared: boolean;
  update(times: number): Promise<void>;
}

export interface Contestant {
  readonly name: string;
  readonly isThere: boolean;
  /** `sample`: a message as PulseQL sends it, for those that send bytes. `isInspected`: its heap will be asked for. */
  start(sample: string, isInspected?: boolean): Promise<Served>;
}

const pulseQuery =
  'subscription { dataUpdates(entityType: "bench", frequency: EVERY_POINT) { points { serviceId timestamp data } skipped cursor } }';
const plainQuery = 'subscription { dataUpdates { points { serviceId timestamp data } skipped cursor } }';
const note = 'a point with some text in it, so that a message has about four hundred bytes, as those of dashboards do';
const data = { value: 123.456, amount: 99, status: 'ok', region: 'eu-west-1', note, tags: { a: 'one', b: 'two' } };
const [serverCore, clientCore] = ['0', '1'];
const hasTaskset = has('taskset');
const peers = path.join(thisProject, 'bench/peers');

/** With when it was sent. */
function dataNow(): object {
  return { at: performance.timeOrigin + performance.now(), ...data };
}

export const pulse: Contestant = {
  name: 'PulseQL',
  isThere: true,
  start: async (_sample, isInspected = false) => {
    const folder = temporaryFolder();
    const flags = ['--port', '0', '--source', 'none', '--log-level', 'silent', '--max-connections', '20000'];
    const words = ['--no-warnings', project('src/main.ts'), 'serve', '--data', folder.path, ...flags];
    const child = await pinned(process.execPath, words, { isInspected });
    const [http, inspector] = await printedBy(child, isInspected);
    const ingest = async () => {
      const point = { entityType: 'bench', serviceId: 'web', timestamp: new Date().toISOString(), data: dataNow() };
      const headers = { 'content-type': 'application/x-ndjson' };
      const response = await fetch(`${http}/ingest`, { method: 'POST', headers, body: `${JSON.stringify(point)}\n` });
      await response.arrayBuffer();
    };
    const update = (times: number) => Promise.all(Array.from({ length: times }, ingest));
    return served(child, `${http.replace('http', 'ws')}/graphql`, {
      speech: { query: pulseQuery },
      isShared: true,
      update,
      folder,
      inspector,
    });
  },
};

export const broadcast: Contestant = {
  name: 'bare ws broadcast',
  isThere: true,
  start: async (sample, isInspected = false) => {
    const words = ['--no-warnings', project('bench/support/raw-broadcast.process.ts')];
    const child = await pinned(process.execPath, words, { isInspected });
    const [url, inspector] = await printedBy(child, isInspected);
    const update = (times: number) => {
      const at = `"at":${performance.timeOrigin + performance.now()}`;
      child.process.send({ text: sample.replace(/"at":[\d.]+/, at), times });
    };
    return served(child, url, { speech: 'messages', isShared: false, update, inspector });
  },
};

export const yoga: Contestant = published(
  'Yoga, graphql-ws, PubSub',
  project('bench/support/yoga-pubsub.process.ts'),
  true,
);

export const mercurius: Contestant = published(
  'Mercurius',
  path.join(peers, 'mercurius.process.mjs'),
  existsSync(path.join(peers, 'node_modules')),
);

export const floor: Contestant = {
  name: 'C, write',
  isThere: has('cc'),
  start: async (sample) => {
    const folder = temporaryFolder();
    const program = path.join(folder.path, 'floor');
    execFileSync('cc', ['-O2', '-o', program, project('bench/support/floor.c')]);
    const length = sample.length + (sample.length < 126 ? 2 : 4);
    const child = await pinned(program, [String(length)], { takesInput: true });
    const url = await printed(child, /listening on (\S+)\n/);
    const update = (times: number) => child.process.stdin?.write(`${times}\n`);
    return served(child, url, { speech: { bytes: length }, isShared: false, update, folder });
  },
};

function published(name: string, file: string, isThere: boolean): Contestant {
  return {
    name,
    isThere,
    start: async (_sample, isInspected = false) => {
      const child = await pinned(process.execPath, ['--no-warnings', file], { isInspected });
      const [url, inspector] = await printedBy(child, isInspected);
      const update = (times: number) => {
        const point = { serviceId: 'web', timestamp: new Date().toISOString(), data: dataNow() };
        child.process.send({ point, times });
      };
      return served(child, url, { speech: { query: plainQuery }, isShared: true, update, inspector });
    },
  };
}

interface Serving {
  readonly speech: Speech;
  readonly isShared: boolean;
  update(times: number): unknown;
  readonly folder?: TemporaryFolder;
  readonly inspector?: string | null;
}

function served(child: Child, url: string, { speech, isShared, update, folder, inspector = null }: Serving): Served {
  return {
    pid: child.pid,
    url,
    inspector,
    speech,
    isShared,
    update: async (times) => void (await update(times)),
    [Symbol.asyncDispose]: async () => {
      await child[Symbol.asyncDispose]();
      folder?.[Symbol.dispose]();
    },
  };
}

/** The process of the clients, on the other core. */
export function startClients(): Promise<Child> {
  const file = project('bench/support/delivery-clients.process.ts');
  return pinned(process.execPath, ['--no-warnings', file], { core: clientCore });
}

interface Start {
  readonly core?: string;
  readonly takesInput?: boolean;
  readonly isInspected?: boolean;
}

/** Where it listens, and its inspector where it has one. */
function printedBy(child: Child, isInspected: boolean): Promise<[string, string | null]> {
  const url = printed(child, /(?<!Debugger )listening on (\S+)\n/);
  return Promise.all([url, isInspected ? printed(child, inspectorLine) : null]);
}

function pinned(
  program: string,
  words: readonly string[],
  { core = serverCore, takesInput = false, isInspected = false }: Start = {},
): Promise<Child> {
  const environment = { NODE_ENV: 'production', ...(isInspected ? inspected : {}) };
  if (!hasTaskset) return startChild({ program, words, environment, takesInput });
  return startChild({ program: 'taskset', words: ['-c', core, program, ...words], environment, takesInput });
}

function project(file: string): string {
  return path.join(thisProject, file);
}

function has(program: string): boolean {
  try {
    execFileSync('which', [program]);
    return true;
  } catch {
    return false;
  }
}
