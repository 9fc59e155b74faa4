// Change logs in the file, within the transaction that the writer has open; and how they are read.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { NewRecord, RecordBounds, RecordStream, StoredRecord } from '../store.ts';
import { damagedRow, rowChecksum, type Seals } from './seals.ts';

const noBounds: RecordBounds = { newest: 0, trimmed: 0 };

export class RecordFile {
  readonly #db: DatabaseSync;
  readonly #seals: Seals;
  readonly #insert: StatementSync;
  readonly #old: StatementSync;
  readonly #delete: StatementSync;
  readonly #putBounds: StatementSync;

  constructor(db: DatabaseSync, seals: Seals) {
    this.#db = db;
    this.#seals = seals;
    this.#insert = db.prepare(
      'INSERT INTO record (revision, stream, key, at, body, checksum) VALUES (?, ?, ?, ?, ?, ?)',
    );
    // All but the state of each key, which a tombstone is not, and the newest of all, from which counting goes on.
    this.#old = db.prepare(`
      SELECT revision, checksum FROM record AS old WHERE stream = ?1 AND (at < ?2 OR revision <= ?3 - ?4) AND revision < ?3 AND (body = 'null' OR revision <
        (SELECT max(revision) FROM record WHERE stream = ?1 AND key = old.key))
    `);
    this.#delete = db.prepare('DELETE FROM record WHERE stream = ? AND revision = ?');
    this.#putBounds = db.prepare(
      'INSERT OR REPLACE INTO record_bounds (stream, newest, trimmed, checksum) VALUES (?, ?, ?, ?)',
    );
  }

  /** Gives the record's revision. */
  add({ stream, key, at, body }: NewRecord): number {
    const bounds = readRecordBounds(this.#db, stream);
    const revision = bounds.newest + 1;
    const text = JSON.stringify(body);
    const checksum = rowChecksum('record', [revision, stream, key, at, text]);
    this.#insert.run(revision, stream, key, at, text, checksum);
    this.#seals.add('record', checksum);
    this.#setBounds(stream, { ...bounds, newest: revision });
    return revision;
  }

  trim(stream: RecordStream, before: number, most: number): void {
    const bounds = readRecordBounds(this.#db, stream);
    let { trimmed } = bounds;
    for (const row of this.#old.all(stream, before, bounds.newest, most)) {
      const revision = Number(row['revision']);
      this.#delete.run(stream, revision);
      this.#seals.remove('record', Number(row['checksum']));
      trimmed = Math.max(trimmed, revision);
    }
    if (trimmed > bounds.trimmed) this.#setBounds(stream, { ...bounds, trimmed });
  }

  #setBounds(stream: RecordStream, { newest, trimmed }: RecordBounds): void {
    const before = this.#db.prepare('SELECT checksum FROM record_bounds WHERE stream = ?').get(stream);
    if (before !== undefined) this.#seals.remove('record_bounds', Number(before['checksum']));
    const checksum = rowChecksum('record_bounds', [stream, newest, trimmed]);
    this.#putBounds.run(stream, newest, trimmed, checksum);
    this.#seals.add('record_bounds', checksum);
  }
}

export function readRecords(db: DatabaseSync, stream: RecordStream, after: number, limit: number): StoredRecord[] {
  const select = db.prepare('SELECT * FROM record WHERE stream = ? AND revision > ? ORDER BY revision LIMIT ?');
  return select.all(stream, after, limit).map(toRecord);
}

export function readLatestRecords(db: DatabaseSync, stream: RecordStream): StoredRecord[] {
  // All of them, in the order of the table: the index over keys is not sealed, and damage to it would leave records out unseen.
  const select = db.prepare('SELECT * FROM record WHERE stream = ? ORDER BY revision');
  const latest = new Map<string, Record<string, unknown>>();
  for (const row of select.iterate(stream)) {
    const key = String(row['key']);
    latest.delete(key);
    latest.set(key, row);
  }
  return [...latest.values()].map(toRecord).filter(({ body }) => body !== null);
}

export function readRecordBounds(db: DatabaseSync, stream: RecordStream): RecordBounds {
  const row = db.prepare('SELECT newest, trimmed, checksum FROM record_bounds WHERE stream = ?').get(stream);
  if (row === undefined) return noBounds;
  const [newest, trimmed] = [Number(row['newest']), Number(row['trimmed'])];
  if (rowChecksum('record_bounds', [stream, newest, trimmed]) !== row['checksum']) {
    throw damagedRow('record_bounds', stream);
  }
  return { newest, trimmed };
}

function toRecord(row: Record<string, unknown>): StoredRecord {
  const { revision, stream, key, at, body } = row as unknown as Omit<StoredRecord, 'body'> & { body: string };
  if (rowChecksum('record', [revision, stream, key, at, body]) !== row['checksum'])
    throw damagedRow('record', revision);
  return { stream, key, at, body: JSON.parse(body), revision };
}
