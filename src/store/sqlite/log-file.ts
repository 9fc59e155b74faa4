// The log's part of the writer: appends, joins and trims within the transaction that the writer has open.
import { createHash } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { present } from '../../base/assert.ts';
import { conflict } from '../../base/errors.ts';
import { pickLines } from '../../points/read-points.ts';
import { type BlockRow, chainStart, damagedBlock, joinBlocks, lastArrival, makeBlock, openBlock } from '../block.ts';
import { lineLengths } from '../block-index.ts';
import { cutLines } from '../cut-lines.ts';
import { type AheadRange, joinAhead } from '../scan.ts';
import { type Appended, bytesPerBlock, pointsPerBlock, repeatWindowMs } from '../store.ts';
import { BlockRows } from './block-rows.ts';
import { type BlockRange, JoinPlan } from './join-plan.ts';
import type { AppendRequest, SeriesRow } from './messages.ts';
import { rowChecksum, type Seals } from './seals.ts';

const partition = 0;
const blocksPerTrim = 256;
const rowsPerSweep = 10_000;

/** What the log has reached: replaced as one on commit, dropped as one on rollback. */
interface Reached {
  readonly head: number;
  readonly floor: number;
  readonly lastAt: number;
  readonly chain: Uint8Array;
  readonly ahead: AheadRange | null;
}

/** What is kept in the store's meta. */
export interface LogMeta {
  readonly floor: number;
  readonly ahead: AheadRange | null;
  set(key: 'floor' | 'ahead', value: string): void;
}

export class LogFile {
  readonly #blocks: BlockRows;
  readonly #seals: Seals;
  readonly #meta: LogMeta;
  readonly #plan = new JoinPlan({ points: pointsPerBlock, bytes: bytesPerBlock });
  #committed: Reached;
  #reached: Reached;
  // Series that were named to us, and blocks of the open transaction: forgotten or kept with it.
  readonly #unnamed = new Map<number, SeriesRow>();
  #namedNow: number[] = [];
  #blocksNow: BlockRange[] = [];
  readonly #findBatch: StatementSync;
  readonly #insertBatch: StatementSync;
  readonly #sweepBatches: StatementSync;
  readonly #findKey: StatementSync;
  readonly #insertKey: StatementSync;
  readonly #sweepKeys: StatementSync;
  readonly #insertSeries: StatementSync;

