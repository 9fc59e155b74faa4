// A store's life in two sessions, printed line by line: points, documents, saved states, an outbox, records, retention
// and keys that expire. The arguments are the store's file, a name for the run, a seed and how many batches to append.
import { writeSync } from 'node:fs';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import type { Storage } from '../../../src/store/store.ts';
import { pointsOf } from '../../support/append-until-killed.ts';
import { batchOf } from '../../support/batches.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { randomFrom } from '../../support/random.ts';
import { type Line, stateBytes } from './acknowledgements.ts';

const [, , file = '', run = '', seed = '0', batches = '20'] = process.argv;
const random = randomFrom(Number(seed));
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const appendersAtOnce = 3;
let number = 0;
let saved = 0;

function print(line: Line): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

async function open(clock: FakeClock): Promise<Storage> {
  const storage = await openSqliteStore({
    clock,
    file,
    onWarning: (error) => {
      throw error;
    },
  });
  clock.setNow(Math.max(clock.now(), storage.log.now()));
  print({ opened: storage.ownership.lease(0).epoch, head: storage.log.head(0) });
  return storage;
}

async function append({ log }: Storage, clock: FakeClock): Promise<void> {
  number += 1;
  const id = `${run}/${number}`;
  const points = pointsOf(id, 1 + Math.floor(random() * 40));
  // Few have keys: each key is a row to be verified whenever the file is opened.
  const isKeyed = random() < 0.2;
  const batch = batchOf(log, isKeyed ? points : points.map((point) => ({ ...point, key: null })), { id, digest: id });
  clock.setNow(clock.now() + 1);
  const { first, count, at } = await log.append(batch);
  print({ batch: id, first, count, at });
}

async function changeDocument({ store }: Storage): Promise<void> {
  const version = (await store.get('setting', 'count'))?.version ?? 0;
  const result = await store.put('setting', 'count', version === 0 ? null : version, { version: version + 1 });
  if ('version' in result) print({ document: result.version });
}

async function saveState({ store, ownership }: Storage): Promise<void> {
  saved += 1;
  const offset = saved;
  const { partition, epoch } = ownership.lease(0);
  const bytes = stateBytes(epoch, offset);
  await store.commit({ partition, epoch }, [
    { kind: 'state', name: 'windows', partition, offset, epoch, format: 1, bytes },
  ]);
  print({ state: offset, epoch });
}

/** Sends something: a row in the outbox and a record in one commit; later it is done. */
async function send({ store, ownership }: Storage, id: string): Promise<void> {
  const lease = ownership.lease(0);
  const [revision = 0] = await store.commit(lease, [
    { kind: 'outbox-put', id, due: 1, attempts: 0, body: id },
    { kind: 'record', stream: 'alerts', key: `key ${number % 5}`, at: 1000, body: { id } },
    { kind: 'records-trim', stream: 'alerts', before: 0, most: 8 },
  ]);
  print({ sent: id, revision });
  if (random() < 0.5) return;
  print({ finishing: id });
  await store.commit(lease, [{ kind: 'outbox-done', id }]);
  print({ finished: id });
}

async function trim({ log }: Storage, before: number): Promise<void> {
  print({ trimming: before, now: log.now() });
  await log.trim(before);
  print({ trimmed: log.floor(0) });
}

async function appendMany(storage: Storage, clock: FakeClock, count: number): Promise<void> {
  const last = number + count;
  const inTurn = async () => {
    while (number < last) await append(storage, clock);
  };
  const others = async () => {
    for (let i = 0; i < 3; i += 1) {
      await saveState(storage);
      await changeDocument(storage);
      await send(storage, `${run} ${number} ${i}`);
    }
  };
  await Promise.all([...Array.from({ length: appendersAtOnce }, inTurn), others()]);
}

const clock = new FakeClock();
const count = Math.ceil(Number(batches) / 5);
let storage = await open(clock);
await appendMany(storage, clock, 2 * count);
const middle = clock.now();
clock.setNow(middle + minuteMs);
await appendMany(storage, clock, count);
await trim(storage, middle - count);
await storage.close();
print({ closed: true });
storage = await open(clock);
await appendMany(storage, clock, count);
clock.setNow(clock.now() + dayMs);
await appendMany(storage, clock, 1);
await trim(storage, middle + minuteMs / 2);
await appendMany(storage, clock, count);
// Half of the runs end without closing.
if (random() < 0.5) await storage.close();
process.exit(0);
