// The thread that writes: whatever waits is one transaction, and every answer follows its fsync. Small neighbours are
// joined, and space is given back, while nothing waits.
import type { DatabaseSync } from 'node:sqlite';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { present, unreachable } from '../../base/assert.ts';
import { sleep, systemClock, wakefulClock } from '../../base/clock.ts';
import { conflict, isPulseError, PulseError } from '../../base/errors.ts';
import type { Change } from '../store.ts';
import { DiskRoom } from './disk-room.ts';
import { clientFailureOf, failureOf } from './failures.ts';
import { type FileIdentity, identityCheckMs } from './file-identity.ts';
import type { HealthReport, Numbered, Opened, Reply, WorkerOptions, WriterAnswers, WriterRequest } from './messages.ts';
import { mayBeOpenElsewhere, type OpenFile, openFile } from './open-file.ts';
import { tellingDamage } from './read-probe.ts';
import { isFatal, storageError } from './sqlite-errors.ts';

const port = present(parentPort, 'the port of the writer');
const { file } = workerData as WorkerOptions;
const requestsPerCommit = 512;
const freePagesKept = 2000;
const pagesPerVacuum = 1000;
const watchEveryMs = 1000;
// Longer than a process whose lock file was deleted goes on writing.
const strangerMs = 2 * identityCheckMs;

let store: OpenFile | undefined;
// Set when the disk failed so that what it holds is unknown: nothing is written any more.
let failed: PulseError | undefined;
// Set while the disk is full, from the first refusal until there is room for the reserve again.
let full: PulseError | undefined;
// Set while the files cannot be looked at, to see whether they are still in their places.
let unchecked: PulseError | undefined;
let reported: PulseError | undefined;
let room: DiskRoom | undefined;
let hasTriedReserve = false;
let markFailed = false;
// Joining neighbours and giving space back, while nothing waits.
let idleWorkIsDue = false;
let hasFreePages = false;

async function open(): Promise<void> {
  let opened: Opened;
  try {
    if (mayBeOpenElsewhere(file)) await sleep(wakefulClock, strangerMs);
    const openStore = openFile(file);
    store = openStore;
    opened = tellingDamage(file, () => begin(openStore));
  } catch (error) {
    store?.close();
    port.postMessage({ n: 0, failure: failureOf(storageError(error, file)) } satisfies Reply);
    return;
  }
  // Before the answer: a store that is opened on a full disk is not healthy from the start.
  if (full !== undefined) port.postMessage({ trouble: clientFailureOf(full, file) } satisfies HealthReport);
  port.postMessage({ n: 0, ok: opened } satisfies Reply);
  port.on('message', (message: Numbered<WriterRequest>) => commitWaiting(message));
  systemClock.every(watchEveryMs, checkFiles);
  scheduleIdleWork();
}

function begin({ db, logId, epoch, log, documents, savedClock, ...found }: OpenFile): Opened {
  room = new DiskRoom(db, file);
  const warnings = [...found.warnings];
  if (found.full !== undefined) {
    enterFull(found.full);
    warnings.push(found.full.message);
    reported = full;
  } else if (room.isSmall) warnings.push(...makeReserve(room));
  return {
    logId,
    epoch,
    head: log.head,
    floor: log.floor,
    lastAt: log.lastAt,
    clock: savedClock,
    series: db.prepare('SELECT number, entity_type AS entityType, service_id AS serviceId FROM series').all() as never,
    documents: documents.documents(),
    warnings,
  };
}

function makeReserve(diskRoom: DiskRoom): string[] {
  hasTriedReserve = true;
  const warning = diskRoom.makeReserve();
  return warning === undefined ? [] : [warning];
}

function enterFull(error: PulseError): void {
  full = error;
  present(room, 'the room on the disk').enterFull();
  // What was deleted before may be enough.
  hasFreePages = true;
}

function leaveFull(): void {
  if (full !== undefined && room?.leaveFull() === true) full = undefined;
}

/** Whether it only deletes: what a full disk still has room for, since the reserve was given up. */
function frees(request: WriterRequest): boolean {
  if (request.kind === 'trim' || request.kind === 'close') return true;
  return (
    request.kind === 'commit' && request.changes.every(({ kind }) => kind === 'records-trim' || kind === 'outbox-done')
  );
}

