// Lets every N-th call of each kind fail, or a part of them, and counts what came of it.

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { FaultCall } from '../disk/disk-library.ts';
import type { DiskCall } from '../disk/disk-record.ts';
import type { ImageResult } from '../power-loss/check-image.ts';
import { type FaultKind, faultKinds } from './faults.ts';
import { type Round, runRound } from './rounds.ts';

/** Counts over the rounds of one kind of fault. */
export interface FaultTally {
  readonly name: string;
  rounds: number;
  acknowledged: number;
  lost: number;
  doubled: number;
  lostAfterPowerLoss: number;
  unopened: number;
  hung: number;
  crashed: number;
  wrongCode: number;
  wrong: number;
  /** What failed, in words, with the numbers of the calls. */
  readonly failures: Map<string, number[]>;
}

export interface FaultRunOptions {
  readonly folder: string;
  /** Each so many calls of a kind fail: 1 for each, in a round of its own. */
  readonly step: number;
  /** Only kinds whose name has this in it. */
  readonly only?: string;
  /** How many rounds run at a time. */
  readonly jobs: number;
  readonly onProgress?: (name: string, at: number, of: number) => void;
  /** Is called after the last round of each kind. */
  readonly onKind?: (tally: FaultTally) => void;
}

const threadedEvery = 10;

const recordedKinds: Readonly<Record<FaultCall, DiskCall['kind']>> = {
  open: 'open',
  read: 'read',
  write: 'write',
  truncate: 'truncate',
  fsync: 'sync',
  unlink: 'unlink',
  mkdir: 'mkdir',
};

/** With a step above 1 each kind begins at another call, so that kinds of one call try different ones. */
export async function runFaults(options: FaultRunOptions): Promise<FaultTally[]> {
  const { folder, step, only = '' } = options;
  const unharmed = await runRound({ folder, threaded: true });
  const harm = failuresOf(unharmed, []);
  if (harm.length > 0) throw new Error(`the workload fails without a fault: ${harm.join('; ')}`);
  const tallies: FaultTally[] = [];
  for (const [i, kind] of faultKinds.entries()) {
    if (!kind.name.includes(only)) continue;
    const calls = unharmed.calls.filter((call) => call.kind === recordedKinds[kind.call]).length;
    // Calls vary a little from run to run: the last ones may not come.
    const certain = Math.max(1, Math.floor(0.6 * Math.min(step, calls)));
    const first = step === 1 ? 1 : 1 + ((i * 3) % certain);
    const tally = await runKind(kind, { ...options, first, calls });
    options.onKind?.(tally);
    tallies.push(tally);
  }
  return tallies;
}

interface KindOptions extends FaultRunOptions {
  readonly first: number;
  /** How many such calls there are without a fault. */
  readonly calls: number;
}

/** Some rounds run at a time, each in a folder of its own. */
async function runKind(
  kind: FaultKind,
  { folder, step, jobs, onProgress, first, calls }: KindOptions,
): Promise<FaultTally> {
  const tally = emptyTally(kind.name);
  let next = first;
  let ended = false;
  async function runJob(job: number): Promise<void> {
    const own = path.join(folder, `job ${job}`);
    mkdirSync(own, { recursive: true });
    while (!ended) {
      const at = next;
      if (step > 1 && at > calls) return;
      next += step;
      onProgress?.(kind.name, at, calls);
      const fault = { call: kind.call, errno: kind.errno, times: kind.times, at };
      const round = await runRound({ folder: own, fault, threaded: at % threadedEvery === 0 });
      if (round.reached) note(tally, at, round, kind);
      // Calls vary a little from run to run, with the order of two threads.
      else if (at > calls) ended = true;
    }
  }
  await Promise.all(Array.from({ length: jobs }, (_, job) => runJob(job)));
  return tally;
}

