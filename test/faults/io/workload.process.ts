// A short life of a store, for one call on its files to fail in: each acknowledgement, refusal and warning is a line of
// JSON. The arguments are the store's file and whether to acknowledge before the store has answered, which is wrong.
import { writeSync } from 'node:fs';
import { isPulseError } from '../../../src/base/errors.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import type { Log, Storage } from '../../../src/store/store.ts';
import { readAll } from '../../store/reading.ts';
import { pointsOf } from '../../support/append-until-killed.ts';
import { batchOf } from '../../support/batches.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { stateBytes } from '../power-loss/acknowledgements.ts';
import type { IoLine } from './io-lines.ts';

const [, , file = '', when = ''] = process.argv;
const acknowledgesEarly = when === 'early';
const clock = new FakeClock();
let batches = 0;
const acknowledged: { first: number; count: number; at: number }[] = [];

function print(line: IoLine): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

function codeOf(error: unknown): string {
  return isPulseError(error) ? error.code : String(error);
}

/** Does one step; a failure is printed, and the next step is tried all the same. */
async function step(name: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    print({ failed: codeOf(error), step: name });
  }
}

async function append(log: Log): Promise<void> {
  clock.setNow(clock.now() + 1000);
  batches += 1;
  const id = `batch ${batches}`;
  const points = pointsOf(id, 5 + (batches % 6) * 20);
  if (acknowledgesEarly) print({ batch: id, first: log.head(0) + 1, count: points.length, at: clock.now() });
  try {
    const { first, count, at } = await log.append(batchOf(log, points, { id, digest: id }));
    acknowledged.push({ first, count, at });
    if (!acknowledgesEarly) print({ batch: id, first, count, at });
  } catch (error) {
    if (isPulseError(error, 'STORAGE_FULL')) print({ refused: id });
    throw error;
  }
}

async function changeDocument({ store }: Storage): Promise<void> {
  const version = (await store.get('setting', 'count'))?.version ?? 0;
  const result = await store.put('setting', 'count', version === 0 ? null : version, { version: version + 1 });
  if ('version' in result) print({ document: result.version });
}

async function saveState({ store, ownership }: Storage, offset: number): Promise<void> {
  const { partition, epoch } = ownership.lease(0);
  const bytes = stateBytes(epoch, offset);
  await store.commit({ partition, epoch }, [
    { kind: 'state', name: 'windows', partition, offset, epoch, format: 1, bytes },
  ]);
  print({ state: offset, epoch });
}

/** Points that were acknowledged and not removed must be read, and only what is in the log. */
async function read(log: Log): Promise<void> {
  const offsets = (await readAll(log)).map(({ offset }) => offset);
  const expected = acknowledged.flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i));
  const kept = expected.filter((offset) => offset >= log.floor(0));
  const missing = kept.filter((offset) => !offsets.includes(offset)).length;
  if (missing > 0 || new Set(offsets).size !== offsets.length) print({ misread: missing });
}

async function trim(log: Log): Promise<void> {
  const before = acknowledged.at(-2)?.at ?? 0;
  print({ trimming: before, now: log.now() });
  await log.trim(before);
  print({ trimmed: log.floor(0) });
}

async function live(): Promise<void> {
  // Notes, such as that the disk is full, have no code.
  const onWarning = (error: Error) => {
    if (isPulseError(error)) print({ warned: error.code });
  };
  const storage = await openSqliteStore({ clock, file, onWarning });
  const { log } = storage;
  print({ opened: storage.ownership.lease(0).epoch, head: log.head(0) });
  for (let i = 0; i < 2; i += 1) await step('append', () => append(log));
  await step('put', () => changeDocument(storage));
  await step('commit', () => saveState(storage, 1));
  await step('read', () => read(log));
  await Promise.all([1, 2].map(() => step('append', () => append(log))));
  await step('trim', () => trim(log));
  await step('put', () => changeDocument(storage));
  await step('append', () => append(log));
  await step('read', () => read(log));
  await storage.close();
}

// Twice: a store that is there already is opened by other calls.
for (const name of ['first opening', 'second opening']) await step(name, live);
print({ ended: true });
