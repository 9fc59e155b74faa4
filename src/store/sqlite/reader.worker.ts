// The thread that reads: a connection of its own, each request over one unchanging view of the file.
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { present, unreachable } from '../../base/assert.ts';
import { type AheadRange, readColumns, readPage } from '../scan.ts';
import { BlockRows } from './block-rows.ts';
import { readOutbox, readState } from './document-file.ts';
import { clientFailureOf } from './failures.ts';
import type { Numbered, ReaderAnswers, ReaderRequest, Reply, WorkerOptions } from './messages.ts';
import { tellingDamage } from './read-probe.ts';
import { readLatestRecords, readRecordBounds, readRecords } from './record-file.ts';
import { storageError } from './sqlite-errors.ts';

const port = present(parentPort, 'the port of the reader');
const { file } = workerData as WorkerOptions;

interface Opened {
  readonly db: DatabaseSync;
  readonly blocks: BlockRows;
}

let opened: Opened | undefined;

// Once the writer has made and checked the file, and before any of its files can be removed unnoticed.
function open(): Opened {
  const db = new DatabaseSync(file, { readOnly: true });
  db.exec('PRAGMA cache_size = -32000');
  const selectFloor = db.prepare("SELECT value FROM meta WHERE key = 'floor'");
  const selectAhead = db.prepare("SELECT value FROM meta WHERE key = 'ahead'");
  const floor = () => Number(selectFloor.get()?.['value']);
  const ahead = () => JSON.parse(String(selectAhead.get()?.['value'] ?? null)) as AheadRange | null;
  return { db, blocks: new BlockRows(db, floor, ahead) };
}

type ReadingRequest = Exclude<ReaderRequest, { kind: 'close' }>;

function perform(request: ReadingRequest, { db, blocks }: Opened): ReaderAnswers[ReaderRequest['kind']] {
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
      return readOutbox(db, request);
    case 'open':
      return null;
    default:
      return unreachable(request);
  }
}

function readOnce(request: ReadingRequest): ReaderAnswers[ReaderRequest['kind']] {
  opened ??= open();
  try {
    opened.db.exec('BEGIN');
    return perform(request, opened);
  } finally {
    // Not COMMIT, which fails once more where a page was damaged.
    if (opened.db.isTransaction) opened.db.exec('ROLLBACK');
  }
}

port.on('message', ({ n, request }: Numbered<ReaderRequest>) => {
  if (request.kind === 'close') {
    opened?.db.close();
    port.postMessage({ n, ok: null } satisfies Reply);
    port.close();
    return;
  }
  let reply: Reply;
  try {
    reply = { n, ok: tellingDamage(file, () => readOnce(request)) };
  } catch (error) {
    reply = { n, failure: clientFailureOf(storageError(error, file), file) };
  }
  port.postMessage(reply);
});
