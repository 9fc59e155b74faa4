// The thread that writes: whatever waits is one transaction, and every answer follows its fsync. Small neighbours are
// joined, and space is given back, while nothing waits.
import type { DatabaseSync } from 'node:sqlite';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { present, unreachable } from '../../base/assert.ts';
import { conflict, isPulseError, type PulseError } from '../../base/errors.ts';
import type { Change } from '../store.ts';
import { failureOf } from './failures.ts';
import type { Numbered, Opened, Reply, WorkerOptions, WriterAnswers, WriterRequest } from './messages.ts';
import { type OpenFile, openFile } from './open-file.ts';
import { isFatal, storageError } from './sqlite-errors.ts';

const port = present(parentPort, 'the port of the writer');
const { file } = workerData as WorkerOptions;
const requestsPerCommit = 512;
const freePagesKept = 2000;
const pagesPerVacuum = 1000;

let store: OpenFile | undefined;
// Set when the disk failed so that what it holds is unknown: nothing is written any more.
let failed: PulseError | undefined;
let markFailed = false;
// Joining neighbours and giving space back, while nothing waits.
let idleWorkIsDue = false;
let hasFreePages = false;

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
    clock: store.savedClock,
    series: store.db
      .prepare('SELECT number, entity_type AS entityType, service_id AS serviceId FROM series')
      .all() as never,
    documents: documents.documents(),
    warnings,
  };
  port.postMessage({ n: 0, ok: opened } satisfies Reply);
  port.on('message', (message: Numbered<WriterRequest>) => commitWaiting(message));
  scheduleIdleWork();
}

function commitWaiting(first: Numbered<WriterRequest>): void {
  const waiting = [first];
  while (waiting.length < requestsPerCommit) {
    const next = receiveMessageOnPort(port);
    if (next === undefined) break;
    waiting.push(next.message);
  }
  nameSeries(waiting);
  const replies = commitTogether(waiting);
  const isLast = waiting.some(({ request }) => request.kind === 'close');
  if (isLast) close();
  port.postMessage(replies);
  if (isLast) port.close();
  else scheduleIdleWork();
}

// Outside of the transaction, which may fail before it comes to a request: names are sent once.
function nameSeries(requests: readonly Numbered<WriterRequest>[]): void {
  for (const { request } of requests) if (request.kind === 'append') store?.log.nameSeries(request.newSeries);
}

/** One transaction for all; where a request breaks it, not the disk, one for each, so that only the culprit fails. */
function commitTogether(requests: readonly Numbered<WriterRequest>[]): Reply[] {
  try {
    return transact(() => requests.map(answer));
  } catch (error) {
    const concernsAll = isPulseError(error) && error.code !== 'STORAGE_DAMAGED';
    if (requests.length === 1 || concernsAll) return requests.map(({ n }) => failure(n, error));
    return requests.flatMap((request) => commitTogether([request]));
  }
}

/** Runs within a transaction; after an error everything is as it was before. */
function transact<T>(run: () => T): T {
  const { db, seals, log, documents } = present(store, 'the store');
  if (failed !== undefined) throw failed;
  try {
    db.exec('BEGIN IMMEDIATE');
    const result = run();
    seals.flush();
    db.exec('COMMIT');
    for (const part of [seals, log, documents]) part.committed();
    noteMark();
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    for (const part of [seals, log, documents]) part.rolledBack();
    noteFatal(error);
    throw isSqlite(error) ? storageError(error, file) : error;
  }
}

// The commit holds whether or not the mark can be written: without it, only less damage is found later.
function noteMark(): void {
  const { mark, logId, log, seals } = present(store, 'the store');
  try {
    mark.write(logId, { head: log.head, commits: seals.commits });
  } catch (error) {
    if (!markFailed) warn(error);
    markFailed = true;
  }
}

function warn(error: unknown): void {
  port.postMessage({ n: -1, failure: failureOf(storageError(error, file)) } satisfies Reply);
}

function noteFatal(error: unknown): void {
  if (isFatal(error)) failed = storageError(error, file);
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
  const { log, documents, epoch, saveClock } = present(store, 'the store');
  switch (request.kind) {
    case 'append':
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
      return applyAll(request.changes);
    case 'trim':
      hasFreePages = true;
      return log.trim(request.before, request.now);
    case 'clock':
    case 'close':
      saveClock(request.clock);
      return null;
    default:
      return unreachable(request);
  }
}

/** Gives the revisions of the records among the changes. */
function applyAll(changes: readonly Change[]): number[] {
  const { documents, records } = present(store, 'the store');
  const revisions: number[] = [];
  for (const change of changes) {
    if (change.kind === 'record') revisions.push(records.add(change));
    else if (change.kind === 'records-trim') records.trim(change.stream, change.before, change.most);
    else documents.apply(change);
  }
  return revisions;
}

function failure(n: number, error: unknown): Reply {
  return { n, failure: failureOf(error) };
}

function scheduleIdleWork(): void {
  if (idleWorkIsDue || store === undefined || failed !== undefined) return;
  if (!store.log.hasJoins && !hasFreePages) return;
  idleWorkIsDue = true;
  setImmediate(workIdly);
}

function workIdly(): void {
  idleWorkIsDue = false;
  if (store === undefined || failed !== undefined) return;
  const { log, db } = store;
  try {
    if (log.hasJoins) {
      hasFreePages = true;
      transact(() => log.joinOneRun());
    } else giveSpaceBack(db);
  } catch (error) {
    hasFreePages = false;
    noteFatal(error);
    warn(error);
  }
  scheduleIdleWork();
}

// What joins and trims have freed goes back to the disk once it is worth it.
function giveSpaceBack(db: DatabaseSync): void {
  const free = Number(db.prepare('PRAGMA freelist_count').get()?.['freelist_count']);
  hasFreePages = free > freePagesKept;
  if (hasFreePages) db.exec(`PRAGMA incremental_vacuum(${pagesPerVacuum})`);
  // The file itself shrinks only here.
  if (hasFreePages && free - pagesPerVacuum <= freePagesKept) db.exec('PRAGMA wal_checkpoint(PASSIVE)');
}

function close(): void {
  const { db } = present(store, 'the store');
  try {
    if (failed === undefined) db.exec(`PRAGMA incremental_vacuum(${freePagesKept}); PRAGMA wal_checkpoint(TRUNCATE)`);
  } catch (error) {
    // What was acknowledged lies in the write-ahead log: the next start reads it from there.
    warn(error);
  }
  store?.close();
  store = undefined;
}

open();
