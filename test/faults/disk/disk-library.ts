// Builds disk.c and starts processes with it preloaded: each call on files below a folder is recorded, one may fail.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { programOf } from '../../../scripts/system-packages.ts';

const source = path.join(import.meta.dirname, 'disk.c');
const cache = path.resolve(import.meta.dirname, '../../../node_modules/.cache/disk');

/** Path of the compiled library; it is compiled where the cache does not have it. */
export function diskLibrary(): string {
  const digest = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
  const library = path.join(cache, `${digest}.so`);
  if (existsSync(library)) return library;
  mkdirSync(cache, { recursive: true });
  const building = `${library}.${process.pid}`;
  const words = ['-O2', '-Wall', '-Werror', '-shared', '-fPIC', '-o', building, source, '-ldl', '-lpthread'];
  const { status, stderr } = spawnSync(programOf('gcc'), words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`disk.c does not compile: ${stderr}`);
  renameSync(building, library);
  return library;
}

/** Kinds of calls that can fail. */
export const faultCalls = ['open', 'read', 'write', 'truncate', 'fsync', 'unlink', 'mkdir'] as const;
export type FaultCall = (typeof faultCalls)[number];

export interface DiskFault {
  readonly call: FaultCall;
  /** Error number; 0: half of what was asked for is read or written. */
  readonly errno: number;
  /** Number of the first call that fails, from 1. */
  readonly at: number;
  /** How many calls fail in a row. */
  readonly times: number;
}

export interface RecordedProcess {
  readonly script: string;
  readonly words: readonly string[];
  /** Only files below it are recorded or fail. */
  readonly folder: string;
  readonly record: string;
  readonly fault?: DiskFault;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts a script with the library preloaded; its standard output is in the record as acknowledgements. */
export function startRecorded({ script, words, folder, record, fault, environment }: RecordedProcess): ChildProcess {
  const failing = fault && `${fault.call}:${fault.errno}:${fault.at}:${fault.times}`;
  return spawn(process.execPath, ['--no-warnings', script, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...environment,
      LD_PRELOAD: diskLibrary(),
      PULSEQL_DISK_FOLDER: folder,
      PULSEQL_DISK_RECORD: record,
      ...(failing === undefined ? {} : { PULSEQL_DISK_FAULT: failing }),
    },
  });
}
