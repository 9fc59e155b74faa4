// Blocks as rows of the file's table: written, found by offset, taken out.
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { BlockRow } from '../block.ts';
import type { BlockSource } from '../scan.ts';
import { placesPerPartition } from './tables.ts';

const header = 'place, count, format, at, previous, chain, parts, series, series_crc, lines, lines_crc';

export class BlockRows implements BlockSource {
  readonly #db: DatabaseSync;
  readonly #floorOf: (partition: number) => number;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #before: StatementSync;
  readonly #after: StatementSync;
  readonly #body: StatementSync;

  constructor(db: DatabaseSync, floorOf: (partition: number) => number) {
    this.#db = db;
    this.#floorOf = floorOf;
    this.#insert = db.prepare(`INSERT INTO block (${header}, body) VALUES (${'?, '.repeat(11)}?)`);
    this.#delete = db.prepare('DELETE FROM block WHERE place = ?');
    this.#before = db.prepare(`SELECT ${header} FROM block WHERE place <= ? AND place > ? ORDER BY place DESC LIMIT 1`);
    this.#after = db.prepare(`SELECT ${header} FROM block WHERE place > ? AND place < ? ORDER BY place LIMIT 1`);
    this.#body = db.prepare('SELECT body FROM block WHERE place = ?');
  }

  floor(partition: number): number {
    return this.#floorOf(partition);
  }

  insert(row: BlockRow): void {
    const { count, format, at, previous, chain, parts, series, seriesCrc, lines, linesCrc, body } = row;
    const place = placeOf(row.partition, row.first);
    this.#insert.run(place, count, format, at, previous, chain, parts, series, seriesCrc, lines, linesCrc, body);
  }

  delete(row: Pick<BlockRow, 'partition' | 'first'>): void {
    this.#delete.run(placeOf(row.partition, row.first));
  }

  atOrBefore(partition: number, offset: number): BlockRow | undefined {
    const row = this.#before.get(placeOf(partition, offset), placeOf(partition, 0));
    return row === undefined ? undefined : this.#toBlock(row);
  }

  atOrAfter(partition: number, offset: number): BlockRow | undefined {
    const before = this.atOrBefore(partition, offset);
    if (before !== undefined && offset < before.first + before.count) return before;
    const row = this.#after.get(placeOf(partition, offset), placeOf(partition + 1, 0));
    return row === undefined ? undefined : this.#toBlock(row);
  }

  /** Every block's header in order, for the check at opening. */
  *headers(): IterableIterator<Pick<BlockRow, 'partition' | 'first' | 'count' | 'previous' | 'chain'>> {
    for (const row of this.#db.prepare('SELECT place, count, previous, chain FROM block ORDER BY place').iterate()) {
      const { place, count, previous, chain } = row as unknown as HeaderRow;
      yield { ...partitionAndFirst(place), count, previous, chain };
    }
  }

  // The body lies in pages of its own, which a block without a wanted series need not be read for.
  #toBlock(row: Record<string, SQLOutputValue>): BlockRow {
    const { place, count, format, at, previous, chain, parts, series, series_crc, lines, lines_crc } =
      row as unknown as StoredRow;
    const readBody = () => this.#body.get(place)?.['body'] as Uint8Array;
    return {
      ...partitionAndFirst(place),
      count,
      format,
      at,
      previous,
      chain,
      parts,
      series,
      seriesCrc: series_crc,
      lines,
      linesCrc: lines_crc,
      get body() {
        return readBody();
      },
    };
  }
}

interface HeaderRow {
  place: number;
  count: number;
  previous: Uint8Array;
  chain: Uint8Array;
}

interface StoredRow extends HeaderRow {
  format: number;
  at: number;
  parts: Uint8Array | null;
  series: Uint8Array;
  series_crc: number;
  lines: Uint8Array;
  lines_crc: number;
}

function placeOf(partition: number, offset: number): number {
  return partition * placesPerPartition + offset;
}

function partitionAndFirst(place: number): { partition: number; first: number } {
  return { partition: Math.floor(place / placesPerPartition), first: place % placesPerPartition };
}
