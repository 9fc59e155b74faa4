// Lets every N-th call of each kind fail, or a part of them, and counts what came of it.

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
  readonly examples: string[];
}

export interface FaultRunOptions {
  readonly folder: string;
  /** Each so many calls of a kind fail: 1 for each, in a round of its own. */
  readonly step: number;
  /** Only kinds whose name has this in it. */
  readonly only?: string;
  readonly onProgress?: (name: string, at: number, of: number) => void;
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

/** Which calls of each kind fail: with a step the beginning moves on, so that kinds of one call try different ones. */
export async function runFaults({ folder, step, only = '', onProgress }: FaultRunOptions): Promise<FaultTally[]> {
  const unharmed = await runRound({ folder, threaded: true });
  const harm = failuresOf(unharmed, []);
  if (harm.length > 0) throw new Error(`the workload fails without a fault: ${harm.join('; ')}`);
  const tallies: FaultTally[] = [];
  for (const [i, kind] of faultKinds.entries()) {
    if (!kind.name.includes(only)) continue;
    const calls = unharmed.calls.filter((call) => call.kind === recordedKinds[kind.call]).length;
    const tally = emptyTally(kind.name);
    // Calls vary a little from run to run, with the order of two threads: on to the first that is not reached.
    for (let at = 1 + ((i * 3) % step); ; at += step) {
      onProgress?.(kind.name, at, calls);
      const fault = { call: kind.call, errno: kind.errno, times: kind.times, at };
      const round = await runRound({ folder, fault, threaded: tally.rounds % threadedEvery === 0 });
      if (round.reached) note(tally, at, round, kind);
      else if (at > calls) break;
    }
    tallies.push(tally);
  }
  return tallies;
}

/** Control: a workload that acknowledges too early must be found to have lost points. */
export async function runEarlyAcknowledgements(folder: string, rounds: number): Promise<FaultTally> {
  const tally = emptyTally('control: acknowledged before the answer');
  const kind = faultKinds.find(({ name }) => name === 'fsync, EIO, from then on') as FaultKind;
  for (let n = 0; n < rounds; n += 1) {
    const at = 12 + n;
    const fault = { call: kind.call, errno: kind.errno, times: kind.times, at };
    note(tally, at, await runRound({ folder, fault, acknowledgesEarly: true, threaded: false }), kind);
  }
  return tally;
}

/** Whether anything of it should not be. */
export function isFailed(tally: FaultTally): boolean {
  return tally.examples.length > 0;
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
    examples: [],
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
  if (failures.length > 0) tally.examples.push(`call ${at}: ${failures.join('; ')}`);
}

function wrongCodes(round: Round, allowed: readonly string[]): string[] {
  return round.codes.filter((code) => !allowed.includes(code));
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
