// The store in a file without its threads: the same parts, called one after the other. It opens ten times as fast, for
// tests that open a thousand files; what only threads do is tested with them.
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../src/base/clock.ts';
import { Documents } from '../../src/store/documents.ts';
import { readColumns, readPage } from '../../src/store/scan.ts';
import { SeriesTable } from '../../src/store/series-table.ts';
import { BlockRows } from '../../src/store/sqlite/block-rows.ts';
import { readOutbox, readState } from '../../src/store/sqlite/document-file.ts';
import { type OpenFile, openFile } from '../../src/store/sqlite/open-file.ts';
import { readLatestRecords, readRecordBounds, readRecords } from '../../src/store/sqlite/record-file.ts';
import { storageError } from '../../src/store/sqlite/sqlite-errors.ts';
import type { AppendBatch, Appended, Log, Storage, Store } from '../../src/store/store.ts';

/** As much of a storage as reading everything needs. */
export interface ReadableStorage {
  readonly log: Pick<Log, 'id' | 'now' | 'head' | 'floor' | 'series' | 'oldestArrival' | 'read' | 'columns' | 'append'>;
  readonly store: Pick<
    Store,
    'list' | 'changes' | 'loadState' | 'outbox' | 'records' | 'latestRecords' | 'recordBounds'
  >;
  readonly ownership: Storage['ownership'];
  close(): Promise<void>;
}

export function openInProcess(options: {
  clock: Clock;
  file: string;
  onWarning: (error: Error) => void;
}): ReadableStorage {
  const { clock, file, onWarning } = options;
  const opened = named(file, () => openFile(file));
  const reader = named(file, () => new DatabaseSync(file, { readOnly: true }));
  for (const warning of opened.warnings) onWarning(new Error(warning));
  const select = reader.prepare("SELECT value FROM meta WHERE key = 'floor'");
  const blocks = new BlockRows(reader, () => Number(select.get()?.['value']));
  const { log, documents, logId, epoch } = opened;
  const series = new SeriesTable();
  const feed = new Documents();
  named(file, () => {
    const rows = opened.db
      .prepare('SELECT number, entity_type AS entityType, service_id AS serviceId FROM series')
      .all();
    for (const { number, ...name } of rows) series.add(Number(number), name as never);
    for (const document of documents.documents()) feed.set(document);
  });
  const read = <T>(run: () => T): T => named(file, run);
  return {
    log: {
      id: logId,
      series,
      now: () => Math.max(log.lastAt, clock.now()),
      head: () => log.head,
      floor: () => log.floor,
      oldestArrival: async (partition) => read(() => blocks.atOrAfter(partition, log.floor)?.at ?? null),
      read: async (range) => read(() => readPage(blocks, range)),
      columns: async (range) => read(() => readColumns(blocks, range)),
      append: async (batch) => named(file, () => append(opened, batch, Math.max(log.lastAt, clock.now()))),
    },
    store: {
      list: async (kind) => feed.list(kind),
      changes: (kind, after) => feed.changes(kind, after),
      loadState: async (name) => read(() => readState(reader, name)),
      records: async (stream, after, limit) => read(() => readRecords(reader, stream, after, limit)),
      latestRecords: async (stream) => read(() => readLatestRecords(reader, stream)),
      recordBounds: async (stream) => read(() => readRecordBounds(reader, stream)),
      outbox: async (dueUpTo, limit, after = '') => read(() => readOutbox(reader, { dueUpTo, limit, after })),
    },
    ownership: { lease: (partition) => ({ partition, epoch }) },
    async close() {
      reader.close();
      opened.close();
    },
  };
}

/** In a transaction of its own. */
function append({ db, log, seals, mark, logId }: OpenFile, batch: AppendBatch, now: number): Appended {
  const { id, digest, answer, points, series, lines } = batch;
  const keys = points.flatMap(({ key, entityType }, i) =>
    key === null ? [] : [[i, `${entityType}\u0000${key}`] as const],
  );
  const times = Float64Array.from(points, ({ timestamp }) => timestamp);
  db.exec('BEGIN IMMEDIATE');
  try {
    const request = {
      kind: 'append' as const,
      id,
      digest,
      answer,
      now,
      deletion: now,
      ahead: 0,
      lines,
      series,
      times,
      keys,
      newSeries: [],
    };
    const appended = log.append(request);
    seals.flush();
    db.exec('COMMIT');
    for (const part of [seals, log]) part.committed();
    mark.write(logId, { head: log.head, commits: seals.commits });
    return appended;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    for (const part of [seals, log]) part.rolledBack();
    throw error;
  }
}

function named<T>(file: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw storageError(error, file);
  }
}
