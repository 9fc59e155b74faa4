// The thread that writes: whatever waits is one transaction, and every answer follows its fsync. Small neighbours are
// joined while nothing waits.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { present, unreachable } from '../../base/assert.ts';
import { conflict, isPulseError, type PulseError } from '../../base/errors.ts';
import { failureOf } from './failures.ts';
import type { Numbered, Opened, Reply, WorkerOptions, WriterAnswers, WriterRequest } from './messages.ts';
import { type OpenFile, openFile } from './open-file.ts';
import { isFatal, storageError } from './sqlite-errors.ts';

const port = present(parentPort, 'the port of the writer');
const { file } = workerData as WorkerOptions;
const requestsPerCommit = 512;

let store: OpenFile | undefined;
// Set when the disk failed so that what it holds is unknown: nothing is written any more.
let failed: PulseError | undefined;
let joinIsDue = false;

function open(): void {
  try {
    store = openFile(file);
  } catch (error) {
    port.postMessage({ n: 0, failure: failureOf(storageError(error, file)) } satisfies Reply);
    return;
  }
  const { logId, epoch, log, documents, warnings } = store;
  const opened: Opened = {
    logId,
    epoch,
    head: log.head,
    floor: log.floor,
    lastAt: log.lastAt,
    series: store.db
      .prepare('SELECT number, entity_type AS entityType, service_id AS serviceId FROM series')
      .all() as never,
    documents: documents.documents(),
    warnings,
  };
  port.postMessage({ n: 0, ok: opened } satisfies Reply);
  port.on('message', (message: Numbered<WriterRequest>) => commitWaiting(message));
  scheduleJoin();
}

function commitWaiting(first: Numbered<WriterRequest>): void {
  const waiting = [first];
  while (waiting.length < requestsPerCommit) {
    const next = receiveMessageOnPort(port);
    if (next === undefined) break;
    waiting.push(next.message);
  }
  const replies = commitTogether(waiting);
  const isLast = waiting.some(({ request }) => request.kind === 'close');
  if (isLast) close();
  port.postMessage(replies);
  if (isLast) port.close();
  else scheduleJoin();
}

/** One transaction for all; where something unforeseen breaks it, one for each, so that only the culprit fails. */
function commitTogether(requests: readonly Numbered<WriterRequest>[]): Reply[] {
  try {
    return transact(() => requests.map(answer));
  } catch (error) {
    if (requests.length === 1 || isPulseError(error)) return requests.map(({ n }) => failure(n, error));
    return requests.flatMap((request) => commitTogether([request]));
  }
}

/** Runs within a transaction; after an error everything is as it was before. */
function transact<T>(run: () => T): T {
  const { db, seals, log, documents, mark, logId } = present(store, 'the store');
  if (failed !== undefined) throw failed;
  try {
    db.exec('BEGIN IMMEDIATE');
    const result = run();
    seals.flush();
    db.exec('COMMIT');
    for (const part of [seals, log, documents]) part.committed();
    mark.write(logId, log.head);
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    for (const part of [seals, log, documents]) part.rolledBack();
    if (isFatal(error)) failed = storageError(error, file);
    throw isSqlite(error) ? storageError(error, file) : error;
  }
}

function isSqlite(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error;
}

function answer({ n, request }: Numbered<WriterRequest>): Reply {
  try {
    return { n, ok: perform(request) };
  } catch (error) {
    // A refusal has written nothing; anything else must undo the transaction.
    if (isPulseError(error, 'CONFLICT')) return failure(n, error);
    throw error;
  }
}

function perform(request: WriterRequest): WriterAnswers[WriterRequest['kind']] {
  const { log, documents, epoch } = present(store, 'the store');
  switch (request.kind) {
    case 'append':
      log.nameSeries(request.newSeries);
      return log.append(request);
    case 'put':
      return documents.put(request.document, request.id, request.expected, request.body);
    case 'commit':
      if (request.lease.epoch !== epoch) {
        throw conflict(
          `epoch ${request.lease.epoch} has been taken over by ${epoch}; nothing of the commit was done`,
          epoch,
        );
      }
      for (const change of request.changes) documents.apply(change);
      return null;
    case 'trim':
      return log.trim(request.before, request.now);
    case 'close':
      return null;
    default:
      return unreachable(request);
  }
}

function failure(n: number, error: unknown): Reply {
  return { n, failure: failureOf(error) };
}

function scheduleJoin(): void {
  if (joinIsDue || store === undefined || !store.log.hasJoins) return;
  joinIsDue = true;
  setImmediate(joinOne);
}

function joinOne(): void {
  joinIsDue = false;
  if (store === undefined) return;
  const { log, db } = store;
  try {
    transact(() => log.joinOneRun());
    // What joins and trims have freed goes back to the disk once it is worth it.
    const free = Number(db.prepare('PRAGMA freelist_count').get()?.['freelist_count']);
    if (free > 2000) db.exec('PRAGMA incremental_vacuum(1000)');
  } catch (error) {
    port.postMessage({ n: -1, failure: failureOf(error) } satisfies Reply);
  }
  scheduleJoin();
}

function close(): void {
  const { db } = present(store, 'the store');
  db.exec('PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)');
  store?.close();
  store = undefined;
}

open();
