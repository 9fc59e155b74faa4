// What servers in the bench of deliveries have in common: processes of their own, pinned to a core where the machine lets one be chosen.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import type { Speech } from './delivery-clients.process.ts';
import { type Child, printed, startChild, type TemporaryFolder } from './leftovers.ts';
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

const [serverCore, clientCore] = ['0', '1'];
const hasTaskset = has('taskset');

interface Serving {
  readonly speech: Speech;
  readonly isShared: boolean;
  update(times: number): unknown;
  readonly folder?: TemporaryFolder;
  readonly inspector?: string | null;
  /** What else is open. */
  readonly close?: () => void;
}

export function served(
  child: Child,
  url: string,
  { speech, isShared, update, folder, inspector = null, close }: Serving,
): Served {
  return {
    pid: child.pid,
    url,
    inspector,
    speech,
    isShared,
    update: async (times) => void (await update(times)),
    [Symbol.asyncDispose]: async () => {
      close?.();
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
export function printedBy(child: Child, isInspected: boolean): Promise<[string, string | null]> {
  const url = printed(child, /(?<!Debugger )listening on (\S+)\n/);
  return Promise.all([url, isInspected ? printed(child, inspectorLine) : null]);
}

export function pinned(
  program: string,
  words: readonly string[],
  { core = serverCore, takesInput = false, isInspected = false }: Start = {},
): Promise<Child> {
  const environment = { NODE_ENV: 'production', ...(isInspected ? inspected : {}) };
  if (!hasTaskset) return startChild({ program, words, environment, takesInput });
  return startChild({ program: 'taskset', words: ['-c', core, program, ...words], environment, takesInput });
}

export function project(file: string): string {
  return path.join(thisProject, file);
}

export function has(program: string): boolean {
  try {
    execFileSync('which', [program]);
    return true;
  } catch {
    return false;
  }
}