/** Control: a workload that acknowledges too early must be found to have lost points. */
export async function runEarlyAcknowledgements(folder: string, rounds: number): Promise<FaultTally> {
  const tally = emptyTally('control: acknowledged before the answer');
  const kind = faultKinds.find(({ name }) => name === 'fsync, EIO, from then on') as FaultKind;
  for (let n = 0; n < rounds; n += 1) {
    // Behind the calls of opening.
    const at = 30 + n;
    const fault = { call: kind.call, errno: kind.errno, times: kind.times, at };
    note(tally, at, await runRound({ folder, fault, acknowledgesEarly: true, threaded: false }), kind);
  }
  return tally;
}

/** Each failure with the calls that led to it. */
export function failuresInWords({ name, failures }: FaultTally): string[] {
  return [...failures].map(([words, calls]) => `${name}, call ${calls.join(', ')}: ${words}`);
}

/** Whether anything of it should not be. */
export function isFailed(tally: FaultTally): boolean {
  return tally.failures.size > 0;
}

function emptyTally(name: string): FaultTally {
  return {
    name,
    rounds: 0,
    acknowledged: 0,
    lost: 0,
    doubled: 0,
    lostAfterPowerLoss: 0,
    unopened: 0,
    hung: 0,
    crashed: 0,
    wrongCode: 0,
    wrong: 0,
    failures: new Map(),
  };
}

function note(tally: FaultTally, at: number, round: Round, { codes }: FaultKind): void {
  tally.rounds += 1;
  tally.acknowledged += round.acknowledged;
  tally.lost += round.found.lost;
  tally.doubled += round.found.doubled + round.afterPowerLoss.doubled;
  tally.lostAfterPowerLoss += round.afterPowerLoss.lost;
  for (const found of [round.found, round.afterPowerLoss]) {
    if (found.unopened !== null) tally.unopened += 1;
    if (found.wrong.length > 0) tally.wrong += 1;
  }
  if (round.hung) tally.hung += 1;
  if (round.crashed !== null) tally.crashed += 1;
  if (wrongCodes(round, codes).length > 0) tally.wrongCode += 1;
  if (round.misread > 0) tally.wrong += 1;
  const failures = failuresOf(round, codes);
  if (failures.length === 0) return;
  const words = failures.join('; ');
  tally.failures.set(words, [...(tally.failures.get(words) ?? []), at]);
}

function wrongCodes({ codes, calls }: Round, allowed: readonly string[]): string[] {
  // SQLite has one code for a shared index that cannot grow, whatever the reason: the store takes it for a full disk.
  const isFullAllowed = failedOnSharedIndex(calls);
  return codes.filter((code) => !allowed.includes(code) && !(isFullAllowed && code === 'STORAGE_FULL'));
}

function failedOnSharedIndex(calls: readonly DiskCall[]): boolean {
  const isSharedIndex = new Map<number, boolean>();
  for (const call of calls) {
    if (call.kind === 'open') isSharedIndex.set(call.file, call.path.endsWith('-shm'));
    if (call.kind === 'write' && call.failed && isSharedIndex.get(call.file)) return true;
  }
  return false;
}

function failuresOf(round: Round, allowed: readonly string[]): string[] {
  return [
    ...wrongCodes(round, allowed).map((code) => `gave ${code}`),
    ...(round.hung ? ['hung'] : []),
    ...(round.crashed === null ? [] : [round.crashed]),
    ...(round.misread > 0 ? [`${round.misread} points were not read`] : []),
    ...imageFailures('', round.found),
    ...imageFailures('after a power loss: ', round.afterPowerLoss),
  ];
}

function imageFailures(when: string, { lost, doubled, wrong, unopened }: ImageResult): string[] {
  return [
    ...(unopened === null ? [] : [`${when}does not open: ${unopened}`]),
    ...(lost > 0 ? [`${when}${lost} points lost`] : []),
    ...(doubled > 0 ? [`${when}${doubled} points doubled`] : []),
    ...wrong.map((words) => `${when}${words}`),
  ];
}
