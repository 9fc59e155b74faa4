// Opens a store that a power loss left and compares it with what was acknowledged before.
import type { StoredPoint } from '../../../src/points/point.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import type { Log } from '../../../src/store/store.ts';
import { readAll } from '../../store/reading.ts';
import { pointsOf } from '../../support/append-until-killed.ts';
import { batchOf } from '../../support/batches.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { openInProcess, type ReadableStorage } from '../../support/in-process-store.ts';
import { type Acknowledgements, stateBytes } from './acknowledgements.ts';

export interface ImageResult {
  /** Acknowledged points looked for. */
  readonly points: number;
  /** Acknowledged points that are not there, or are elsewhere. */
  readonly lost: number;
  /** Points that are there more than once. */
  readonly doubled: number;
  /** What else is wrong, in words. */
  readonly wrong: readonly string[];
  /** Why it does not open; null where it does. */
  readonly unopened: string | null;
}

/** Opens the store in its folder; `threaded` takes the store as the server opens it, otherwise its parts in this thread. */
export async function checkImage(file: string, expected: Acknowledgements, threaded: boolean): Promise<ImageResult> {
  const wrong: string[] = [];
  const options = { clock: new FakeClock(), file, onWarning: ({ message }: Error) => wrong.push(message) };
  let storage: ReadableStorage;
  try {
    storage = threaded ? await openSqliteStore(options) : openInProcess(options);
  } catch (error) {
    return { points: expected.points, lost: 0, doubled: 0, wrong, unopened: (error as Error).message };
  }
  try {
    const counts = await checkPoints(storage.log as Log, expected, wrong);
    await checkRest(storage, expected, wrong);
    await checkRetry(storage.log as Log, expected, wrong);
    return { points: expected.points, ...counts, wrong, unopened: null };
  } catch (error) {
    return {
      points: expected.points,
      lost: 0,
      doubled: 0,
      wrong: [...wrong, (error as Error).message],
      unopened: null,
    };
  } finally {
    await storage.close();
  }
}

async function checkPoints(
  log: Log,
  expected: Acknowledgements,
  wrong: string[],
): Promise<{ lost: number; doubled: number }> {
  const floor = log.floor(0);
  const points = await readAll(log);
  const found = groupByBatch(points, floor, wrong);
  let lost = 0;
  let doubled = 0;
  for (const [batch, { offsets, size }] of found) {
    doubled += Math.max(0, offsets.length - size);
    if (offsets.length < size) {
      wrong.push(`${batch} is there in part: ${offsets.length} of ${size}`);
    }
  }
  for (const [batch, { first, count, at }] of expected.batches) {
    const there = found.get(batch);
    if (there === undefined && first + count <= floor && at < expected.trimmedBefore) continue;
    if (there?.offsets[0] !== first || there.offsets.length < count) lost += count;
  }
  if (floor < expected.floor)
    wrong.push(`points from offset ${floor} on are back: they were removed up to ${expected.floor}`);
  if (log.head(0) < expected.head) wrong.push(`the log ends at ${log.head(0)}, it had reached ${expected.head}`);
  return { lost, doubled };
}

interface FoundBatch {
  readonly offsets: number[];
  readonly size: number;
}

function groupByBatch(points: readonly StoredPoint[], floor: number, wrong: string[]): Map<string, FoundBatch> {
  const found = new Map<string, FoundBatch>();
  for (const [i, { offset, data }] of points.entries()) {
    if (offset !== floor + i) wrong.push(`offset ${offset} is in the place of ${floor + i}`);
    const batch = String(data['batch']);
    const group = found.get(batch) ?? { offsets: [], size: Number(data['count']) };
    found.set(batch, group);
    if (data['n'] !== group.offsets.length % group.size) wrong.push(`${batch} has point ${data['n']} out of order`);
    group.offsets.push(offset);
  }
  return found;
}

async function checkRest(
  { store, ownership }: ReadableStorage,
  expected: Acknowledgements,
  wrong: string[],
): Promise<void> {
  const { epoch } = ownership.lease(0);
  if (epoch <= expected.epoch) wrong.push(`epoch ${epoch} was given before, up to ${expected.epoch}`);
  const document = (await store.list('setting')).find(({ id }) => id === 'count');
  const version = document?.version ?? 0;
  if (version < expected.document)
    wrong.push(`the document has version ${version}, ${expected.document} was acknowledged`);
  if (document !== undefined && (document.body as { version: number }).version !== version) {
    wrong.push(`version ${version} of the document has another version's body`);
  }
  const state = await store.loadState('windows');
  if (expected.state !== undefined) {
    const isOlder =
      state === undefined ||
      state.epoch < expected.state.epoch ||
      (state.epoch === expected.state.epoch && state.offset < expected.state.offset);
    if (isOlder) wrong.push('the saved state is older than acknowledged');
  }
  if (state !== undefined && Buffer.compare(state.bytes, stateBytes(state.epoch, state.offset)) !== 0) {
    wrong.push('the saved state has other bytes than were saved');
  }
  const { newest } = await store.recordBounds('alerts');
  if (newest < expected.revision) wrong.push(`the newest record is ${newest}, ${expected.revision} was acknowledged`);
  if (newest > 0 && (await store.records('alerts', newest - 1, 1)).length !== 1) wrong.push(`record ${newest} is gone`);
  const waiting = new Set((await store.outbox(10, 1000)).map(({ id }) => id));
  for (const id of expected.waiting) if (!waiting.has(id)) wrong.push(`${id} is no longer in the outbox`);
  for (const id of expected.finished) if (waiting.has(id)) wrong.push(`${id} is in the outbox again`);
}

/** A producer that sends its last batch again gets the first answer; a new batch continues the log. */
async function checkRetry(log: Log, expected: Acknowledgements, wrong: string[]): Promise<void> {
  const [id, batch] = [...expected.batches].at(-1) ?? [];
  if (id !== undefined && batch !== undefined && batch.at > expected.forgottenBefore) {
    const retried = await log.append(batchOf(log, pointsOf(id, batch.count), { id, digest: id }));
    if (!retried.repeated || retried.first !== batch.first) wrong.push(`${id} was stored again when it was sent again`);
  }
  for (const refused of expected.refused) {
    const { repeated } = await log.append(batchOf(log, pointsOf(refused, 1), { id: refused, digest: refused }));
    if (repeated) wrong.push(`${refused} was refused and is there`);
  }
  const head = log.head(0);
  const { first } = await log.append(batchOf(log, pointsOf('new', 2), { id: 'new' }));
  if (first !== head + 1) wrong.push(`a new batch begins at ${first}, the log had ended at ${head}`);
}
