// Room on the store's disk: a reserve that is given up when the disk is full, so that points can be deleted and space given
// back, and a write-ahead log that stays small on a small disk.
import { randomFillSync } from 'node:crypto';
import { closeSync, fsyncSync, openSync, rmSync, statfsSync, statSync, truncateSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { systemClock } from '../../base/clock.ts';

const mib = 1024 * 1024;
const pageBytes = 4096;
const wantedReserve = 8 * mib;
/** Less than this is of no use: the reserve is left out. */
const minReserve = 128 * 1024;
/** The last part of the reserve is given up only by a start, which needs it for SQLite's index of the write-ahead log. */
const keptForStart = 128 * 1024;
const pagesPerStep = 64;
const retryMs = 1000;

/** A small disk: less than this in all, or free. */
const smallTotal = 1024 * mib;
const smallFree = 256 * mib;
const walPages = 4000;
const walPagesOnSmall = 1000;
const minWalPages = 32;

interface Disk {
  readonly free: number;
  readonly total: number;
}

export class DiskRoom {
  readonly #db: DatabaseSync;
  readonly #file: string;
  #isSmall: boolean | undefined;
  // Free bytes when the disk became full, with the reserve given up; undefined while it is not full.
  #freeWhenFull: number | undefined;
  #notBefore = 0;

  constructor(db: DatabaseSync, file: string) {
    this.#db = db;
    this.#file = file;
  }

  /** Whether the reserve is best made at once, before the first append could fill the disk. */
  get isSmall(): boolean {
    return isSmallDisk(diskOf(this.#file), reserveBytes(this.#file));
  }

  /** Makes the reserve where it is missing or much too small; gives a warning where there is room for less of it. */
  makeReserve(): string | undefined {
    const disk = diskOf(this.#file);
    const has = reserveBytes(this.#file);
    const size = reserveFor(disk, (disk.free + has) / 8);
    if (has < size / 2) writeReserve(this.#file, size);
    this.adapt();
    const made = reserveBytes(this.#file);
    if (made >= wantedReserve / 2) return undefined;
    const name = `${path.basename(this.#file)}-reserve`;
    return `the disk is small or nearly full: ${name} has ${made} bytes instead of ${wantedReserve}, with which a full disk may need help`;
  }

  /** Keeps the write-ahead log small while the disk is. */
  adapt(): void {
    const has = reserveBytes(this.#file);
    const isSmall = isSmallDisk(diskOf(this.#file), has);
    if (isSmall === this.#isSmall || this.#freeWhenFull !== undefined) return;
    this.#isSmall = isSmall;
    this.#limitLog(isSmall ? Math.max(minWalPages, Math.min(walPagesOnSmall, has / 2 / pageBytes)) : walPages);
    if (isSmall) this.#db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  }

  #limitLog(pages: number): void {
    const whole = Math.floor(pages);
    const bytes = whole === walPages ? 64 * mib : whole * pageBytes;
    this.#db.exec(`PRAGMA wal_autocheckpoint = ${whole}; PRAGMA journal_size_limit = ${bytes}`);
  }

  /** The disk is full: gives the reserve up. */
  enterFull(): void {
    giveUpReserve(this.#file, { forStart: false });
    // A checkpoint that runs out of room in the middle would have used it up: from now on only those that fit.
    this.#db.exec('PRAGMA wal_autocheckpoint = 0');
    this.#freeWhenFull = diskOf(this.#file).free;
  }

  /** Whether there is room again, so much that the reserve could be made. */
  leaveFull(): boolean {
    const now = systemClock.monotonic();
    if (now < this.#notBefore) return false;
    const disk = diskOf(this.#file);
    const enough = Math.min(2 * wantedReserve, disk.total / 8);
    const before = this.#freeWhenFull ?? 0;
    if (disk.free < enough || disk.free < before + enough / 2) return false;
    const size = reserveFor(disk, disk.free / 2);
    if (!writeReserve(this.#file, size)) {
      this.#notBefore = now + retryMs;
      return false;
    }
    this.#freeWhenFull = undefined;
    this.#isSmall = undefined;
    this.adapt();
    return true;
  }

  /** One step of giving back what was deleted, within the room there is; whether there is more to do. */
  relieve(): boolean {
    this.#checkpointIfItFits();
    const free = Number(this.#db.prepare('PRAGMA freelist_count').get()?.['freelist_count']);
    if (free > 0) this.#db.exec(`PRAGMA incremental_vacuum(${pagesPerStep})`);
    return free > 0;
  }

  /** For a store that is closed while the disk is full. */
  keepRoomForStart(): void {
    const { free } = diskOf(this.#file);
    if (reserveBytes(this.#file) === 0) writeReserve(this.#file, Math.min(keptForStart, free));
  }

  #checkpointIfItFits(): void {
    const pages = Number(this.#db.prepare('PRAGMA page_count').get()?.['page_count']);
    const growth = Math.max(0, pages * pageBytes - statSync(this.#file).size);
    if (growth + 16 * pageBytes > diskOf(this.#file).free && growth > 0) return;
    this.#db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  }
}

/** Gives up the reserve: all of it for a start, otherwise all but what a start needs. */
export function giveUpReserve(file: string, { forStart }: { readonly forStart: boolean }): void {
  const reserve = `${file}-reserve`;
  const has = reserveBytes(file);
  if (forStart) rmSync(reserve, { force: true });
  else if (has > keptForStart) truncateSync(reserve, Math.min(keptForStart, Math.floor(has / 4)));
}

// Written, not only extended, and of bytes that do not compress: the room must really be taken. What there is of it stays:
// killed in between, a store would have nothing to give up for its next start.
function writeReserve(file: string, size: number): boolean {
  const has = reserveBytes(file);
  if (has >= size) return true;
  let descriptor: number | undefined;
  try {
    descriptor = openSync(`${file}-reserve`, 'a', 0o644);
    const bytes = randomFillSync(Buffer.alloc(mib));
    for (let written = has; written < size; ) {
      written += writeSync(descriptor, bytes, 0, Math.min(bytes.length, size - written));
    }
    fsyncSync(descriptor);
    return true;
  } catch {
    // No room for it: what was written of it is in the way.
    if (has === 0) rmSync(`${file}-reserve`, { force: true });
    else truncateSync(`${file}-reserve`, has);
    return false;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function reserveFor({ total }: Disk, atMost: number): number {
  const size = Math.min(wantedReserve, total / 8, atMost);
  return size < minReserve ? 0 : Math.floor(size / pageBytes) * pageBytes;
}

function isSmallDisk({ free, total }: Disk, reserved: number): boolean {
  return total < smallTotal || free + reserved < smallFree;
}

function reserveBytes(file: string): number {
  return statSync(`${file}-reserve`, { throwIfNoEntry: false })?.size ?? 0;
}

function diskOf(file: string): Disk {
  const { bavail, blocks, bsize } = statfsSync(path.dirname(file));
  // Some file systems do not say how large they are.
  return { free: bavail * bsize, total: blocks === 0 ? Number.POSITIVE_INFINITY : blocks * bsize };
}
