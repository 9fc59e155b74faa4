// A server process under libfaketime: its wall clock can be stepped while it runs, its monotonic time stays right.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fakeTimeLibrary } from '../../../scripts/system-packages.ts';

const root = path.resolve(import.meta.dirname, '../../..');

export interface SteppedServerOptions {
  /** Of the store, and of the file that says how far the clock is off. */
  readonly folder: string;
  readonly args: readonly string[];
}

export class SteppedServer {
  readonly #options: SteppedServerOptions;
  readonly #offsetFile: string;
  #child: ChildProcess | null = null;
  #url = '';

  constructor(options: SteppedServerOptions) {
    this.#options = options;
    this.#offsetFile = path.join(options.folder, 'clock-offset');
    this.setOffset(0);
  }

  get url(): string {
    return this.#url;
  }

  /** How far its wall clock is ahead of the right time from now on. */
  setOffset(ms: number): void {
    const seconds = Math.round(ms / 1000);
    // As one: a file that is half written would be read as another time.
    writeFileSync(`${this.#offsetFile}-new`, `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}\n`);
    renameSync(`${this.#offsetFile}-new`, this.#offsetFile);
  }

  async start(): Promise<void> {
    const { folder, args } = this.#options;
    const words = ['serve', '--port', '0', '--source', 'none', '--data', path.join(folder, 'data'), ...args];
    const child = spawn(process.execPath, ['--no-warnings', 'src/main.ts', ...words], {
      cwd: root,
      env: {
        ...process.env,
        LD_PRELOAD: fakeTimeLibrary(),
        FAKETIME_TIMESTAMP_FILE: this.#offsetFile,
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        FAKETIME_NO_CACHE: '1',
        NO_FAKE_STAT: '1',
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#child = child;
    for await (const line of createInterface({ input: child.stdout })) {
      const url = /^listening on (\S+)$/.exec(line)?.[1];
      if (url === undefined) continue;
      this.#url = url;
      return;
    }
    throw new Error('the server ended before it listened');
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
}
