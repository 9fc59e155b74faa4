// The thread that reads: a connection of its own, each request over one unchanging view of the file.
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { present, unreachable } from '../../base/assert.ts';
import { type AheadRange, readColumns, readPage } from '../scan.ts';
import { BlockRows } from './block-rows.ts';
import { readOutbox, readState } from './document-file.ts';
import { failureOf } from './failures.ts';
import type { Numbered, ReaderAnswers, ReaderRequest, Reply, WorkerOptions } from './messages.ts';
import { readLatestRecords, readRecordBounds, readRecords } from './record-file.ts';
import { storageError } from './sqlite-errors.ts';

const port = present(parentPort, 'the port of the reader');
const { file } = workerData as WorkerOptions;
const db = new DatabaseSync(file, { readOnly: true });
db.exec('PRAGMA cache_size = -32000');
const selectFloor = db.prepare("SELECT value FROM meta WHERE key = 'floor'");
const selectAhead = db.prepare("SELECT value FROM meta WHERE key = 'ahead'");
const blocks = new BlockRows(
  db,
  () => Number(selectFloor.get()?.['value']),
  () => JSON.parse(String(selectAhead.get()?.['value'] ?? null)) as AheadRange | null,
);

function perform(request: ReaderRequest): ReaderAnswers[ReaderRequest['kind']] {
  switch (request.kind) {
    case 'read':
      return readPage(blocks, request.range);
    case 'columns':
      return readColumns(blocks, request.range);
    case 'oldest':
      return blocks.atOrAfter(request.partition, blocks.floor(request.partition))?.at ?? null;
    case 'state':
      return readState(db, request.name);
    case 'records':
      return readRecords(db, request.stream, request.after, request.limit);
    case 'latest-records':
      return readLatestRecords(db, request.stream);
    case 'record-bounds':
      return readRecordBounds(db, request.stream);
    case 'outbox':
      return readOutbox(db, request.dueUpTo, request.limit);
    case 'close':
      return null;
    default:
      return unreachable(request);
  }
}

port.on('message', ({ n, request }: Numbered<ReaderRequest>) => {
  let reply: Reply;
  try {
    db.exec('BEGIN');
    reply = { n, ok: perform(request) };
  } catch (error) {
    reply = { n, failure: failureOf(storageError(error, file)) };
  } finally {
    // Not COMMIT, which fails once more where a page was damaged.
    if (db.isTransaction) db.exec('ROLLBACK');
  }
  if (request.kind === 'close') db.close();
  port.postMessage(reply);
  if (request.kind === 'close') port.close();
});
