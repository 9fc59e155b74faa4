// Servers for tests: in this process or as a process of its own; each is gone when the test that started it has ended.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import type { Logger } from '../../src/base/logger.ts';
import { type Engine, startEngine } from '../../src/engine/engine.ts';
import { engineLimits, serverLimits, version } from '../../src/options.ts';
import { type Running, serve } from '../../src/serve.ts';
import { createServer } from '../../src/server/create-server.ts';
import { readSettings, type Settings } from '../../src/settings/read-settings.ts';
import type { Storage } from '../../src/store/store.ts';
import { waitUntil } from './inbox.ts';
import './quick-start.ts';

type Flags = Readonly<Record<string, string | boolean>>;

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly details: Record<string, unknown>;
}

export interface TestServer {
  readonly url: string;
  readonly engine: Engine;
  readonly logged: readonly LogLine[];
  /** What was logged as an error since the last call; what is left when the test ends makes it fail. */
  takeErrors(): LogLine[];
  /** Settles when that many subscriptions are open. */
  subscriptions(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** In this process, in memory unless the flags say otherwise, on a free port. Stopped when the test has ended. */
export function startServer(flags: Flags = {}, clock: Clock = systemClock): Promise<TestServer> {
  return start(flags, (settings, logger) => serve(settings, logger, clock));
}

/** On a store of the test's own, such as one that fails. */
export function startServerOn(storage: Storage, flags: Flags = {}): Promise<TestServer> {
  return start(flags, async (settings, logger) => {
    const limits = engineLimits(settings);
    const engine = await startEngine({ storage, clock: systemClock, logger, version, limits, random: Math.random });
    const server = createServer({ engine, limits: serverLimits(settings) });
    const url = await server.listen(settings.port, settings.host);
    const stop = async () => void (await Promise.all([server.stop(), engine.stop()]));
    return { url, engine, notes: [], stop };
  });
}

async function start(
  flags: Flags,
  open: (settings: Settings, logger: Logger) => Promise<Running>,
): Promise<TestServer> {
  const memory = flags['data'] === undefined;
  const settings = readSettings({ port: '0', memory, source: 'none', ...flags }, {});
  const { logger, logged, takeErrors } = recordingLogger();
  const running = await open(settings, logger);
  const server = testServer(running, logged, takeErrors);
  onTestFinished(async () => {
    await server.stop();
    const errors = takeErrors();
    if (errors.length > 0) throw new Error(`the server logged errors: ${errors.map(textOf).join('; ')}`);
  });
  return server;
}

function testServer(running: Running, logged: readonly LogLine[], takeErrors: () => LogLine[]): TestServer {
  const { url, engine } = running;
  let stopped: Promise<void> | undefined;
  return {
    url,
    engine,
    logged,
    takeErrors,
    subscriptions: (count) => waitUntil(`${count} open subscriptions`, () => engine.status().subscriptions === count),
    stop: () => {
      stopped ??= running.stop();
      return stopped;
    },
  };
}

export function recordingLogger() {
  const logged: LogLine[] = [];
  let seen = 0;
  const note = (level: LogLine['level']) => (details: object, message: string) => {
    logged.push({ level, message, details: details as Record<string, unknown> });
  };
  const logger: Logger = { info: note('info'), warn: note('warn'), error: note('error') };
  function takeErrors(): LogLine[] {
    const fresh = logged.slice(seen).filter(({ level }) => level === 'error');
    seen = logged.length;
    return fresh;
  }
  return { logger, logged, takeErrors };
}

function textOf({ message, details }: LogLine): string {
  const error = details['error'];
  return `${message}: ${error instanceof Error ? error.stack : JSON.stringify(details)}`;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ServerProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** What it has printed so far. */
  stdout(): string;
  stderr(): string;
  /** Sends the signal and waits until the process has gone. */
  kill(signal: NodeJS.Signals): Promise<Exit>;
  /** As a supervisor stops it. */
  stop(): Promise<Exit>;
}

interface ProcessOptions {
  /** The store's folder; left out: in memory. */
  readonly folder?: string;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** A program that runs it in its own process, such as strace -D. */
  readonly under?: readonly string[];
}

const root = path.resolve(import.meta.dirname, '../..');
const readyWithinMs = 30_000;

/** Runs the command line, where `under` is given as the last words of that program's. */
export function startProcess(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  under: readonly string[] = [],
) {
  const [program = '', ...words] = [...under, process.execPath, '--no-warnings', 'src/main.ts', ...args];
  const child = spawn(program, words, {
    cwd: root,
    env: { ...withoutSettings(process.env), ...environment },
    stdio: 'pipe',
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const exited: Promise<Exit> = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
  });
  return { child, output, exited };
}

/** Runs a command to its end. */
export async function runCommand(
  args: readonly string[],
  { input = '', environment = {} }: { input?: string; environment?: Readonly<Record<string, string>> } = {},
) {
  const { child, output, exited } = startProcess(args, environment);
  child.stdin.end(input);
  const { code } = await exited;
  return { code, ...output };
}

/** `serve` as a process of its own, once it listens. */
export async function startServerProcess({
  folder,
  args = [],
  environment = {},
  under = [],
}: ProcessOptions = {}): Promise<ServerProcess> {
  const place = folder === undefined ? ['--memory'] : ['--data', folder];
  const words = ['serve', '--port', '0', '--source', 'none', ...place, ...args];
  const { child, output, exited } = startProcess(words, environment, under);
  const url = await listening(child, output, exited);
  const kill = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    return exited;
  };
  return {
    url,
    child,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    kill,
    stop: () => kill('SIGTERM'),
  };
}

async function listening(
  child: ChildProcess,
  output: { readonly stdout: string; readonly stderr: string },
  exited: Promise<Exit>,
): Promise<string> {
  const late = AbortSignal.timeout(readyWithinMs);
  while (!late.aborted) {
    const url = /^listening on (\S+)$/m.exec(output.stdout)?.[1];
    if (url !== undefined) return url;
    const data = once(child.stdout as NonNullable<typeof child.stdout>, 'data', { signal: late }).catch(
      () => undefined,
    );
    const end = await Promise.race([data, exited]);
    if (end !== undefined && 'code' in end) break;
  }
  throw new Error(`the server did not come up: ${output.stderr || output.stdout}`);
}

// What somebody has set for his own server must not reach ours.
function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('PULSEQL_')));
}
