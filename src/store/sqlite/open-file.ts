// Opening the store's file: one process at a time, the right program's and version's, checked before anything is read.
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PulseError } from '../../base/errors.ts';
import { randomLogId } from '../../base/ids.ts';
import type { SavedClock } from '../log-clock.ts';
import type { AheadRange } from '../scan.ts';
import { DocumentFile } from './document-file.ts';
import { checkMark, HeadMark } from './head-mark.ts';
import { LogFile } from './log-file.ts';
import { RecordFile } from './record-file.ts';
import { rowChecksum, Seals, sealedTables } from './seals.ts';
import { applicationId, createRecords, createTables, fileVersion } from './tables.ts';

export interface OpenFile {
  readonly db: DatabaseSync;
  readonly seals: Seals;
  readonly log: LogFile;
  readonly documents: DocumentFile;
  readonly records: RecordFile;
  readonly mark: HeadMark;
  readonly logId: string;
  readonly epoch: number;
  readonly warnings: readonly string[];
  /** Null: it never was saved. */
  readonly savedClock: SavedClock | null;
  /** Within the transaction that the writer has open. */
  saveClock(clock: SavedClock): void;
  close(): void;
}

/** Opens the file or makes it. Errors: STORAGE_IN_USE, _READ_ONLY, _FULL, _TOO_NEW, _DAMAGED; nothing is left open then. */
export function openFile(file: string): OpenFile {
  makeFolder(path.dirname(file));
  const opened: { close(): void }[] = [];
  try {
    const lock = new DatabaseSync(`${file}-lock`);
    opened.push(lock);
    // Held by the operating system for as long as this process lives, however it ends.
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    const mark = HeadMark.open(`${file}-mark`);
    opened.push(mark);
    const db = new DatabaseSync(file);
    opened.push(db);
    prepare(db, mark, file);
    return { ...load(db, mark), mark, db, close: () => closeAll(opened) };
  } catch (error) {
    closeAll(opened);
    throw error;
  }
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
}

function closeAll(opened: { close(): void }[]): void {
  for (const one of opened.reverse()) one.close();
}

function prepare(db: DatabaseSync, mark: HeadMark, file: string): void {
  // A damaged file may seem to have no tables: one of ours has its application id from the same commit on.
  const isNew = applicationOf(db) === 0 && db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'] === 0;
  if (!isNew) checkVersion(db, file);
  else if (mark.any().head > 0) {
    const lost = `${file} is empty or gone, but ${mark.any().head} points had been acknowledged in it`;
    throw new PulseError('STORAGE_DAMAGED', `${lost}; put a backup back, or delete ${file}-mark to begin anew`);
  }
  db.exec(`
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 4000;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA cache_size = -16000;
  `);
  if (isNew) db.exec(`BEGIN IMMEDIATE; ${createTables} COMMIT`);
  else if (versionOf(db) < 2) db.exec(`BEGIN IMMEDIATE; ${createRecords} PRAGMA user_version = 2; COMMIT`);
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
function load(db: DatabaseSync, mark: HeadMark): Omit<OpenFile, 'db' | 'close' | 'mark'> {
  const seals = new Seals(db);
  const damagedStates = verify(db, seals);
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
  db.exec('BEGIN IMMEDIATE');
  if (damagedStates !== undefined) dropStates(db, seals);
  const values = { log: logId, floor: String(floor), starts: String(epoch), partitions: meta.get('partitions') ?? '1' };
  for (const [key, value] of Object.entries(values)) if (meta.get(key) !== value) meta.set(key, value);
  seals.flush();
  db.exec('COMMIT');
  seals.committed();
  mark.write(logId, { head: log.head, commits: seals.commits });
  const clock = meta.get('clock');
  return {
    seals,
    log,
    documents,
    records,
    logId,
    epoch,
    warnings: damagedStates === undefined ? [] : [damagedStates],
    savedClock: clock === undefined ? null : (JSON.parse(clock) as SavedClock),
    saveClock: (saved) => void meta.set('clock', JSON.stringify(saved)),
  };
}

/** Verifies what is sealed; gives what is wrong with the saved states, for they can be computed again. */
function verify(db: DatabaseSync, seals: Seals): string | undefined {
  let damagedStates: string | undefined;
  for (const table of sealedTables) {
    try {
      seals.verify(db, table);
    } catch (error) {
      if (table !== 'state') throw error;
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
