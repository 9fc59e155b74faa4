// Loses power at moments of recordings, opens what is left and counts what is missing.
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type LossMode, lossModes } from '../disk/disk-file.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { checkImage, type ImageResult } from './check-image.ts';
import { type Moment, momentsOf, type Recording, record, storeFile } from './recording.ts';

/** Counts over images. */
export interface Tally {
  images: number;
  points: number;
  lost: number;
  doubled: number;
  wrong: number;
  unopened: number;
}

export class Findings {
  readonly tallies = new Map<string, Tally>();
  /** Of each mode the first few failures, in words. */
  readonly examples: string[] = [];
  /** Points acknowledged by the workloads, each counted once. */
  acknowledged = 0;
  recordings = 0;
  readonly #shown = new Map<string, number>();

  add(mode: string, where: string, result: ImageResult): void {
    const tally = this.#tally(mode);
    tally.images += 1;
    tally.points += result.points;
    tally.lost += result.lost;
    tally.doubled += result.doubled;
    if (result.wrong.length > 0) tally.wrong += 1;
    if (result.unopened !== null) tally.unopened += 1;
    if (!isFailed(result)) return;
    const shown = this.#shown.get(mode) ?? 0;
    this.#shown.set(mode, shown + 1);
    if (shown < 3) this.examples.push(`${mode}, ${where}: ${inWords(result)}`);
  }

  get total(): Tally {
    const total: Tally = { images: 0, points: 0, lost: 0, doubled: 0, wrong: 0, unopened: 0 };
    for (const tally of this.tallies.values()) {
      for (const key of Object.keys(total) as (keyof Tally)[]) total[key] += tally[key];
    }
    return total;
  }

  get failures(): number {
    const { lost, doubled, wrong, unopened } = this.total;
    return lost + doubled + wrong + unopened;
  }

  #tally(mode: string): Tally {
    const tally = this.tallies.get(mode) ?? { images: 0, points: 0, lost: 0, doubled: 0, wrong: 0, unopened: 0 };
    this.tallies.set(mode, tally);
    return tally;
  }
}

function isFailed({ lost, doubled, wrong, unopened }: ImageResult): boolean {
  return lost > 0 || doubled > 0 || wrong.length > 0 || unopened !== null;
}

function inWords({ lost, doubled, wrong, unopened }: ImageResult): string {
  if (unopened !== null) return `does not open: ${unopened}`;
  return [`${lost} points lost, ${doubled} doubled`, ...wrong.slice(0, 3)].join('; ');
}

export interface SimulationOptions {
  /** Everything temporary is made in it. */
  readonly folder: string;
  readonly random: () => number;
  /** Recordings are made until so many points have been acknowledged in them. */
  readonly points: number;
  /** About how many images are opened. */
  readonly images: number;
  /** Batches of a recording. */
  readonly batches: number;
  readonly modes?: readonly LossMode[];
  /** Run in the store's connection that writes, in every recording. */
  readonly pragmas?: string;
  /** Images that fail are kept in this folder. */
  readonly keep?: string;
  /** Is called after each recording. */
  readonly onProgress?: (findings: Findings) => void;
}

// The store's own checkpoints come each 4,000 pages, which small stores do not reach: half of the recordings have more.
const manyCheckpoints = 'PRAGMA wal_autocheckpoint = 25;';
const pointsPerBatch = 20.5;
/** Every so many images are opened as the server opens its store, with threads. */
const threadedEvery = 50;

/** A store to record: what is in its folder, and what was acknowledged of it. */
interface Base {
  readonly folder: string;
  readonly acknowledged: Acknowledgements;
}

/** Each second recording continues from an image of the one before it: power is lost while a store recovers. */
export async function simulate(options: SimulationOptions): Promise<Findings> {
  const { random, points, images, batches } = options;
  const findings = new Findings();
  const share = (images * batches * pointsPerBatch) / points;
  let left: Base | undefined;
  while (findings.acknowledged < points) {
    const n = findings.recordings;
    const base = left ?? { folder: path.join(options.folder, `new ${n}`), acknowledged: new Acknowledgements() };
    const pragmas = [options.pragmas ?? '', n % 4 < 2 ? manyCheckpoints : ''].join(' ');
    const seed = Math.floor(random() * 2 ** 32);
    const recording = await record({ ...base, name: `run ${n}`, seed, batches, pragmas });
    rmSync(base.folder, { recursive: true });
    const continued = left === undefined ? path.join(options.folder, `continued ${n}`) : undefined;
    left = await loseAtMoments(recording, options, share, findings, continued);
    findings.recordings += 1;
    options.onProgress?.(findings);
  }
  if (left !== undefined) rmSync(left.folder, { recursive: true });
  return findings;
}

