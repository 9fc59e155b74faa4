// Runs the workload in a process of its own and gives every call it made on its files, with its acknowledgements.
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { startRecorded } from '../disk/disk-library.ts';
import { type DiskCall, readRecord } from '../disk/disk-record.ts';
import { type FolderContent, readFolder, SimulatedDisk } from '../disk/simulated-disk.ts';
import type { Acknowledgements, Line } from './acknowledgements.ts';

const script = path.join(import.meta.dirname, 'workload.process.ts');
const preload = path.join(import.meta.dirname, 'pragmas.preload.ts');
/** The store's file, from the recorded folder: its own folder is made by the store. */
export const storeFile = path.join('data', 'pulseql.db');

export interface Recording {
  /** What the folder held before. */
  readonly before: FolderContent;
  /** What had been acknowledged before. */
  readonly acknowledged: Acknowledgements;
  readonly calls: readonly DiskCall[];
}

export interface RecordingOptions {
  readonly folder: string;
  readonly name: string;
  readonly seed: number;
  readonly batches: number;
  /** Run after the store's own pragmas, in each of its connections that write. */
  readonly pragmas: string;
  /** What was acknowledged of the store that is in the folder. */
  readonly acknowledged: Acknowledgements;
}

export async function record(options: RecordingOptions): Promise<Recording> {
  const { folder, name, seed, batches, pragmas, acknowledged } = options;
  mkdirSync(folder, { recursive: true });
  const before = readFolder(folder);
  const recordFile = `${folder}.record`;
  const child = startRecorded({
    script,
    words: [path.join(folder, storeFile), name, String(seed), String(batches)],
    folder,
    record: recordFile,
    environment: { NODE_OPTIONS: `--import=${preload}`, PULSEQL_TEST_PRAGMAS: pragmas },
  });
  const kill = () => child.kill('SIGKILL');
  process.on('exit', kill);
  child.stdout?.resume();
  const [errors, [code]] = await Promise.all([child.stderr === null ? '' : text(child.stderr), once(child, 'close')]);
  process.off('exit', kill);
  if (code !== 0) throw new Error(`the workload ended with ${code}: ${errors}`);
  const calls = readRecord(recordFile);
  rmSync(recordFile);
  return { before, acknowledged, calls };
}

/** The disk and the acknowledgements at a moment of a recording. */
export interface Moment {
  readonly disk: SimulatedDisk;
  readonly acknowledged: Acknowledgements;
  /** How many calls have been made. */
  readonly calls: number;
}

/** Every moment of a recording: after each call that could matter. `skipped` is the index of a call that never happened. */
export function* momentsOf({ before, acknowledged, calls }: Recording, skipped = -1): IterableIterator<Moment> {
  const moment = { disk: new SimulatedDisk(before), acknowledged: acknowledged.copy(), calls: 0 };
  for (const [i, call] of calls.entries()) {
    if (i !== skipped) moment.disk.apply(call);
    if (call.kind === 'acknowledged') moment.acknowledged.note(JSON.parse(call.text) as Line);
    moment.calls = i + 1;
    if (changesDisk(call)) yield moment;
  }
}

export function changesDisk(call: DiskCall): boolean {
  return call.kind !== 'read' && call.kind !== 'fault' && (call.kind !== 'open' || call.created);
}
