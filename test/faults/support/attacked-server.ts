// The server under attack: the real `serve` in a process of its own, killed once it takes more memory than the machine can spare.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import {
  type Child,
  leaveNothing,
  printed,
  startChild,
  type TemporaryFolder,
  temporaryFolder,
} from '../../../bench/support/leftovers.ts';
import { cpuMs, forgetPeak, memoryOf } from '../../../bench/support/process-figures.ts';

export const mebibyte = 2 ** 20;
const guardBytes = 3 * 2 ** 30;
const guardEveryMs = 50;
const main = path.resolve(import.meta.dirname, '../../../src/main.ts');

export interface AttackedServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** To exchange messages with what was preloaded. */
  readonly process: ChildProcess;
  /** Why the process is gone; null while it runs. */
  readonly ended: string | null;
  /** Resident memory in MiB; of a process that is gone, what was seen last. */
  residentMiB(): number;
  /** The highest since the start or the last forgetPeak(). */
  peakMiB(): number;
  forgetPeak(): void;
  /** Of all threads. */
  cpuMs(): number;
  /** Settles when the process has gone. */
  readonly gone: Promise<void>;
}

export interface ServerOptions {
  readonly flags?: readonly string[];
  /** In memory, else in a temporary folder. */
  readonly isInMemory?: boolean;
  /** Words for node itself, such as a preload. */
  readonly nodeFlags?: readonly string[];
}

let isWatchingExit = false;

export async function startAttackedServer(options: ServerOptions = {}): Promise<AttackedServer> {
  const { flags = [], isInMemory = false, nodeFlags = [] } = options;
  if (!isWatchingExit) leaveNothing();
  isWatchingExit = true;
  const folder = isInMemory ? null : temporaryFolder();
  const place = folder === null ? ['--memory'] : ['--data', folder.path];
  const words = ['serve', '--port', '0', '--source', 'none', '--log-level', 'error', ...place, ...flags];
  const child = await startChild({
    program: process.execPath,
    words: ['--no-warnings', ...nodeFlags, main, ...words],
    environment: { NODE_ENV: 'production' },
  });
  try {
    return guarded(child, await printed(child, /^listening on (\S+)\n/m), folder);
  } catch (error) {
    await child[Symbol.asyncDispose]();
    folder?.[Symbol.dispose]();
    throw error;
  }
}

/** With the memory guard, and the last figures of a process that is gone. */
function guarded(child: Child, url: string, folder: TemporaryFolder | null): AttackedServer {
  let last = memoryOf(child.pid);
  let lastCpuMs = cpuMs(child.pid);
  let ended: string | null = null;
  const gone = once(child.process, 'exit').then(([code, signal]) => {
    ended ??= `the server ended by itself (${signal ?? `exit code ${code}`})`;
    clearInterval(guard);
  });
  const isRunning = () => child.process.exitCode === null && child.process.signalCode === null;
  const look = () => {
    if (!isRunning()) return;
    const now = memoryOf(child.pid);
    // A process that is on its way out has no memory to show.
    if (Number.isNaN(now.rss)) return;
    last = now;
    lastCpuMs = cpuMs(child.pid);
    if (last.rss < guardBytes) return;
    ended ??= `stopped by the guard at ${Math.round(last.rss / mebibyte)} MiB`;
    child.process.kill('SIGKILL');
  };
  const guard = setInterval(look, guardEveryMs);
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.pid,
    process: child.process,
    gone,
    get ended() {
      return ended;
    },
    residentMiB: () => {
      look();
      return Math.round(last.rss / mebibyte);
    },
    peakMiB: () => {
      look();
      return Math.round(last.peak / mebibyte);
    },
    forgetPeak: () => forgetPeak(child.pid),
    cpuMs: () => {
      look();
      return lastCpuMs;
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(guard);
      if (isRunning()) await child[Symbol.asyncDispose]();
      folder?.[Symbol.dispose]();
    },
  };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
