// Opening the store's file: one process at a time, the right program's and version's, checked before anything is read.
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, statfsSync, statSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PulseError } from '../../base/errors.ts';
import { randomLogId } from '../../base/ids.ts';
import type { SavedClock } from '../log-clock.ts';
import type { AheadRange } from '../scan.ts';
import { giveUpReserve } from './disk-room.ts';
import { DocumentFile } from './document-file.ts';
import { FileIdentity } from './file-identity.ts';
import { checkMark, HeadMark } from './head-mark.ts';
import { LogFile } from './log-file.ts';
import { closedReadFailure } from './read-probe.ts';
import { RecordFile } from './record-file.ts';
import { rowChecksum, Seals, sealedTables } from './seals.ts';
import { isBusy, isFailedRead, isFull, mayBeMisread, storageError } from './sqlite-errors.ts';
import { applicationId, createRecords, createTables, fileVersion } from './tables.ts';

// The tables that are new are empty: some pages, in the write-ahead log and in the file.
const upgradeRoom = 1024 * 1024;

export interface OpenFile {
  readonly db: DatabaseSync;
  readonly seals: Seals;
  readonly log: LogFile;
  readonly documents: DocumentFile;
  readonly records: RecordFile;
  readonly mark: HeadMark;
  readonly identity: FileIdentity;
  readonly logId: string;
  readonly epoch: number;
  readonly warnings: readonly string[];
  /** Set where the disk was full. */
  readonly full: PulseError | undefined;
  /** To be called within the first transaction where the disk had no room to note the start; null: it is noted. */
  readonly noteStart: (() => void) | null;
  /** Null: it never was saved. */
  readonly savedClock: SavedClock | null;
  /** Within the transaction that the writer has open. */
  saveClock(clock: SavedClock): void;
  close(): void;
}

/** Opens the file or makes it. Errors: STORAGE_IN_USE, _READ_ONLY, _FULL, _TOO_NEW, _DAMAGED; nothing is left open then. */
export function openFile(file: string): OpenFile {
  makeFolder(path.dirname(file));
  let attempt: OpenAttempt = { dropsUnreadableStates: false, full: undefined };
  for (;;) {
    try {
      return openOnce(file, attempt);
    } catch (error) {
      attempt = nextAttempt(file, attempt, error);
    }
  }
}

interface OpenAttempt {
  /** Whether saved states that SQLite cannot read are taken for damaged. */
  readonly dropsUnreadableStates: boolean;
  /** Set where the disk is full: the store is opened for reading and for deleting. */
  readonly full: PulseError | undefined;
}

/** How to try again after the error; throws where there is nothing else to try. */
function nextAttempt(file: string, attempt: OpenAttempt, error: unknown): OpenAttempt {
  if (!attempt.dropsUnreadableStates && mayBeMisread(error)) {
    const failure = closedReadFailure(file) ?? closedReadFailure(`${file}-wal`);
    if (failure !== undefined) throw failure;
    // Each byte can be read: either a read had failed for once, or this shows where the damage is.
    return { ...attempt, dropsUnreadableStates: true };
  }
  const shown = storageError(error, file);
  if (attempt.full !== undefined || shown.code !== 'STORAGE_FULL') throw error;
  giveUpReserve(file, { forStart: true });
  return { ...attempt, full: shown };
}

function openOnce(file: string, attempt: OpenAttempt): OpenFile {
  const opened: { close(): void }[] = [];
  const identity = new FileIdentity();
  // Those that are there, before they are opened: one that is replaced in between is noticed.
  for (const suffix of ['', '-lock']) identity.remember(`${file}${suffix}`);
  try {
    opened.push(lockFile(`${file}-lock`));
    const mark = HeadMark.open(`${file}-mark`);
    opened.push(mark);
    const db = new DatabaseSync(file);
    opened.push(db);
    const notes = prepare(db, mark, file);
    const loaded = load(db, mark, attempt);
    for (const suffix of ['', '-lock', '-wal', '-shm']) identity.remember(`${file}${suffix}`);
    const changed = identity.check();
    if (changed !== undefined) throw changed;
    const warnings = [...notes, ...loaded.warnings];
    return { ...loaded, full: attempt.full, warnings, mark, identity, db, close: () => closeAll(opened) };
  } catch (error) {
    closeAll(opened);
    throw error;
  }
}

