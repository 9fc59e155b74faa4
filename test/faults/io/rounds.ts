// One round: a process runs the workload while one call on its files fails; then its store is opened without the fault.
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { type DiskFault, startRecorded } from '../disk/disk-library.ts';
import { type DiskCall, readRecord } from '../disk/disk-record.ts';
import { readFolder, SimulatedDisk } from '../disk/simulated-disk.ts';
import { Acknowledgements } from '../power-loss/acknowledgements.ts';
import { checkImage, type ImageResult } from '../power-loss/check-image.ts';
import type { IoLine } from './io-lines.ts';

const script = path.join(import.meta.dirname, 'workload.process.ts');
const storeFile = path.join('data', 'pulseql.db');
const deadlineMs = 30_000;

export interface Round {
  /** Whether the call that was to fail was made at all. */
  readonly reached: boolean;
  readonly acknowledged: number;
  /** What was found in the folder, and in what a power loss at the end would have left of it. */
  readonly found: ImageResult;
  readonly afterPowerLoss: ImageResult;
  readonly hung: boolean;
  /** The process ended with an error of its own. */
  readonly crashed: string | null;
  /** Codes of errors and warnings, each once. */
  readonly codes: readonly string[];
  readonly misread: number;
  /** All that was done to the files. */
  readonly calls: readonly DiskCall[];
}

export interface RoundOptions {
  readonly folder: string;
  readonly fault?: DiskFault;
  /** Control: the workload acknowledges before the store has answered. */
  readonly acknowledgesEarly?: boolean;
  /** Whether the store is opened with its threads. */
  readonly threaded: boolean;
}

export async function runRound({ folder, fault, acknowledgesEarly = false, threaded }: RoundOptions): Promise<Round> {
  const root = path.join(folder, 'store');
  const image = path.join(folder, 'image');
  const record = path.join(folder, 'record');
  for (const made of [root, image]) mkdirSync(made);
  const before = readFolder(root);
  try {
    const ending = await runWorkload(root, record, fault, acknowledgesEarly);
    const calls = readRecord(record);
    const lines = linesOf(calls);
    const acknowledgements = new Acknowledgements();
    const disk = new SimulatedDisk(before);
    for (const call of calls) disk.apply(call);
    for (const line of lines) if (isAcknowledgement(line)) acknowledgements.note(line);
    disk.writeImage(image, 'dropped', () => 0);
    return {
      reached: calls.some(({ kind }) => kind === 'fault'),
      acknowledged: acknowledgements.points,
      found: await checkImage(path.join(root, storeFile), acknowledgements, threaded),
      afterPowerLoss: await checkImage(path.join(image, storeFile), acknowledgements, false),
      ...ending,
      codes: codesOf(lines),
      misread: lines.reduce((sum, line) => sum + ('misread' in line ? line.misread : 0), 0),
      calls,
    };
  } finally {
    for (const made of [root, image, record]) rmSync(made, { recursive: true, force: true });
  }
}

async function runWorkload(
  root: string,
  record: string,
  fault: DiskFault | undefined,
  acknowledgesEarly: boolean,
): Promise<{ hung: boolean; crashed: string | null }> {
  const words = [path.join(root, storeFile), ...(acknowledgesEarly ? ['early'] : [])];
  const child = startRecorded({ script, words, folder: root, record, ...(fault === undefined ? {} : { fault }) });
  let hung = false;
  const kill = () => child.kill('SIGKILL');
  const timer = setTimeout(() => {
    hung = true;
    kill();
  }, deadlineMs);
  process.on('exit', kill);
  child.stdout?.resume();
  const [errors, [code, signal]] = await Promise.all([
    child.stderr === null ? '' : text(child.stderr),
    once(child, 'close'),
  ]);
  process.off('exit', kill);
  clearTimeout(timer);
  const failed = code !== 0 || errors !== '';
  return { hung, crashed: failed && !hung ? `ended with ${code ?? signal}: ${errors.trim().slice(0, 500)}` : null };
}

function linesOf(calls: readonly DiskCall[]): IoLine[] {
  return calls.flatMap((call) => (call.kind === 'acknowledged' ? [JSON.parse(call.text) as IoLine] : []));
}

function isAcknowledgement(
  line: IoLine,
): line is Exclude<IoLine, { failed: string } | { warned: string } | { misread: number } | { ended: true }> {
  return !('failed' in line || 'warned' in line || 'misread' in line || 'ended' in line);
}

function codesOf(lines: readonly IoLine[]): string[] {
  const codes = lines.flatMap((line) => ('failed' in line ? [line.failed] : 'warned' in line ? [line.warned] : []));
  return [...new Set(codes)];
}
