// Blocks as rows of the file's table: written, found by offset, taken out.
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { assert } from '../../base/assert.ts';
import type { BlockRow, OpenBlock } from '../block.ts';
import { OpenBlocks } from '../open-blocks.ts';
import type { AheadRange, BlockSource } from '../scan.ts';
import { placesPerPartition } from './tables.ts';

const header = 'place, count, format, bytes, at, previous, chain, parts, series, head_crc, lines, lines_crc';

export class BlockRows implements BlockSource {
  readonly #db: DatabaseSync;
  readonly #floorOf: (partition: number) => number;
  readonly #readAhead: () => AheadRange | null;
  readonly #opened = new OpenBlocks();
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #before: StatementSync;
  readonly #after: StatementSync;
  readonly #body: StatementSync;

  constructor(
    db: DatabaseSync,
    floorOf: (partition: number) => number,
    readAhead: () => AheadRange | null = () => null,
  ) {
    this.#readAhead = readAhead;
    this.#db = db;
    this.#floorOf = floorOf;
    this.#insert = db.prepare(`INSERT INTO block (${header}, body) VALUES (${'?, '.repeat(12)}?)`);
    this.#delete = db.prepare('DELETE FROM block WHERE place = ?');
    this.#before = db.prepare(`SELECT ${header} FROM block WHERE place <= ? AND place > ? ORDER BY place DESC LIMIT 1`);
    this.#after = db.prepare(`SELECT ${header} FROM block WHERE place > ? AND place < ? ORDER BY place LIMIT 1`);
    this.#body = db.prepare('SELECT body FROM block WHERE place = ?');
  }

  floor(partition: number): number {
    return this.#floorOf(partition);
  }

  ahead(): AheadRange | null {
    return this.#readAhead();
  }

  insert(row: BlockRow): void {
    const { count, format, bytes, at, previous, chain, parts, series, headCrc, lines, linesCrc, body } = row;
    const place = placeOf(row.partition, row.first);
    this.#insert.run(place, count, format, bytes, at, previous, chain, parts, series, headCrc, lines, linesCrc, body);
  }

  delete(row: Pick<BlockRow, 'partition' | 'first'>): void {
    const { changes } = this.#delete.run(placeOf(row.partition, row.first));
    assert(changes === 1, `block ${row.first} of partition ${row.partition} is there to be deleted`);
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

  open(row: BlockRow): OpenBlock {
    return this.#opened.open(row);
  }

  /** Every block's header in order, for the check at opening. */
  *headers(): IterableIterator<Pick<BlockRow, 'partition' | 'first' | 'count' | 'bytes' | 'previous' | 'chain'>> {
    const rows = this.#db.prepare('SELECT place, count, bytes, previous, chain FROM block ORDER BY place');
    for (const row of rows.iterate()) {
      const { place, ...rest } = row as unknown as HeaderRow;
      yield { ...partitionAndFirst(place), ...rest };
    }
  }

  // The body lies in pages of its own, which a block without a wanted series need not be read for.
  #toBlock(row: Record<string, SQLOutputValue>): BlockRow {
    const { place, count, format, bytes, at, previous, chain, parts, series, head_crc, lines, lines_crc } =
      row as unknown as StoredRow;
    const readBody = () => this.#body.get(place)?.['body'] as Uint8Array;
    return {
      ...partitionAndFirst(place),
      count,
      format,
      bytes,
      at,
      previous,
      chain,
      parts,
      series,
      headCrc: head_crc,
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
  bytes: number;
  previous: Uint8Array;
  chain: Uint8Array;
}

interface StoredRow extends HeaderRow {
  format: number;
  at: number;
  parts: Uint8Array | null;
  series: Uint8Array;
  head_crc: number;
  lines: Uint8Array;
  lines_crc: number;
}

function placeOf(partition: number, offset: number): number {
  return partition * placesPerPartition + offset;
}

function partitionAndFirst(place: number): { partition: number; first: number } {
  return { partition: Math.floor(place / placesPerPartition), first: place % placesPerPartition };
}