/**
 * Whether a process may have the file open although nobody holds the lock, since the lock file was deleted under it: it
 * notices within identityCheckMs of its next transaction and writes nothing from then on.
 */
export function mayBeOpenElsewhere(file: string): boolean {
  return existsSync(`${file}-wal`) && !existsSync(`${file}-lock`);
}

// One by one: Node.js's own way to make folders with their parents never returns where the system says that the parent
// of a folder, which is there, is not (below /proc).
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(path.dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process was quicker.
    if (!existsSync(folder)) throw error;
  }
  syncFolder(path.dirname(folder));
}

// Without it a new folder may be gone after a power loss, with every acknowledged point in it.
function syncFolder(folder: string): void {
  // Windows has no fsync of folders.
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Takes the lock, which the operating system holds for as long as this process lives, however it ends. */
function lockFile(file: string): DatabaseSync {
  try {
    return tryLock(file);
  } catch (error) {
    // The content does not matter, but SQLite reads it. While another process holds the lock, it is busy before that.
    if (isBusy(error) || (statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) throw error;
  }
  truncateSync(file);
  return tryLock(file);
}

function tryLock(file: string): DatabaseSync {
  const lock = new DatabaseSync(file);
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

function closeAll(opened: { close(): void }[]): void {
  for (const one of opened.reverse()) one.close();
}

/** Gives notes for the log. */
function prepare(db: DatabaseSync, mark: HeadMark, file: string): string[] {
  // A damaged file may seem to have no tables: one of ours has its application id from the same commit on.
  const isNew = applicationOf(db) === 0 && db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'] === 0;
  if (!isNew) {
    checkVersion(db, file);
    checkUpgradeRoom(db, file);
  } else if (mark.any().head > 0) {
    const lost = `${file} is empty or gone, but ${mark.any().head} points had been acknowledged in it`;
    throw new PulseError('STORAGE_DAMAGED', `${lost}; put a backup back, or delete ${file}-mark to begin anew`);
  }
  // Writes to the file, also where it is so already.
  if (isNew) db.exec('PRAGMA auto_vacuum = INCREMENTAL');
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 4000;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA cache_size = -16000;
  `);
  if (isNew) db.exec(`BEGIN IMMEDIATE; ${createTables} COMMIT`);
  return isNew ? [] : upgrade(db, file);
}

function checkUpgradeRoom(db: DatabaseSync, file: string): void {
  const version = versionOf(db);
  const { bavail, bsize } = statfsSync(path.dirname(file));
  if (version === fileVersion || bavail * bsize >= upgradeRoom) return;
  const needs = `upgrading it from format ${version} to ${fileVersion} needs ${upgradeRoom} bytes`;
  throw new PulseError('STORAGE_FULL', `the disk of ${file} is full: ${needs}, there are ${bavail * bsize}; make room`);
}

// In one transaction: a process that is killed leaves the file as it was, or upgraded. It needs no copy of the file.
function upgrade(db: DatabaseSync, file: string): string[] {
  const version = versionOf(db);
  if (version === fileVersion) return [];
  db.exec('BEGIN IMMEDIATE');
  if (version < 2) db.exec(createRecords);
  db.exec(`PRAGMA user_version = ${fileVersion}; COMMIT`);
  const name = path.basename(file);
  return [`${name} was upgraded from format ${version} to ${fileVersion}: servers before this version cannot open it`];
}

function checkVersion(db: DatabaseSync, file: string): void {
  const application = applicationOf(db);
  const version = versionOf(db);
  if (application !== applicationId) {
    throw new PulseError(
      'STORAGE_DAMAGED',
      `${file} is no PulseQL store (application id ${application}); take another --data`,
    );
  }
  if (version > fileVersion) {
    const found = `${file} was written by a newer version (format ${version}, this reads up to ${fileVersion})`;
    throw new PulseError('STORAGE_TOO_NEW', `${found}; run that version, or take another --data`);
  }
}

function versionOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
}

function applicationOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA application_id').get()?.['application_id']);
}

// Everything is checked before anything is written: what is damaged stays as it was found.
function load(
  db: DatabaseSync,
  mark: HeadMark,
  attempt: OpenAttempt,
): Omit<OpenFile, 'db' | 'close' | 'mark' | 'identity' | 'full'> {
  const seals = new Seals(db);
  const damagedStates = verify(db, seals, attempt);
  const meta = new Meta(db, seals);
  const logId = meta.get('log') ?? randomLogId();
  const floor = Number(meta.get('floor') ?? 1);
  const epoch = Number(meta.get('starts') ?? 0) + 1;
  const log = new LogFile(db, seals, {
    floor,
    ahead: JSON.parse(meta.get('ahead') ?? 'null') as AheadRange | null,
    set: (key, value) => void meta.set(key, value),
  });
  const documents = new DocumentFile(db, seals);
  const records = new RecordFile(db, seals);
  checkMark({ head: log.head, commits: seals.commits }, mark.read(logId));
  const isNew = meta.get('log') === undefined;
  const noteStart = () => {
    if (damagedStates !== undefined) dropStates(db, seals);
    const values = {
      log: logId,
      floor: String(log.floor),
      starts: String(epoch),
      partitions: meta.get('partitions') ?? '1',
    };
    for (const [key, value] of Object.entries(values)) if (meta.get(key) !== value) meta.set(key, value);
  };
  const isNoted = commitStart(db, seals, noteStart, attempt.full !== undefined && !isNew);
  if (isNoted) mark.write(logId, { head: log.head, commits: seals.commits });
  const warnings = damagedStates === undefined ? [] : [damagedStates];
  const clock = meta.get('clock');
  return {
    seals,
    log,
    documents,
    records,
    logId,
    epoch,
    warnings,
    noteStart: isNoted ? null : noteStart,
    savedClock: clock === undefined ? null : (JSON.parse(clock) as SavedClock),
    saveClock: (saved) => void meta.set('clock', JSON.stringify(saved)),
  };
}

/** Whether there was room for it; throws where there must be. */
function commitStart(db: DatabaseSync, seals: Seals, noteStart: () => void, mayBeLater: boolean): boolean {
  try {
    db.exec('BEGIN IMMEDIATE');
    noteStart();
    seals.flush();
    db.exec('COMMIT');
    seals.committed();
    return true;
  } catch (error) {
    if (!mayBeLater || !isFull(error)) throw error;
    if (db.isTransaction) db.exec('ROLLBACK');
    seals.rolledBack();
    return false;
  }
}

/** Verifies what is sealed; gives what is wrong with the saved states, for they can be computed again. */
function verify(db: DatabaseSync, seals: Seals, attempt: OpenAttempt): string | undefined {
  let damagedStates: string | undefined;
  for (const table of sealedTables) {
    try {
      seals.verify(db, table);
    } catch (error) {
      const isUncertain = isFailedRead(error) || (mayBeMisread(error) && !attempt.dropsUnreadableStates);
      if (table !== 'state' || isUncertain) throw error;
      damagedStates = `saved states are dropped and computed again: ${(error as Error).message}`;
    }
  }
  return damagedStates;
}

function dropStates(db: DatabaseSync, seals: Seals): void {
  db.exec('DELETE FROM state');
  seals.clear('state');
}

class Meta {
  readonly #db: DatabaseSync;
  readonly #seals: Seals;

  constructor(db: DatabaseSync, seals: Seals) {
    this.#db = db;
    this.#seals = seals;
  }

  get(key: string): string | undefined {
    return this.#db.prepare('SELECT value FROM meta WHERE key = ?').get(key)?.['value'] as string | undefined;
  }

  set(key: string, value: string): string {
    const before = this.#db.prepare('SELECT checksum FROM meta WHERE key = ?').get(key);
    if (before !== undefined) this.#seals.remove('meta', Number(before['checksum']));
    const checksum = rowChecksum('meta', [key, value]);
    this.#db.prepare('INSERT OR REPLACE INTO meta (key, value, checksum) VALUES (?, ?, ?)').run(key, value, checksum);
    this.#seals.add('meta', checksum);
    return value;
  }
}