function commitWaiting(first: Numbered<WriterRequest>): void {
  const waiting = [first];
  while (waiting.length < requestsPerCommit) {
    const next = receiveMessageOnPort(port);
    if (next === undefined) break;
    waiting.push(next.message);
  }
  nameSeries(waiting);
  const replies = commitOrRefuse(waiting);
  reportHealth();
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

/** While the disk is full, what would store something is refused and the rest done; the answers are in order. */
function commitOrRefuse(requests: readonly Numbered<WriterRequest>[]): Reply[] {
  leaveFull();
  if (full === undefined) {
    const replies = commitTogether(requests);
    if (full === undefined) return replies;
    if (!replies.some((reply, i) => 'failure' in reply && frees(present(requests[i], 'request').request)))
      return replies;
  }
  return requests.map((one) => {
    if (full !== undefined && !frees(one.request)) return failure(one.n, full);
    return present(commitTogether([one])[0], 'answer');
  });
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

/** Runs within a transaction, once more where a read failed; after an error everything is as it was before. */
function transact<T>(run: () => T): T {
  return tellingDamage(file, () => transactOnce(run));
}

function transactOnce<T>(run: () => T): T {
  const { db, seals, log, documents, identity } = present(store, 'the store');
  if (failed !== undefined) throw failed;
  try {
    db.exec('BEGIN IMMEDIATE');
    // While no other process can begin: from now on until the commit none takes the file over.
    if (identity.isDue) checkIdentity(identity);
    if (store?.noteStart) store.noteStart();
    const result = run();
    seals.flush();
    db.exec('COMMIT');
    if (store?.noteStart) store = { ...store, noteStart: null };
    for (const part of [seals, log, documents]) part.committed();
    noteMark();
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    for (const part of [seals, log, documents]) part.rolledBack();
    const shown = isSqlite(error) ? storageError(error, file) : error;
    noteTrouble(error, shown);
    throw shown;
  }
}

function checkIdentity(identity: FileIdentity): void {
  try {
    failed ??= identity.check();
    unchecked = undefined;
  } catch (error) {
    unchecked ??= error as PulseError;
    throw error;
  }
  if (failed !== undefined) throw failed;
}

// Without traffic, too: a health check must not need an append to succeed or to fail.
function checkFiles(): void {
  if (store === undefined || failed !== undefined) return;
  try {
    checkIdentity(store.identity);
    watchRoom();
  } catch (error) {
    noteTrouble(error, storageError(error, file));
  }
  reportHealth();
}

function watchRoom(): void {
  const diskRoom = present(room, 'the room on the disk');
  leaveFull();
  if (full !== undefined) {
    hasFreePages = true;
    scheduleIdleWork();
    return;
  }
  if (!hasTriedReserve) for (const warning of makeReserve(diskRoom)) warn(new PulseError('STORAGE_FULL', warning));
  diskRoom.adapt();
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

function noteTrouble(error: unknown, shown: unknown): void {
  if (isFatal(error)) failed ??= storageError(error, file);
  if (isPulseError(shown, 'STORAGE_FULL') && full === undefined) enterFull(shown);
}

/** Before the replies, so that a client that was refused finds the server not ready. */
function reportHealth(): void {
  const trouble = failed ?? unchecked ?? full;
  if (trouble === reported) return;
  reported = trouble;
  if (trouble !== undefined) warn(trouble);
  port.postMessage({ trouble: trouble === undefined ? null : clientFailureOf(trouble, file) } satisfies HealthReport);
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
      if (request.clock !== null) saveClock(request.clock);
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
  return { n, failure: clientFailureOf(error, file) };
}

function scheduleIdleWork(): void {
  if (idleWorkIsDue || store === undefined || failed !== undefined) return;
  const hasJoins = full === undefined && store.log.hasJoins;
  if (!hasJoins && !hasFreePages) return;
  idleWorkIsDue = true;
  setImmediate(workIdly);
}

function workIdly(): void {
  idleWorkIsDue = false;
  if (store === undefined || failed !== undefined) return;
  const { log, db } = store;
  try {
    if (full !== undefined) {
      hasFreePages = relieve();
      leaveFull();
      reportHealth();
    } else if (log.hasJoins) {
      hasFreePages = true;
      transact(() => log.joinOneRun());
    } else tellingDamage(file, () => giveSpaceBack(db));
  } catch (error) {
    hasFreePages = false;
    noteTrouble(error, storageError(error, file));
    if (failed === undefined && full === undefined) warn(error);
    reportHealth();
  }
  scheduleIdleWork();
}

/** Whether there is more to do. */
function relieve(): boolean {
  const diskRoom = present(room, 'the room on the disk');
  return tellingDamage(file, () => diskRoom.relieve());
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
    if (full !== undefined) relieve();
    else if (failed === undefined) {
      tellingDamage(file, () =>
        db.exec(`PRAGMA incremental_vacuum(${freePagesKept}); PRAGMA wal_checkpoint(TRUNCATE)`),
      );
    }
  } catch (error) {
    // What was acknowledged lies in the write-ahead log: the next start reads it from there.
    warn(error);
  }
  store?.close();
  store = undefined;
  // SQLite has just deleted its log and index: the next start needs their room.
  if (full !== undefined && failed === undefined) room?.keepRoomForStart();
}

await open();