/** Opens about `images` images; where a folder is given, one more is left there for the next recording. */
async function loseAtMoments(
  recording: Recording,
  options: SimulationOptions,
  images: number,
  findings: Findings,
  folder?: string,
): Promise<Base | undefined> {
  const { random, modes = lossModes } = options;
  const moments = [...momentsOf(recording)].length;
  const continued = Math.floor(moments * (0.3 + 0.6 * random()));
  let base: Base | undefined;
  let i = 0;
  let acknowledged = 0;
  for (const moment of momentsOf(recording)) {
    // Each moment equally often, but for chance that decides about the rest.
    const times = Math.floor(images / moments + random());
    for (let time = 0; time < times; time += 1) {
      const mode = modes[Math.floor(random() * modes.length)] ?? 'dropped';
      await loseAt(moment, mode, options, findings);
    }
    if (i === continued && folder !== undefined) {
      mkdirSync(folder);
      moment.disk.writeImage(folder, 'subset', random);
      base = { folder, acknowledged: moment.acknowledged.copy() };
    }
    i += 1;
    acknowledged = moment.acknowledged.points;
  }
  findings.acknowledged += acknowledged - recording.acknowledged.points;
  return base;
}

async function loseAt(moment: Moment, mode: LossMode, options: SimulationOptions, findings: Findings): Promise<void> {
  const image = path.join(options.folder, 'image');
  mkdirSync(image);
  moment.disk.writeImage(image, mode, options.random);
  const kept = options.keep === undefined ? undefined : path.join(options.keep, `${mode} ${findings.total.images}`);
  if (kept !== undefined) cpSync(image, kept, { recursive: true });
  const threaded = findings.total.images % threadedEvery === 0;
  const where = `recording ${findings.recordings}, after call ${moment.calls}`;
  const result = await checkImage(path.join(image, storeFile), moment.acknowledged, threaded);
  findings.add(mode, where, result);
  rmSync(image, { recursive: true });
  if (kept !== undefined && !isFailed(result)) rmSync(kept, { recursive: true });
}

/** Control: images from which one write that had been fsynced is missing; an acknowledgement follows the fsync. */
export async function simulateCutWrites(options: SimulationOptions): Promise<Findings> {
  const { random, images, batches } = options;
  const findings = new Findings();
  const folder = path.join(options.folder, 'cut');
  const seed = Math.floor(random() * 2 ** 32);
  const acknowledged = new Acknowledgements();
  const recording = await record({ folder, name: 'cut', seed, batches, pragmas: '', acknowledged });
  const cuts = syncedWrites(recording);
  for (let n = 0; n < images; n += 1) {
    const { write, acknowledgement } = cuts[Math.floor(random() * cuts.length)] ?? { write: 0, acknowledgement: 0 };
    for (const moment of momentsOf(recording, write)) {
      if (moment.calls < acknowledgement) continue;
      await loseAt(moment, 'dropped', options, findings);
      break;
    }
  }
  return findings;
}

interface CutWrite {
  readonly write: number;
  /** How many calls there are up to an acknowledgement that the write must be durable for. */
  readonly acknowledgement: number;
}

const laterAcknowledgements = 4;

/** The last page before each fsync, and the fourth batch acknowledged after it: three are appended at once. */
function syncedWrites({ calls }: Recording): CutWrite[] {
  const acknowledged = [...calls.entries()].flatMap(([i, call]) =>
    call.kind === 'acknowledged' && call.text.startsWith('{"batch"') ? [i + 1] : [],
  );
  const cuts: CutWrite[] = [];
  let write: number | undefined;
  for (const [i, call] of calls.entries()) {
    if (call.kind === 'write' && call.bytes.length > 1000) write = i;
    if (call.kind !== 'sync' || write === undefined) continue;
    const acknowledgement = acknowledged.filter((at) => at > i)[laterAcknowledgements - 1];
    if (acknowledgement !== undefined) cuts.push({ write, acknowledgement });
    write = undefined;
  }
  return cuts;
}