  constructor(db: DatabaseSync, seals: Seals, meta: LogMeta) {
    const { floor, ahead } = meta;
    this.#seals = seals;
    this.#meta = meta;
    this.#blocks = new BlockRows(db, () => this.#reached.floor);
    this.#reached = { head: floor - 1, floor, lastAt: 0, chain: chainStart, ahead };
    this.#committed = this.#reached;
    this.#findBatch = db.prepare('SELECT digest, appended FROM batch WHERE id = ?');
    this.#insertBatch = db.prepare('INSERT INTO batch (id, at, digest, appended, checksum) VALUES (?, ?, ?, ?, ?)');
    this.#sweepBatches = db.prepare(sweep('batch', 'id'));
    this.#findKey = db.prepare('SELECT at, checksum FROM point_key WHERE hash = ?');
    this.#insertKey = db.prepare('INSERT OR REPLACE INTO point_key (hash, at, checksum) VALUES (?, ?, ?)');
    this.#sweepKeys = db.prepare(sweep('point_key', 'hash'));
    this.#insertSeries = db.prepare(
      'INSERT INTO series (number, entity_type, service_id, checksum) VALUES (?, ?, ?, ?)',
    );
    this.#check();
  }

  get head(): number {
    return this.#reached.head;
  }

  get floor(): number {
    return this.#reached.floor;
  }

  get lastAt(): number {
    return this.#reached.lastAt;
  }

  committed(): void {
    this.#committed = this.#reached;
    for (const block of this.#blocksNow) if (block.first >= this.#reached.floor) this.#plan.add(block);
    for (const number of this.#namedNow) this.#unnamed.delete(number);
    this.#blocksNow = [];
    this.#namedNow = [];
  }

  rolledBack(): void {
    this.#reached = this.#committed;
    this.#blocksNow = [];
    this.#namedNow = [];
  }

  /** Remembers names until a transaction that stores them has been committed: they are told once, whatever becomes of it. */
  nameSeries(rows: readonly SeriesRow[]): void {
    for (const row of rows) this.#unnamed.set(row.number, row);
  }

  append(request: AppendRequest): Appended {
    const earlier = request.id === null ? undefined : this.#earlier(request.id, request.digest);
    if (earlier !== undefined) return earlier;
    const at = Math.max(this.#reached.lastAt, request.now);
    const duplicates = this.#takeKeys(request);
    const first = this.#reached.head + 1;
    const count = this.#store(request, duplicates, at);
    if (request.ahead > 0 && count > 0) this.#noteAhead({ first, upTo: this.#reached.head, ms: request.ahead });
    const appended = { partition, first, count, at, duplicates, repeated: false, answer: request.answer };
    if (request.id !== null) this.#keepAnswer(request.id, request, appended);
    return appended;
  }

  #noteAhead(range: AheadRange): void {
    const ahead = joinAhead(this.#reached.ahead, range);
    this.#meta.set('ahead', JSON.stringify(ahead));
    this.#reached = { ...this.#reached, ahead };
  }

  #earlier(id: string, digest: string): Appended | undefined {
    const row = this.#findBatch.get(id);
    if (row === undefined) return undefined;
    if (row['digest'] !== digest) {
      throw conflict(`the batch id ${JSON.stringify(id)} was used for other content; give each batch an id of its own`);
    }
    return { ...(JSON.parse(String(row['appended'])) as Appended), repeated: true };
  }

  #keepAnswer(id: string, { digest, deletion }: AppendRequest, appended: Appended): void {
    const text = JSON.stringify(appended);
    const checksum = rowChecksum('batch', [id, deletion, digest, text]);
    this.#insertBatch.run(id, deletion, digest, text, checksum);
    this.#seals.add('batch', checksum);
  }

  // Keys and ids are kept with the time of the deletion clock, by which they are forgotten.
  #takeKeys(request: AppendRequest): number[] {
    const at = request.deletion;
    const duplicates: number[] = [];
    for (const [line, key] of request.keys) {
      const hash = createHash('sha256').update(key).digest().subarray(0, 16);
      const row = this.#findKey.get(hash);
      if (row !== undefined) {
        if (Number(row['at']) > at - repeatWindowMs) {
          duplicates.push(line);
          continue;
        }
        this.#seals.remove('point_key', Number(row['checksum']));
      }
      const checksum = rowChecksum('point_key', [hash, at]);
      this.#insertKey.run(hash, at, checksum);
      this.#seals.add('point_key', checksum);
    }
    return duplicates;
  }

  /** Stores all lines but the duplicates, in blocks; gives how many. */
  #store(request: AppendRequest, duplicates: readonly number[], at: number): number {
    const total = request.series.length;
    this.#nameUsed(request.series);
    if (duplicates.length === 0 && total <= pointsPerBlock && request.lines.length <= bytesPerBlock) {
      if (total > 0) this.#addBlock(request.lines, request.series, request.times, at);
      return total;
    }
    const left = new Set(duplicates);
    const kept = Array.from({ length: total }, (_, line) => line).filter((line) => !left.has(line));
    const lines = Buffer.from(request.lines.buffer, request.lines.byteOffset, request.lines.length);
    for (const part of cutLines(kept, lineLengths(lines, total))) {
      const series = Uint32Array.from(part, (line) => present(request.series[line], 'series'));
      const times = Float64Array.from(part, (line) => present(request.times[line], 'time'));
      this.#addBlock(pickLines(lines, part), series, times, at);
    }
    return kept.length;
  }

  #nameUsed(series: Uint32Array): void {
    if (this.#unnamed.size === 0) return;
    for (const used of new Set(series)) {
      const row = this.#unnamed.get(used);
      if (row === undefined || this.#namedNow.includes(used)) continue;
      const { number, entityType, serviceId } = row;
      const checksum = rowChecksum('series', [number, entityType, serviceId]);
      this.#insertSeries.run(number, entityType, serviceId, checksum);
      this.#seals.add('series', checksum);
      this.#namedNow.push(number);
    }
  }

  #addBlock(lines: Uint8Array, series: Uint32Array, given: Float64Array, at: number): void {
    // A copy: where the transaction fails, the request may be tried again at another time.
    const times = given.map((time) => (Number.isNaN(time) ? at : time));
    const { head, chain: previous } = this.#reached;
    const row = makeBlock({ partition, first: head + 1, at, previous, lines, series, times });
    this.#blocks.insert(row);
    this.#blocksNow.push(row);
    this.#reached = { ...this.#reached, head: head + row.count, lastAt: at, chain: row.chain };
  }

  /** Whether small neighbours wait to be joined. */
  get hasJoins(): boolean {
    return this.#plan.waiting > 0;
  }

  /** Joins one run of small neighbours into one block. A damaged one among them leaves all as they are. */
  joinOneRun(): void {
    const run = this.#plan.take();
    if (run === undefined) return;
    const rows = run.map((range) => this.#blockAt(range));
    const joined = joinBlocks(rows);
    for (const row of rows) this.#blocks.delete(row);
    this.#blocks.insert(joined);
  }

  // A damaged tree may lead to another block than the one that was asked for.
  #blockAt({ first, count }: Pick<BlockRange, 'first' | 'count'>): BlockRow {
    const row = this.#blocks.atOrBefore(partition, first);
    if (row?.first === first && row.count === count) return row;
    throw damagedBlock({ partition, first, count }, 'it is not where it should be');
  }

  /** Lets the oldest blocks go, a bounded number of them; `more` where it is to be called again. */
  trim(before: number, now: number): { points: number; floor: number; more: boolean } {
    let points = 0;
    let blocks = 0;
    let { floor } = this.#reached;
    for (; blocks < blocksPerTrim; blocks += 1) {
      if (floor > this.#reached.head) break;
      const row = this.#blocks.atOrAfter(partition, floor);
      if (row?.first !== floor)
        throw damagedBlock({ partition, first: floor, count: 1 }, 'it is not where it should be');
      if (!this.#isOlder(row, before)) break;
      this.#blocks.delete(row);
      floor += row.count;
      points += row.count;
    }
    if (points > 0) {
      this.#reached = { ...this.#reached, floor };
      this.#meta.set('floor', String(floor));
      this.#plan.dropBelow(floor);
    }
    const swept = this.#sweep('batch', this.#sweepBatches, now) + this.#sweep('point_key', this.#sweepKeys, now);
    return { points, floor, more: blocks === blocksPerTrim || swept >= rowsPerSweep };
  }

  // A block whose header is damaged is as old as the one behind it says: it must not keep the others from going.
  #isOlder(row: BlockRow, before: number): boolean {
    try {
      return lastArrival(row) < before;
    } catch (error) {
      const next = this.#blocks.atOrAfter(partition, row.first + row.count);
      if (next === undefined) throw error;
      return this.#isOlder(next, before);
    }
  }

  #sweep(table: 'batch' | 'point_key', statement: StatementSync, now: number): number {
    const rows = statement.all(now - repeatWindowMs, rowsPerSweep);
    for (const row of rows) this.#seals.remove(table, Number(row['checksum']));
    return rows.length;
  }

  // Every block's header is looked at when the file is opened: dense offsets, each chain beginning where the one before
  // ends. Bodies are checked when they are read, but for the newest, which the next append builds on.
  #check(): void {
    let { head, chain, floor, ahead } = this.#reached;
    let newest: BlockRange | undefined;
    for (const row of this.#blocks.headers()) {
      if (row.partition !== partition || row.first !== head + 1) {
        const found = `${row.count} points from offset ${row.first} of partition ${row.partition}`;
        throw damagedBlock({ partition, first: head + 1, count: 1 }, `in its place stand ${found}`);
      }
      if (row.first > floor && Buffer.compare(row.previous, chain) !== 0) {
        throw damagedBlock(row, 'its chain does not begin where the block before ends');
      }
      head += row.count;
      chain = row.chain;
      newest = row;
      this.#plan.add(row);
    }
    const lastAt = newest === undefined ? 0 : checkedArrival(this.#blockAt(newest));
    this.#reached = { head, floor, lastAt, chain, ahead };
    this.#committed = this.#reached;
  }
}

function checkedArrival(row: BlockRow): number {
  openBlock(row);
  return lastArrival(row);
}

function sweep(table: string, key: string): string {
  // Looked at twice: a damaged index over the times must not sweep what is young.
  const oldest = `SELECT ${key} FROM ${table} WHERE at <= ?1 ORDER BY at LIMIT ?2`;
  return `DELETE FROM ${table} WHERE ${key} IN (${oldest}) AND at <= ?1 RETURNING checksum`;
}
