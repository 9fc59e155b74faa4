// Writes a small store with something of everything, and beside it a list of what is in it, by the code of a checkout:
//
//   node --no-warnings test/store/files/write.ts [CHECKOUT]
//
// Run it before `fileVersion` is raised, without an argument, and commit what it writes: version-N.db and version-N.json.
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PointInput, StoredPoint } from '../../../src/points/point.ts';
import type { Change, RecordStream, Storage } from '../../../src/store/store.ts';

/** When the stores were written: batch ids and keys are known for a day. */
export const writtenAt = Date.UTC(2026, 10, 24, 12);

const documents = [
  ['dashboard', 'sales', { title: 'Größe', widgets: [{ id: 'w1', kpi: { aggregate: 'SUM', field: 'amount' } }] }],
  ['dashboard', 'gone', { title: 'deleted' }],
  ['setting', 'home', { dashboard: 'sales' }],
  ['analyzer', 'spikes', { type: 'SPIKE', isActive: false }],
] as const;
const stateNames = ['windows', 'insights'];
const streams: readonly RecordStream[] = ['alerts', 'insights', 'predictions'];

/** Batches by id, each point with a key. */
export function pointsOf(batch: number): PointInput[] {
  return Array.from({ length: 40 + batch }, (_, n) => ({
    entityType: n % 2 === 0 ? 'orders' : 'größe',
    serviceId: `service ${n % 3}`,
    timestamp: n % 5 === 0 ? null : new Date(writtenAt - n * 1000).toISOString(),
    data: { n, batch, amount: (n * 37 + batch) % 101, text: `text ${n}` },
    ...(n % 4 === 0 ? { metadata: { source: `h${n % 7}` } } : {}),
    key: `key ${batch}/${n}`,
  }));
}

export const batches = [0, 1, 2, 3];

function changes(hasRecords: boolean): Change[] {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * i) % 251);
  const states = stateNames.map((name, i) => ({ name, partition: 0, offset: i + 1, epoch: 1, format: 1, bytes }));
  const records = streams.flatMap((stream) =>
    [1, 2, 3, 4].map((n) => ({ stream, key: `k${n % 2}`, at: writtenAt + n, body: n === 4 ? null : { n, stream } })),
  );
  return [
    ...states.map((state) => ({ kind: 'state' as const, ...state })),
    { kind: 'outbox-put', id: 'delivery 1', due: 1000, attempts: 2, body: '{"to":"a"}' },
    { kind: 'outbox-put', id: 'delivery 2', due: 2000, attempts: 0, body: '{"to":"b"}' },
    ...(hasRecords ? records.map((record) => ({ kind: 'record' as const, ...record })) : []),
  ];
}

/** What the test compares: all that a store answers, bytes and points as digests. */
export async function listOf({ log, store }: Storage, points: readonly StoredPoint[], hasRecords: boolean) {
  const states = await Promise.all(stateNames.map((name) => store.loadState(name)));
  const records = await Promise.all(
    (hasRecords ? streams : []).map(async (stream) => ({
      stream,
      all: await store.records(stream, 0, 1000),
      bounds: await store.recordBounds(stream),
    })),
  );
  return {
    log: { id: log.id, head: log.head(0), floor: log.floor(0) },
    points: { count: points.length, digest: digest(JSON.stringify(points)) },
    series: Array.from({ length: log.series.size }, (_, i) => log.series.nameOf(i + 1)),
    documents: await Promise.all((['dashboard', 'setting', 'analyzer'] as const).map((kind) => store.list(kind))),
    states: states.map((state) => state && { ...state, bytes: digest(state.bytes) }),
    outbox: await store.outbox(1e15, 100),
    records,
  };
}

function digest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

async function write(checkout: string): Promise<void> {
  const from = (file: string) => import(pathToFileURL(path.join(checkout, file)).href);
  const { openSqliteStore } = await from('src/store/sqlite/sqlite-store.ts');
  const { fileVersion } = await from('src/store/sqlite/tables.ts');
  const { batchOf } = await from('test/support/batches.ts');
  const { FakeClock } = await from('test/support/fake-clock.ts');
  const { readAll } = await from('test/store/reading.ts');
  const folder = mkdtempSync(path.join(tmpdir(), 'pulseql-'));
  const file = path.join(folder, 'pulseql.db');
  const storage: Storage = await openSqliteStore({
    clock: new FakeClock(writtenAt),
    file,
    onWarning: (error: Error) => {
      throw error;
    },
  });
  const { log, store, ownership } = storage;
  for (const batch of batches) {
    await log.append(batchOf(log, pointsOf(batch), { id: `batch ${batch}`, answer: `answer ${batch}` }));
  }
  await log.trim(writtenAt);
  for (const [kind, id, body] of documents) await store.put(kind, id, null, body);
  await store.put('dashboard', 'gone', 1, null);
  const hasRecords = 'records' in store;
  await store.commit(ownership.lease(0), changes(hasRecords));
  const list = await listOf(storage, await readAll(log), hasRecords);
  await storage.close();
  const name = path.join(import.meta.dirname, `version-${fileVersion}`);
  copyFileSync(file, `${name}.db`);
  writeFileSync(`${name}.json`, `${JSON.stringify(list, null, 2)}\n`);
  rmSync(folder, { recursive: true });
  process.stdout.write(`wrote ${name}.db and ${name}.json\n`);
}

if (import.meta.main) await write(process.argv[2] ?? path.resolve(import.meta.dirname, '../../..'));
