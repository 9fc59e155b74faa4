// What a bench must not leave behind: processes and folders, cleared away however it ends.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const folders = new Set<string>();
const children = new Set<ChildProcess>();
const stopWithinMs = 15_000;

/** Clears away what is still there when this process ends, be it by a signal or an error. */
export function leaveNothing(): void {
  process.on('exit', () => {
    for (const child of children) child.kill('SIGKILL');
    for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
}

export interface TemporaryFolder extends Disposable {
  readonly path: string;
}

export function temporaryFolder(): TemporaryFolder {
  const folder = mkdtempSync(path.join(tmpdir(), 'pulseql-bench-'));
  folders.add(folder);
  return {
    path: folder,
    [Symbol.dispose]: () => {
      rmSync(folder, { recursive: true, force: true });
      folders.delete(folder);
    },
  };
}

export interface Command {
  readonly program: string;
  readonly words: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Its standard input is ours to write. */
  readonly takesInput?: boolean;
}

export interface Child extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly pid: number;
}

/** Starts a process with its output piped and a channel for messages; disposing of it ends it by SIGTERM. */
export async function startChild({ program, words, environment = {}, takesInput = false }: Command): Promise<Child> {
  const child = spawn(program, words, {
    stdio: [takesInput ? 'pipe' : 'ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...environment },
  });
  await once(child, 'spawn');
  children.add(child);
  const exited = once(child, 'exit').then(() => children.delete(child));
  return {
    process: child,
    pid: child.pid ?? 0,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** The first match in what a child prints; an error with all of its output where it ends without one. */
export function printed({ process: child }: Child, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const take = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-10_000);
      const found = pattern.exec(output);
      if (found !== null) resolve(found[1] ?? found[0]);
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    child.once('exit', () => reject(new Error(`${child.spawnfile} ended early and said:\n${output}`)));
  });
}
