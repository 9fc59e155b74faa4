// Documents, saved states and the outbox in the file, within the transaction that the writer has open.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { unreachable } from '../../base/assert.ts';
import { decidePut, putResult } from '../documents.ts';
import type { Change, DocumentKind, OutboxRow, PutResult, SavedState, Versioned } from '../store.ts';
import { damagedRow, rowChecksum, type SealedTable, type Seals } from './seals.ts';

/** What this file keeps; records are another's. */
export type DocumentChange = Exclude<Change, { kind: 'record' | 'records-trim' }>;

export class DocumentFile {
  readonly #seals: Seals;
  // The newest revision that was committed, and that the open transaction has reached.
  #revision = 0;
  #committedRevision = 0;
  readonly #find: StatementSync;
  readonly #list: StatementSync;
  readonly #put: StatementSync;
  readonly #putState: StatementSync;
  readonly #putOutbox: StatementSync;
  readonly #checksumOf: Record<'document' | 'state' | 'outbox', StatementSync>;
  readonly #deleteOutbox: StatementSync;

  constructor(db: DatabaseSync, seals: Seals) {
    this.#seals = seals;
    this.#find = db.prepare('SELECT kind, id, version, revision, body FROM document WHERE kind = ? AND id = ?');
    this.#list = db.prepare('SELECT kind, id, version, revision, body FROM document ORDER BY revision');
    this.#put = db.prepare(
      'INSERT OR REPLACE INTO document (kind, id, version, revision, body, checksum) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#putState = db.prepare(
      'INSERT OR REPLACE INTO state (name, partition, offset, epoch, format, bytes, checksum) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    this.#putOutbox = db.prepare(
      'INSERT OR REPLACE INTO outbox (id, due, attempts, body, checksum) VALUES (?, ?, ?, ?, ?)',
    );
    this.#checksumOf = {
      document: db.prepare('SELECT checksum FROM document WHERE kind = ? AND id = ?'),
      state: db.prepare('SELECT checksum FROM state WHERE name = ?'),
      outbox: db.prepare('SELECT checksum FROM outbox WHERE id = ?'),
    };
    this.#deleteOutbox = db.prepare('DELETE FROM outbox WHERE id = ?');
    this.#revision = this.documents().at(-1)?.revision ?? 0;
    this.#committedRevision = this.#revision;
  }

  committed(): void {
    this.#committedRevision = this.#revision;
  }

  rolledBack(): void {
    this.#revision = this.#committedRevision;
  }

  /** All documents, deleted ones too, in order of revision. */
  documents(): Versioned[] {
    return this.#list.all().map(toDocument);
  }

  put(
    kind: DocumentKind,
    id: string,
    expected: number | null,
    body: unknown,
  ): { result: PutResult; row: Versioned | null } {
    const found = this.#find.get(kind, id);
    const current = found === undefined ? undefined : toDocument(found);
    const decision = decidePut(current, { kind, id, expected, body }, this.#revision + 1);
    if ('conflict' in decision) return { result: putResult(decision), row: null };
    const { row } = decision;
    const text = JSON.stringify(row.body);
    const checksum = rowChecksum('document', [id, kind, row.version, row.revision, text]);
    this.#replaceSeal('document', [kind, id], checksum);
    this.#put.run(kind, id, row.version, row.revision, text, checksum);
    this.#revision = row.revision;
    return { result: putResult(decision), row };
  }

  apply(change: DocumentChange): void {
    switch (change.kind) {
      case 'state':
        this.#saveState(change);
        return;
      case 'outbox-put':
        this.#saveOutbox(change);
        return;
      case 'outbox-done':
        this.#forgetSeal('outbox', [change.id]);
        this.#deleteOutbox.run(change.id);
        return;
      default:
        unreachable(change);
    }
  }

  #saveState({ name, partition, offset, epoch, format, bytes }: SavedState): void {
    const checksum = rowChecksum('state', [name, partition, offset, epoch, format, bytes]);
    this.#replaceSeal('state', [name], checksum);
    this.#putState.run(name, partition, offset, epoch, format, bytes, checksum);
  }

  #saveOutbox({ id, due, attempts, body }: OutboxRow): void {
    const checksum = rowChecksum('outbox', [id, due, attempts, body]);
    this.#replaceSeal('outbox', [id], checksum);
    this.#putOutbox.run(id, due, attempts, body, checksum);
  }

  #replaceSeal(table: 'document' | 'state' | 'outbox', key: readonly string[], checksum: number): void {
    this.#forgetSeal(table, key);
    this.#seals.add(table, checksum);
  }

  #forgetSeal(table: 'document' | 'state' | 'outbox', key: readonly string[]): void {
    const row = this.#checksumOf[table].get(...key);
    if (row !== undefined) this.#seals.remove(table, Number(row['checksum']));
  }
}

function toDocument(row: Record<string, unknown>): Versioned {
  const { kind, id, version, revision, body } = row as unknown as Omit<Versioned, 'body'> & { body: string };
  return { kind, id, version, revision, body: JSON.parse(body) };
}

/** A saved state out of its row, or why it cannot be trusted. */
export function readState(db: DatabaseSync, name: string): SavedState | undefined {
  const row = db
    .prepare('SELECT name, partition, offset, epoch, format, bytes, checksum FROM state WHERE name = ?')
    .get(name);
  if (row === undefined) return undefined;
  const { partition, offset, epoch, format, bytes } = row as unknown as SavedState;
  checkRow('state', [name, partition, offset, epoch, format, bytes], row['checksum']);
  return { name, partition, offset, epoch, format, bytes };
}

export interface OutboxPage {
  readonly dueUpTo: number;
  readonly limit: number;
  readonly after: string;
}

// By id, which is the key of the table: a page costs the same wherever it begins.
export function readOutbox(db: DatabaseSync, { dueUpTo, limit, after }: OutboxPage): OutboxRow[] {
  const select = db.prepare(
    'SELECT id, due, attempts, body, checksum FROM outbox WHERE id > ? AND due <= ? ORDER BY id LIMIT ?',
  );
  return select.all(after, dueUpTo, limit).map((row) => {
    const { id, due, attempts, body } = row as unknown as OutboxRow;
    checkRow('outbox', [id, due, attempts, body], row['checksum']);
    return { id, due, attempts, body };
  });
}

function checkRow(table: SealedTable, cells: readonly (string | number | Uint8Array)[], checksum: unknown): void {
  if (rowChecksum(table, cells) !== checksum) throw damagedRow(table, cells[0]);
}
