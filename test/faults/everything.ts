// A store with something of everything in it, and all that it answers, to be compared.
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { PointInput } from '../../src/points/point.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Log, Storage, Versioned } from '../../src/store/store.ts';
import { readAll, readAllColumns } from '../store/reading.ts';
import { batchOf } from '../support/batches.ts';
import { FakeClock } from '../support/fake-clock.ts';
import type { ReadableStorage } from '../support/in-process-store.ts';

const start = Date.UTC(2026, 10, 24, 12);
const batchIds = Array.from({ length: 30 }, (_, i) => `batch ${i}`);
const states = ['windows', 'insights', 'small'];

function points(count: number, salt: number, keyed = false): PointInput[] {
  return Array.from({ length: count }, (_, n) => ({
    entityType: ['orders', 'größe'][n % 2] as string,
    serviceId: `service ${(n * salt) % 5}`,
    timestamp: n % 3 === 0 ? null : new Date(start - ((n * 977 * salt) % 3_600_000)).toISOString(),
    data: {
      n,
      salt,
      text: createHash('sha256')
        .update(`${n} ${salt}`)
        .digest('base64')
        .slice(n % 40),
    },
    key: keyed ? `key ${salt} ${n}` : null,
  }));
}

/** Blocks big and small, joined and single, a trimmed beginning, keys, batch ids, documents, states, outbox. */
export async function fillFirst({ log, store, ownership }: Storage, clock: FakeClock): Promise<void> {
  await log.append(batchOf(log, points(60, 1)));
  clock.setNow(start + 1000);
  await log.append(batchOf(log, points(500, 2)));
  await log.trim(start + 1);
  const appends: Promise<unknown>[] = [];
  for (const [i, id] of batchIds.entries()) {
    clock.setNow(start + 2000 + i);
    appends.push(log.append(batchOf(log, points(1 + (i % 20), 10 + i, i % 2 === 0), { id, answer: `answer ${i}` })));
  }
  for (let i = 0; i < 130; i += 1) appends.push(log.append(batchOf(log, points(4, 100 + i))));
  await Promise.all(appends);
  for (let i = 0; i < 12; i += 1)
    await store.put('dashboard', `dashboard ${i}`, null, { i, title: 'größe '.repeat(i) });
  await store.put('dashboard', 'dashboard 3', 1, null);
  await store.put('setting', 'home', null, 'dashboard 1');
  const lease = ownership.lease(0);
  for (const [i, name] of states.entries()) {
    const bytes = new Uint8Array(10_000 >> (i * 4)).map((_, at) => (at * at * (i + 1)) % 251);
    await store.commit(lease, [{ kind: 'state', name, partition: 0, offset: i, epoch: 1, format: 1, bytes }]);
  }
}

/** What is still in the write-ahead log when the files are copied. */
export async function fillSecond({ log, store, ownership }: Storage, clock: FakeClock): Promise<void> {
  clock.setNow(start + 60_000);
  await log.append(batchOf(log, points(300, 700, true), { id: 'late batch', answer: 'late answer' }));
  for (let i = 0; i < 8; i += 1) await log.append(batchOf(log, points(1 + i, 800 + i)));
  await store.put('dashboard', 'dashboard 1', 1, { changed: true });
  const rows = Array.from({ length: 15 }, (_, i) => ({
    id: `delivery ${i}`,
    due: 1000 - i,
    attempts: i,
    body: `{"n":${i}}`,
  }));
  await store.commit(
    ownership.lease(0),
    rows.map((row) => ({ kind: 'outbox-put' as const, ...row })),
  );
  await store.commit(ownership.lease(0), [
    { kind: 'outbox-done', id: 'delivery 4' },
    ...[1, 2, 3, 4].map((n) => ({
      kind: 'record' as const,
      stream: 'alerts' as const,
      key: `k${n % 3}`,
      at: n,
      body: { n },
    })),
    { kind: 'records-trim', stream: 'alerts', before: 3, most: 1000 },
  ]);
}

export function openThreaded(folder: string, clock: FakeClock, onWarning: (error: Error) => void): Promise<Storage> {
  return openSqliteStore({ clock, file: path.join(folder, 'pulseql.db'), onWarning });
}

/** The clock of every reading: the same, so that the same is answered. */
export function readingClock(): FakeClock {
  return new FakeClock(start + 120_000);
}

/** Asks a store for all that it has; then appends, and asks for what changed. */
export async function answersOf({ log, store, ownership }: ReadableStorage): Promise<Record<string, unknown>> {
  const whole = log as Log;
  const fields = ['n', 'salt', 'missing'];
  const perSeries: unknown[] = [];
  for (let number = 1; number <= log.series.size; number += 1) {
    perSeries.push([log.series.nameOf(number), await readAll(whole, { series: [number] })]);
  }
  const late = { from: start - 600_000, to: start + 1500 };
  const answers: Record<string, unknown> = {
    log: [log.id, log.head(0), log.floor(0), log.now(), await log.oldestArrival(0)],
    epoch: ownership.lease(0).epoch,
    forward: await readAll(whole),
    backward: await readAll(whole, { direction: 'backward', limit: 333 }),
    perSeries,
    late: await readAll(whole, { ...late, arrivedFrom: start + 1500 }),
    columns: await readAllColumns(whole, fields, late),
    dashboards: await store.list('dashboard'),
    settings: await store.list('setting'),
    changes: await past(store.changes('dashboard', 0), 12),
    states: await Promise.all(states.map((name) => store.loadState(name))),
    outbox: await store.outbox(2000, 100),
    records: [
      await store.records('alerts', 0, 100),
      await store.latestRecords('alerts'),
      await store.recordBounds('alerts'),
    ],
    repeated: await repeated(whole),
    duplicates: await whole.append(batchOf(whole, points(300, 700, true))),
  };
  answers['appended'] = await whole.append(batchOf(whole, points(3, 900), { id: 'new batch' }));
  answers['after'] = await readAll(whole, { after: log.head(0) - 10 });
  return answers;
}

async function repeated(log: Log): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const id of [...batchIds, 'late batch']) {
    const digest =
      id === 'late batch' ? batchOf(log, points(300, 700, true)).digest : digestOf(log, batchIds.indexOf(id));
    answers.push(await log.append(batchOf(log, [], { id, digest })));
  }
  return answers;
}

function digestOf(log: Log, i: number): string {
  return batchOf(log, points(1 + (i % 20), 10 + i, i % 2 === 0)).digest;
}

async function past(feed: AsyncIterableIterator<Versioned>, count: number): Promise<Versioned[]> {
  const changes: Versioned[] = [];
  for (let i = 0; i < count; i += 1) changes.push((await feed.next()).value as Versioned);
  await feed.return?.();
  return changes;
}
