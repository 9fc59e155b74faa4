// Checksums against silent damage: one in each row, and for each table how many rows there are and the sum of their
// checksums, so that a changed row and a vanished one are both found when the file is opened. The transactions that
// changed any of them are counted, so that one that is gone as a whole is missed.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { present } from '../../base/assert.ts';
import { PulseError } from '../../base/errors.ts';

type Cell = string | number | Uint8Array;

/** The columns that a row's checksum covers, in this order; the first ones name the row in an error. */
const sealedColumns = {
  meta: ['key', 'value'],
  series: ['number', 'entity_type', 'service_id'],
  batch: ['id', 'at', 'digest', 'appended'],
  point_key: ['hash', 'at'],
  document: ['id', 'kind', 'version', 'revision', 'body'],
  state: ['name', 'partition', 'offset', 'epoch', 'format', 'bytes'],
  outbox: ['id', 'due', 'attempts', 'body'],
  record: ['revision', 'stream', 'key', 'at', 'body'],
  record_bounds: ['stream', 'newest', 'trimmed'],
} as const;
export type SealedTable = keyof typeof sealedColumns;
export const sealedTables = Object.keys(sealedColumns) as SealedTable[];

const sumModulus = 2 ** 48;
// The row beside the tables' seals that counts transactions.
const countName = 'commits';

/** CRC-32 over the table's name and the row's cells, each with its type and length. */
export function rowChecksum(table: SealedTable, cells: readonly Cell[]): number {
  let crc = crc32(table);
  for (const cell of cells) {
    const bytes = typeof cell === 'object' ? cell : Buffer.from(`${typeof cell}${cell}`);
    crc = crc32(bytes, crc32(`${bytes.length}:`, crc));
  }
  return crc;
}

interface Seal {
  rows: number;
  sum: number;
}

export class Seals {
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  // What the open transaction has reached, and what the last commit left.
  #current = new Map<SealedTable, Seal>();
  #committed = new Map<SealedTable, Seal>();
  readonly #changed = new Set<SealedTable>();
  #commits = 0;
  #committedCommits = 0;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare('INSERT OR REPLACE INTO seal (name, rows, sum, checksum) VALUES (?, ?, ?, ?)');
    this.#select = db.prepare('SELECT rows, sum, checksum FROM seal WHERE name = ?');
    for (const table of sealedTables) this.#current.set(table, { rows: 0, sum: 0 });
    this.#commits = this.#read(countName).rows;
    this.#committedCommits = this.#commits;
  }

  /** Transactions that changed a sealed table. */
  get commits(): number {
    return this.#committedCommits;
  }

  add(table: SealedTable, checksum: number): void {
    this.#change(table, 1, checksum);
  }

  remove(table: SealedTable, checksum: number): void {
    this.#change(table, -1, sumModulus - checksum);
  }

  /** Starts a table's seal anew, for one whose rows have all been deleted. */
  clear(table: SealedTable): void {
    this.#current.set(table, { rows: 0, sum: 0 });
    this.#changed.add(table);
  }

  /** Writes the seals that have changed, as the last thing in a transaction. */
  flush(): void {
    if (this.#changed.size === 0) return;
    this.#commits = this.#committedCommits + 1;
    this.#write(countName, { rows: this.#commits, sum: 0 });
    for (const table of this.#changed) this.#write(table, present(this.#current.get(table), table));
  }

  committed(): void {
    this.#committedCommits = this.#commits;
    for (const table of this.#changed) this.#committed.set(table, { ...present(this.#current.get(table), table) });
    this.#changed.clear();
  }

  rolledBack(): void {
    this.#commits = this.#committedCommits;
    for (const table of this.#changed) {
      this.#current.set(table, { ...(this.#committed.get(table) ?? { rows: 0, sum: 0 }) });
    }
    this.#changed.clear();
  }

  /** Compares every row of a table with its checksum and all of them with the seal; STORAGE_DAMAGED names what is off. */
  verify(db: DatabaseSync, table: SealedTable): void {
    const columns = sealedColumns[table];
    const found: Seal = { rows: 0, sum: 0 };
    for (const row of db.prepare(`SELECT ${columns.join(', ')}, checksum FROM ${table}`).iterate()) {
      const checksum = rowChecksum(
        table,
        columns.map((column) => row[column] as Cell),
      );
      if (checksum !== row['checksum']) throw damagedRow(table, row[columns[0]]);
      found.rows += 1;
      found.sum = (found.sum + checksum) % sumModulus;
    }
    const { rows, sum } = this.#read(table);
    if (rows !== found.rows || sum !== found.sum) {
      throw new PulseError(
        'STORAGE_DAMAGED',
        `table ${table} is damaged: it has ${found.rows} rows where ${rows} were written`,
      );
    }
    this.#current.set(table, found);
    this.#committed.set(table, { ...found });
  }

  #read(name: string): Seal {
    const row = this.#select.get(name);
    if (row === undefined) return { rows: 0, sum: 0 };
    const seal = { rows: Number(row['rows']), sum: Number(row['sum']) };
    if (row['checksum'] !== sealChecksum(name, seal)) throw damagedRow('seal', name);
    return seal;
  }

  #write(name: string, seal: Seal): void {
    this.#insert.run(name, seal.rows, seal.sum, sealChecksum(name, seal));
  }

  #change(table: SealedTable, rows: number, sum: number): void {
    const seal = present(this.#current.get(table), table);
    seal.rows += rows;
    seal.sum = (seal.sum + sum) % sumModulus;
    this.#changed.add(table);
  }
}

function sealChecksum(name: string, { rows, sum }: Seal): number {
  return crc32(`${name}/${rows}/${sum}`);
}

/** The error for a row whose checksum does not fit. */
export function damagedRow(table: string, name: unknown): PulseError {
  const shown = name instanceof Uint8Array ? Buffer.from(name).toString('hex') : String(name);
  return new PulseError(
    'STORAGE_DAMAGED',
    `row ${JSON.stringify(shown)} of table ${table} is damaged: its checksum does not fit`,
  );
}
